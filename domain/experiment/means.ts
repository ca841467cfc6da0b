import { tQuantile, tTwoSided } from '../metric/numerics.ts'
import type { Interval, Summary } from './arm.ts'

interface Difference {
  difference: number
  /** Relative to the control's mean; null where that is 0. */
  lift: number | null
}

/** Welch's comparison of two means, or why there is none: fewer than two customers in an arm, or no variance at all. */
export type Welch = Difference &
  (
    | { reason: null; se: number; t: number; df: number; p: number; interval: Interval; liftInterval: Interval | null }
    | { reason: 'insufficient' }
    | { reason: 'zeroVariance'; se: 0 }
  )

/** Welch's t test of treatment − control with Welch–Satterthwaite degrees of freedom; the lift's interval by the delta method. */
export function welch(control: Summary, treatment: Summary, alpha: number): Welch {
  const difference = treatment.mean - control.mean
  const lift = control.mean === 0 ? null : difference / control.mean
  if (control.n < 2 || treatment.n < 2) return { reason: 'insufficient', difference, lift }
  const [v1, v2] = [control.variance / control.n, treatment.variance / treatment.n]
  if (v1 + v2 === 0) return { reason: 'zeroVariance', difference, lift, se: 0 }
  const se = Math.sqrt(v1 + v2)
  const df = (v1 + v2) ** 2 / (v1 ** 2 / (control.n - 1) + v2 ** 2 / (treatment.n - 1))
  const quantile = tQuantile(1 - alpha / 2, df)
  const reach = quantile * se
  return {
    reason: null,
    difference,
    lift,
    se,
    t: difference / se,
    df,
    p: tTwoSided(difference / se, df),
    interval: [difference - reach, difference + reach],
    liftInterval: lift === null ? null : around(lift, quantile * Math.sqrt(liftVariance(control, treatment))),
  }
}

/** Variance of treatment.mean / control.mean by the delta method. */
export function liftVariance(control: Summary, treatment: Summary): number {
  return (
    treatment.variance / (treatment.n * control.mean ** 2) +
    (control.variance * treatment.mean ** 2) / (control.n * control.mean ** 4)
  )
}

const around = (centre: number, reach: number): Interval => [centre - reach, centre + reach]

/** Values above the cap count as the cap. The cap is fixed before the start, or taken from the time before it. */
export const winsorise = (values: readonly number[], cap: number): number[] => values.map(value => Math.min(value, cap))

/** A cap from values before the start: their q-quantile, interpolated (as SQL's percentile_cont); null without values. */
export function capAt(values: readonly number[], q: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const position = q * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]]
  return below === undefined || above === undefined ? null : below + (above - below) * (position - Math.floor(position))
}
