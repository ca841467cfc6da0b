import type { Place } from './step-kind.ts'

/** Some thousand customers who stand at the same place and go on together. */
export interface Wave {
  wave: number
  version: number
  place: Place
  size: number
}

export interface Claim {
  waves: readonly Wave[]
  /** When the next waiting customer is due, in milliseconds; null when nobody waits. */
  nextDue: number | null
  /** Whether anybody is still under way, waiting or moving. */
  open: boolean
  /** Whether claims go on to take the audience straight into waves; where they do not, it is enrolled by `enroll`. */
  enters?: boolean
  /** Nobody enters any more: the run ends with its last customer. */
  over?: boolean
  /** The trigger is another since then, in milliseconds: whether the run ends by itself now, and whether it is to enroll. */
  turned?: { at: number; finite: boolean; enrolls: boolean }
}

export type Control = 'run' | 'pause' | 'stop'

/** What a run carries from one stretch of its history into the next. */
export interface Carry {
  nextWave: number
  /** The audience snapshot is not finished yet. */
  enrolling: boolean
}

/** Everything the dispatcher does to the world: Temporal's workflow, the simulation and the tests each pass their own. */
export interface DispatchEffects {
  now(): number
  control(): Control
  /** Enrolls the next part of the audience; answers whether there is more, and from when on. Doing it twice is doing it once. */
  enroll(at: number): Promise<{ more: boolean; notBefore?: number }>
  /** Takes up to `atMost` waves of who is ready, numbered from `firstWave`; the same numbers again give the same waves. */
  claim(request: { firstWave: number; atMost: number; at: number }): Promise<Claim>
  /** Walks one wave until its customers wait, divide or end. */
  walk(wave: Wave): Promise<void>
  /** Returns at `until`, or earlier when rung, when a wave is home or when `control` changed; null: only then. */
  rest(until: number | null): Promise<void>
  /** Whether the history has grown so long that a new one should be begun. */
  shouldRoll(): boolean
}

export interface DispatchOptions {
  /** Waves under way at once. */
  window: number
  /** A run that ends when nobody is under way any more; the others wait for whoever comes. */
  finite: boolean
  /** Claims may take the audience straight into waves; false for a run that began before they could. */
  claimsEnter: boolean
  /** A lost ring costs no more than this many milliseconds while somebody waits; infinite where no ring can be lost. */
  longestRest: number
}

/**
 * Runs one campaign run: claims who is ready, sends each wave on its way, sleeps until the next is due or a ring.
 * Answers why it ended, or what to carry into a new history.
 */
export async function dispatch(
  effects: DispatchEffects,
  options: DispatchOptions,
  carry: Carry,
): Promise<{ ended: 'completed' | 'stopped' } | { ended: 'rolled'; carry: Carry }> {
  let { nextWave, enrolling } = carry
  let underway = 0
  let enrollment: Promise<void> | null = null
  let enrollFrom = 0
  let finite = options.finite
  let turnedAt = 0
  // Not known before the first claim has looked.
  let claimsEnter = options.claimsEnter

  for (;;) {
    const quiet = underway === 0 && enrollment === null
    if (effects.control() === 'stop' && quiet) return { ended: 'stopped' }
    const rolling = effects.shouldRoll()
    if (rolling && quiet) return { ended: 'rolled', carry: { nextWave, enrolling } }
    if (effects.control() !== 'run' || rolling) {
      await effects.rest(null)
      continue
    }

    if (enrolling && !claimsEnter && enrollment === null && effects.now() >= enrollFrom) {
      enrollment = effects.enroll(effects.now()).then(({ more, notBefore }) => {
        enrolling = more
        enrollFrom = notBefore ?? 0
        enrollment = null
      })
      // The first part is enrolled before the first claim, so that a small campaign starts at once.
      if (nextWave === 1) await enrollment
    }

    const atMost = options.window - underway
    if (atMost <= 0) {
      await effects.rest(null)
      continue
    }
    // Asked before the claim: who arrives while it looks is not in its answer.
    const more = enrolling || enrollment !== null || underway > 0
    const claim = await effects.claim({ firstWave: nextWave, atMost, at: effects.now() })
    for (const wave of claim.waves) {
      nextWave = Math.max(nextWave, wave.wave + 1)
      underway++
      void effects.walk(wave).finally(() => {
        underway--
      })
    }
    const entered = claimsEnter
    claimsEnter &&= claim.enters ?? true
    // What an enrollment under the old trigger answers must not be taken for the new one's.
    if (claim.turned && claim.turned.at > turnedAt && enrollment === null) {
      turnedAt = claim.turned.at
      finite = claim.turned.finite
      enrolling = claim.turned.enrolls
      enrollFrom = 0
      claimsEnter = options.claimsEnter
      continue
    }
    if (claim.waves.length > 0 || (enrolling && entered && !claimsEnter)) continue
    if (effects.control() !== 'run') continue

    if ((finite || claim.over) && !claim.open && (!more || claim.over)) return { ended: 'completed' }
    const turn = enrolling && enrollment === null ? enrollFrom : Number.POSITIVE_INFINITY
    const soonest = Math.min(claim.nextDue ?? Number.POSITIVE_INFINITY, turn)
    const latest = claim.open || more || !finite ? effects.now() + options.longestRest : Number.POSITIVE_INFINITY
    await effects.rest(Math.min(soonest, latest))
  }
}
