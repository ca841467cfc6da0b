import { keepPreviousData, QueryClient, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { Topic } from '../../api/contract.ts'
import { api, pathOf, Refusal } from './client.ts'
import type { CampaignView, Page } from './views.ts'

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

const laterPages = 500
/** Pages of a list that is still asked for again as things change: a longer one would ask for everything, each second. */
export const pagesFollowed = 5

/** A list, page after page: the first of `limit`, later ones larger. */
export function usePages<Item>(
  path: string,
  query: Record<string, string | undefined>,
  topics: readonly Topic[] = [],
  limit = 50,
  { off = false }: Pick<Options, 'off'> = {},
) {
  const list = useInfiniteQuery<Page<Item>, Refusal, Item[], [string], string | undefined>({
    queryKey: [pathOf(path, query)],
    queryFn: ({ pageParam: cursor, signal }) =>
      api.get<Page<Item>>(pathOf(path, { ...query, limit: cursor === undefined ? limit : laterPages, cursor }), signal),
    initialPageParam: undefined,
    getNextPageParam: last => last.next ?? undefined,
    select: ({ pages }) => pages.flatMap(page => page.data),
    meta: { topics },
    placeholderData: keepPreviousData,
    enabled: !off,
  })
  const long = topics.length > 0 && (list.data?.length ?? 0) > limit + (pagesFollowed - 1) * laterPages
  return { ...list, asOf: long ? list.dataUpdatedAt : undefined }
}

export const refresh = (...paths: string[]): Promise<void> =>
  client.invalidateQueries({ predicate: query => paths.some(path => String(query.queryKey[0]).startsWith(path)) })

/** How many customers there are. */
export const everybody = {
  queryKey: ['/v1/segments/preview everybody'],
  queryFn: () => api.post<{ of: number }>('/v1/segments/preview', { rule: { all: [] } }),
  meta: { topics: ['customers'] as readonly Topic[] },
}

/** How campaigns stand, and a page of them without their letters. */
export const useCampaigns = (query: { status?: 'draft' | 'live' | 'ended'; limit?: number } = {}) =>
  useApi<Page<CampaignView>>(pathOf('/v1/campaigns', { brief: 'true', ...query }), ['campaigns', 'runs'])
