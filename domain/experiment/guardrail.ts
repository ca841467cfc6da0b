import type { Proportion } from './arm.ts'
import { exactComparison, exactSequence } from './sequential-exact.ts'

/** A rate that must not rise: unsubscribes, complaints. Against another arm, or against a fixed limit (a fraction). */
export type GuardrailBar = { kind: 'arm'; reference: Proportion; tolerance: number } | { kind: 'limit'; limit: number }

export type Guardrail = { state: 'breached' | 'held' | 'unclear'; interval: readonly [low: number, high: number] }

/**
 * Whether an arm's bad rate is beyond the bar: `breached` when the whole interval is, `held` when none of it is. Rests on the
 * exact sequence, for such events are rare, and may be watched after every message.
 */
export function guardrail(arm: Proportion, bar: GuardrailBar, alpha: number): Guardrail {
  const [interval, limit] =
    bar.kind === 'arm' ? [exactComparison(bar.reference, arm, alpha), bar.tolerance] : [exactSequence(arm, alpha), bar.limit]
  return { state: interval[0] > limit ? 'breached' : interval[1] <= limit ? 'held' : 'unclear', interval }
}
