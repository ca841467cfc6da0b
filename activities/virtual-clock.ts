import { type Carry, type DispatchEffects, dispatch } from '../domain/journey/dispatch.ts'
import { walk } from '../domain/journey/walk.ts'
import type { Activities } from './index.ts'

/** Something that happens in the world while the clock runs: an event arrives, a provider reports, somebody says stop. */
export interface Happening {
  at: number
  /** Answers `nothing` when the run need not look. */
  happen(): Promise<unknown>
}

export interface VirtualRun {
  activities: Pick<Activities, 'claim' | 'enrollSnapshot' | 'perform' | 'completeRun' | 'releaseWave'>
  campaign: number
  run: number
  finite: boolean
  snapshot: boolean
  from: number
  until: number
  /** Sorted by time. More may be added while it runs. */
  happenings?: Happening[]
  window?: number
  /** How many waves walk at once; by default all that are under way. */
  abreast?: number
  /** The clock stops where spans so long, in milliseconds since the epoch, end: who is due in one goes together. By default at each due time. */
  grainMs?: number
}

/**
 * Runs a campaign run on a clock that jumps from one due time to the next: the same dispatcher and walk as under Temporal,
 * over the same activities. Answers how it ended and when; `rolled` means the end of the time given.
 */
export async function runVirtually(
  options: VirtualRun,
): Promise<{ ended: 'completed' | 'stopped' | 'rolled'; at: number; carry?: Carry }> {
  const { activities, campaign, run } = options
  const happenings = options.happenings ?? []
  const underway = new Set<Promise<unknown>>()
  let now = options.from
  let failure: unknown
  let stirred = false
  const home = (one: Promise<unknown>) => {
    underway.delete(one)
    stirred = true
  }

  const grain = options.grainMs ?? 0
  const tickAfter = (due: number) =>
    grain === 0 || due === Number.POSITIVE_INFINITY ? due : (Math.floor(due / grain) + 1) * grain - 1

  const inTurn = limited(options.abreast ?? Number.POSITIVE_INFINITY)

  const effects: DispatchEffects = {
    now: () => now,
    control: () => 'run',
    enroll: at => {
      const enrolling: ReturnType<typeof activities.enrollSnapshot> = activities
        .enrollSnapshot({ campaign, run, at })
        .finally(() => home(enrolling))
      underway.add(enrolling)
      return enrolling
    },
    claim: async request => {
      // Nobody new is ready before they are home: a look meanwhile would find nobody.
      const waited = grain > 0 && underway.size > 0
      if (waited) await Promise.all(underway)
      stirred = false
      const claim = await activities.claim({ campaign, run, ...request })
      // The dispatcher took them to be under way: that nobody is any more it has to be told.
      if (waited && !claim.open) stirred = true
      return claim
    },
    walk: wave => {
      const walking: Promise<void> = inTurn(() =>
        walk(wave, { now: () => now, perform: request => activities.perform({ campaign, run, ...request }) }),
      )
        .catch((error: unknown) => {
          failure ??= error
        })
        .finally(() => home(walking))
      underway.add(walking)
      return walking
    },
    rest: async until => {
      if (failure) throw failure
      // Somebody came home while the claim looked: what they left may be due now.
      if (stirred) {
        stirred = false
        return
      }
      if (underway.size > 0) {
        // Time stands still while they work: nobody new is ready before it goes on but who they themselves left so.
        await (grain > 0 ? Promise.all(underway) : Promise.race(underway))
        return
      }
      const due = until ?? Number.POSITIVE_INFINITY
      for (let next = happenings[0]; next && next.at <= Math.min(due, options.until); next = happenings[0]) {
        happenings.shift()
        now = Math.max(now, next.at)
        if ((await next.happen()) !== 'nothing') return
      }
      const next = happenings[0]
      // Who is due before something happens goes before it happens, together with all who are due until then.
      const tick = Math.min(tickAfter(due), next && next.at > due ? Math.max(due, next.at - 1) : Number.POSITIVE_INFINITY)
      now = Math.max(now, Math.min(tick, options.until))
    },
    shouldRoll: () => now >= options.until,
  }
  const result = await dispatch(
    effects,
    { window: options.window ?? 8, finite: options.finite, claimsEnter: true, longestRest: Number.POSITIVE_INFINITY },
    { nextWave: 1, enrolling: options.snapshot },
  )
  if (failure) throw failure
  if (result.ended === 'completed') await activities.completeRun({ run, at: now })
  return { ended: result.ended, at: now, ...(result.ended === 'rolled' ? { carry: result.carry } : {}) }
}

/** Lets so many work at once; the others wait their turn. */
function limited(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  let working = 0
  const waiting: (() => void)[] = []
  return async work => {
    if (working >= atOnce) await new Promise<void>(resolve => waiting.push(resolve))
    else working++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else working--
    }
  }
}
