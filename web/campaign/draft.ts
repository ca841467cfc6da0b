import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Campaign } from '../../api/contract.ts'
import { api, Refusal } from '../api/client.ts'
import { type CampaignView, client, refresh } from '../api/queries.ts'
import { read, useLatest, write } from '../parts/state.ts'
import { documentOf } from './document.ts'
import { type Path, pointerOf, setAt } from './edit.ts'
import { pinned } from './pinned.ts'

interface Kept {
  document: Campaign
  /** Of what it was changed from. */
  version: number
}

export type SaveState = 'saved' | 'saving' | 'changed' | 'refused' | 'stale'

export interface Draft {
  document: Campaign
  version: number
  state: SaveState
  error: unknown
  /** Brought back from this browser after a reload. */
  recovered: boolean
  /** What is wrong at a place, as the last save said. */
  faultAt: (path: Path) => string | undefined
  /** How many faults lie at or below a place. */
  faultsBelow: (path: Path) => number
  set: (path: Path, value: unknown) => void
  change: (document: Campaign, merge?: string) => void
  undo: () => void
  redo: () => void
  canUndo: boolean
  canRedo: boolean
  save: () => Promise<boolean>
  /** Throws away what is not saved. */
  discard: () => void
}

const standing = (campaign: CampaignView, live: boolean) => (live ? pinned(documentOf(campaign)) : documentOf(campaign))

const settleMs = 700
const mergeMs = 900

/**
 * A campaign document on its way: with undo and redo, kept in this browser until it is saved, and saved by itself while
 * nobody is sent by it (`automatic`). The faults a save is refused for stay beside their fields. Of a campaign that runs (`live`) every
 * step keeps the id that its customers stand at.
 */
export function useDraft(campaign: CampaignView, automatic: boolean, live = false): Draft {
  const key = `draft.${campaign.id}`
  const kept = useMemo(() => read<Kept>(key), [key])
  const [document, setDocument] = useState<Campaign>(() => kept?.document ?? standing(campaign, live))
  const [version, setVersion] = useState(kept?.version ?? campaign.version)
  const [state, setState] = useState<SaveState>(kept ? 'changed' : 'saved')
  const [error, setError] = useState<unknown>()
  const [recovered, setRecovered] = useState(Boolean(kept))
  const past = useRef<Campaign[]>([])
  const future = useRef<Campaign[]>([])
  const lastMerge = useRef({ key: '', at: 0 })
  const [, count] = useState(0)
  const latest = useLatest({ document, version, state })

  const put = useCallback(
    (given: Campaign) => {
      const next = live ? pinned(given, `v${latest.current.version + 1}`) : given
      setDocument(next)
      setState('changed')
      write(key, { document: next, version: latest.current.version } satisfies Kept)
      count(n => n + 1)
    },
    [key, latest, live],
  )
  const change = useCallback(
    (next: Campaign, merge = '') => {
      const now = Date.now()
      // Letters typed one after the other are one step to take back.
      if (!merge || merge !== lastMerge.current.key || now - lastMerge.current.at > mergeMs)
        past.current = [...past.current.slice(-99), latest.current.document]
      lastMerge.current = { key: merge, at: now }
      future.current = []
      put(next)
    },
    [latest, put],
  )
  const set = useCallback(
    (path: Path, value: unknown) => change(setAt(latest.current.document, path, value), pointerOf(path)),
    [change, latest],
  )
  const step = useCallback(
    (from: typeof past, to: typeof past) => {
      const next = from.current.at(-1)
      if (!next) return
      from.current = from.current.slice(0, -1)
      to.current = [...to.current, latest.current.document]
      lastMerge.current = { key: '', at: 0 }
      put(next)
    },
    [latest, put],
  )

  const save = useCallback(async () => {
    const sent = latest.current.document
    setState('saving')
    try {
      const saved = await api.put<CampaignView>(`/v1/campaigns/${campaign.id}`, sent, latest.current.version)
      setVersion(saved.version)
      setError(undefined)
      setRecovered(false)
      client.setQueryData([`/v1/campaigns/${campaign.id}`], saved)
      void refresh('/v1/campaigns?', `/v1/campaigns/${campaign.id}/`)
      const untouched = latest.current.document === sent
      setState(untouched ? 'saved' : 'changed')
      write(key, untouched ? undefined : { document: latest.current.document, version: saved.version })
      return true
    } catch (refused) {
      setError(refused)
      setState(refused instanceof Refusal && refused.status === 412 ? 'stale' : 'refused')
      return false
    }
  }, [campaign.id, key, latest])

  // biome-ignore lint/correctness/useExhaustiveDependencies: every change of the document begins the wait anew
  useEffect(() => {
    if (!automatic || state !== 'changed') return
    const timer = setTimeout(() => void save(), settleMs)
    return () => clearTimeout(timer)
  }, [automatic, state, document, save])

  const discard = useCallback(() => {
    write(key, undefined)
    void api.get<CampaignView>(`/v1/campaigns/${campaign.id}`).then(now => {
      setDocument(standing(now, live))
      setVersion(now.version)
      setState('saved')
      setError(undefined)
      setRecovered(false)
    })
  }, [campaign.id, key, live])

  const faults = useMemo(() => {
    const found = new Map<string, string>()
    // Several faults of one field stand beside it together.
    for (const { path, message } of error instanceof Refusal ? error.problem.errors : [])
      found.set(path, found.has(path) ? `${found.get(path)}; ${message}` : message)
    return found
  }, [error])
  return {
    document,
    version,
    state,
    error,
    recovered,
    faultAt: path => faults.get(pointerOf(path)),
    faultsBelow: path => {
      const at = pointerOf(path)
      return [...faults.keys()].filter(each => each === at || each.startsWith(`${at}/`)).length
    },
    set,
    change,
    undo: () => step(past, future),
    redo: () => step(future, past),
    canUndo: past.current.length > 0,
    canRedo: future.current.length > 0,
    save,
    discard,
  }
}
