import type { Query, QueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import type { Topic } from '../../api/contract.ts'
import { pagesFollowed } from './queries.ts'

let connected = true
const watchers = new Set<() => void>()
const say = (now: boolean) => {
  if (now === connected) return
  connected = now
  for (const watcher of watchers) watcher()
}

const watch = (watcher: () => void) => {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

/** Whether changes arrive as they happen. */
export const useConnected = (): boolean => useSyncExternalStore(watch, () => connected)

let newer = false
const sayNewer = () => {
  newer = true
  for (const watcher of watchers) watcher()
}
/** Whether the server has another page than this tab: it was started anew, with a newer one. */
export const useNewer = (): boolean => useSyncExternalStore(watch, () => newer)

/** The script this tab was begun with, as the server names its own. */
const ownEntry = () => document.querySelector<HTMLScriptElement>('script[type=module]')?.src.split('/').at(-1)

/** Asks again for what has changed, as the server says so. */
export function useLive(client: QueryClient, signedIn: boolean): void {
  useEffect(() => {
    if (!signedIn) return
    const source = new EventSource('/v1/stream')
    source.addEventListener('change', event => {
      const topics = JSON.parse((event as MessageEvent<string>).data) as Topic[]
      const changed = (query: Query) =>
        (query.meta?.topics as Topic[] | undefined)?.some(topic => topics.includes(topic)) ?? false
      const long = ({ state }: Query) => ((state.data as { pages?: unknown[] } | undefined)?.pages?.length ?? 0) > pagesFollowed
      void client.invalidateQueries({ predicate: query => changed(query) && !long(query) })
      void client.invalidateQueries({ predicate: query => changed(query) && long(query), refetchType: 'none' })
    })
    source.addEventListener('page', event => {
      const entry = JSON.parse((event as MessageEvent<string>).data) as string
      if (entry !== ownEntry()) sayNewer()
    })
    source.addEventListener('open', () => say(true))
    source.addEventListener('error', () => say(false))
    return () => source.close()
  }, [client, signedIn])
}
