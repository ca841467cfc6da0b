import type { RunView, SessionView, Topic } from '../api/contract.ts'
import { api } from './api/client.ts'
import { client, everybody } from './api/queries.ts'
import type { CampaignView, Page } from './api/views.ts'

/** Asked before anything is drawn: who reads. `undefined` once it was read. */
let first: Promise<SessionView> | undefined = api.get<SessionView>('/v1/session')
first.catch(() => {})

/** The session; the first time the answer that was asked for at once. */
export function askSession(): Promise<SessionView> {
  const asked = first ?? api.get<SessionView>('/v1/session')
  first = undefined
  return asked
}

// What the overview begins with need not wait until it is known that it may be shown: who may not see it is refused.
const ahead: readonly (readonly [path: string, topics: readonly Topic[]])[] = [
  ['/v1/outbox?limit=7', ['messages']],
  ['/v1/metrics/crr', ['events']],
  ['/v1/metrics/repeatRate', ['events']],
  ['/v1/metrics/churn', ['events']],
]
const fetchOf = <Answer>(path: string, topics: readonly Topic[]) => ({
  queryKey: [path],
  queryFn: ({ signal }: { signal: AbortSignal }) => api.get<Answer>(path, signal),
  meta: { topics },
})
if (location.pathname === '/') {
  client.fetchQuery(fetchOf<Page<CampaignView>>('/v1/campaigns?brief=true&status=live&limit=6', ['campaigns', 'runs'])).then(
    ({ data }) => {
      for (const { id } of data)
        void client.prefetchQuery(fetchOf<Page<RunView>>(`/v1/campaigns/${id}/runs`, ['runs', 'messages']))
    },
    () => {},
  )
  void client.prefetchQuery(everybody)
  for (const [path, topics] of ahead) void client.prefetchQuery(fetchOf(path, topics))
}
