import { keepPreviousData, QueryClient, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { Topic } from '../../api/contract.ts'
import { api, pathOf, Refusal } from './client.ts'
import type { CampaignView, Page, SegmentView } from './views.ts'

export type { CampaignView, Page, SegmentView } from './views.ts'

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      // What is refused stays refused; what is away comes back.
      retry: (failures, error) => failures < 2 && error instanceof Refusal && (error.status === 0 || error.status === 503),
    },
  },
})

interface Options {
  /** Skips the question. */
  off?: boolean
  /** Shows the last answer while a new one is on its way. */
  keep?: boolean
}

/** One answer of the API; asked again when one of its topics changes. */
export const useApi = <Answer>(path: string, topics: readonly Topic[] = [], { off = false, keep = false }: Options = {}) =>
  useQuery<Answer, Refusal>({
    queryKey: [path],
    queryFn: ({ signal }) => api.get<Answer>(path, signal),
    meta: { topics },
    enabled: !off,
    ...(keep ? { placeholderData: keepPreviousData } : {}),
  })

/** A list, page after page. */
export const usePages = <Item>(
  path: string,
  query: Record<string, string | undefined>,
  topics: readonly Topic[] = [],
  limit = 50,
) =>
  useInfiniteQuery<Page<Item>, Refusal, Item[], [string], string | undefined>({
    queryKey: [pathOf(path, query)],
    queryFn: ({ pageParam, signal }) => api.get<Page<Item>>(pathOf(path, { ...query, limit, cursor: pageParam }), signal),
    initialPageParam: undefined,
    getNextPageParam: last => last.next ?? undefined,
    select: ({ pages }) => pages.flatMap(page => page.data),
    meta: { topics },
    placeholderData: keepPreviousData,
  })

export const refresh = (...paths: string[]): Promise<void> =>
  client.invalidateQueries({ predicate: query => paths.some(path => String(query.queryKey[0]).startsWith(path)) })

export const useCampaigns = () => useApi<Page<CampaignView>>('/v1/campaigns?limit=500', ['campaigns', 'runs'])
export const useSegments = () => useApi<Page<SegmentView>>('/v1/segments?limit=500', ['segments'])
