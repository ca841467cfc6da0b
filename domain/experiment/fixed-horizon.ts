import { type ArmOutcome, type Interval, summaryOf } from './arm.ts'
import { welch } from './means.ts'
import { fisherExact, minExpectedCell, newcombe, pooledZ } from './proportions.ts'

/** The classical reading, beside the decision: holds for one look, at a size fixed in advance and reached. */
export type FixedHorizon =
  | { test: 'z' | 'fisher'; interval: Interval; p: number }
  | { test: 'welch'; interval: Interval; p: number }
  | { test: 'none'; because: 'noCustomers' | 'insufficient' | 'zeroVariance' | 'differentKinds' }

/**
 * arm − against at one look. Proportions: Newcombe's interval with the pooled z test, or Fisher's exact test where a cell of
 * the table is expected under 5. Means: Welch.
 */
export function fixedHorizon(arm: ArmOutcome, against: ArmOutcome, alpha: number): FixedHorizon {
  if (arm.kind === 'proportion' && against.kind === 'proportion') {
    const [interval, z] = [newcombe(against, arm, alpha), pooledZ(against, arm)]
    if (!interval || !z) return { test: 'none', because: 'noCustomers' }
    const exact = minExpectedCell(against, arm) < 5 ? fisherExact(against, arm) : null
    return exact === null ? { test: 'z', interval, p: z.p } : { test: 'fisher', interval, p: exact }
  }
  if (arm.kind !== against.kind) return { test: 'none', because: 'differentKinds' }
  const [mine, theirs] = [summaryOf(arm), summaryOf(against)]
  if (!mine || !theirs) return { test: 'none', because: 'noCustomers' }
  const got = welch(theirs, mine, alpha)
  return got.reason === null ? { test: 'welch', interval: got.interval, p: got.p } : { test: 'none', because: got.reason }
}
