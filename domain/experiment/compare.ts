import { type ArmOutcome, type Interval, summaryOf } from './arm.ts'
import { holdoutKey } from './assign.ts'
import { anytimeComparison } from './sequential.ts'
import { exactComparison } from './sequential-exact.ts'

export type MethodName = 'asymptoticSequence' | 'betaBinomialSequence'

/** What is fixed at launch and never changed after. */
export interface DecisionPlan {
  /** The chance of a false winner, over all pairs and all looks together (0.05). */
  error: number
  /** The planned total of customers. */
  nStar: number
  /** Differences within ± this are of no interest: a fraction for proportions, an amount for means. */
  minimumEffect: number
  minimumDays: number
  /** Which way is good: more conversions, less churn. */
  better: 'higher' | 'lower'
  method: MethodName
  /** What is compared, as people call it: "conversion", "retention in days 7 to 14". */
  measure: string
  /** Arms there were when the experiment began, when some are compared no longer; default: the arms that are compared. */
  arms?: number
}

/** One pair of arms; `difference` = arm − against, with its interval that holds at every look. */
export interface Comparison {
  arm: string
  against: string
  difference: number | null
  interval: Interval | null
  relative: { lift: number | null; interval: Interval | null }
  /** Anytime-valid p of this pair; null where the method has none. Compare it with `method.alpha`. */
  p: number | null
  /** The whole interval lies within ± the minimum effect. */
  practicallyEqual: boolean
  method: { name: MethodName; nStar: number; alpha: number }
}

/** Every arm against the holdout first, then every other pair, each once. */
function pairsOf(arms: readonly ArmOutcome[]): [arm: ArmOutcome, against: ArmOutcome][] {
  const rest = arms.filter(arm => arm.key !== holdoutKey)
  const holdout = arms.filter(arm => arm.key === holdoutKey)
  return [
    ...holdout.flatMap(against => rest.map((arm): [ArmOutcome, ArmOutcome] => [arm, against])),
    ...rest.flatMap((against, i) => rest.slice(i + 1).map((arm): [ArmOutcome, ArmOutcome] => [arm, against])),
  ]
}

/**
 * All pairs, each at `error` / number of pairs (Bonferroni), so that the promises hold together. Pairs of arms that were stopped
 * on the way have used up their share: the others do not get it.
 */
export function compareAll(arms: readonly ArmOutcome[], plan: DecisionPlan): Comparison[] {
  const began = Math.max(plan.arms ?? 0, arms.length)
  const alpha = plan.error / ((began * (began - 1)) / 2)
  return pairsOf(arms).map(([arm, against]) => compare(arm, against, plan, alpha))
}

/** One pair at its own error. */
export function compare(arm: ArmOutcome, against: ArmOutcome, plan: DecisionPlan, alpha: number): Comparison {
  const method = { name: plan.method, nStar: plan.nStar, alpha }
  const [mine, theirs] = [summaryOf(arm), summaryOf(against)]
  const names = { arm: arm.key, against: against.key, method }
  if (!mine || !theirs)
    return {
      ...names,
      difference: null,
      interval: null,
      relative: { lift: null, interval: null },
      p: null,
      practicallyEqual: false,
    }
  const { difference, lift, interval, liftInterval, p } = anytimeComparison(theirs, mine, { alpha, nStar: plan.nStar })
  if (plan.method === 'betaBinomialSequence' && arm.kind === 'proportion' && against.kind === 'proportion') {
    const exact = exactComparison(against, arm, alpha)
    return {
      ...names,
      difference,
      interval: exact,
      relative: { lift, interval: null },
      p: null,
      practicallyEqual: within(exact, plan.minimumEffect),
    }
  }
  return {
    ...names,
    difference,
    interval,
    relative: { lift, interval: liftInterval },
    p,
    practicallyEqual: within(interval, plan.minimumEffect),
  }
}

const within = (interval: Interval | null, effect: number): boolean =>
  interval !== null && interval[0] >= -effect && interval[1] <= effect
