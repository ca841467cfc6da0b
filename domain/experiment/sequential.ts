import type { Interval, Summary } from './arm.ts'
import { liftVariance } from './means.ts'

export interface SequenceSettings {
  alpha: number
  /** The total sample size the interval is tuned for: the planned total, fixed before the start and never changed. */
  nStar: number
}

/** The tuning ρ that makes the interval narrowest near n* (arXiv 2103.06476v7, eq. 161 as cited in GrowthBook's code). */
export function rho({ alpha, nStar }: SequenceSettings): number {
  return Math.sqrt((-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1)) / nStar)
}

/** The anytime-valid comparison of treatment − control. Without any variance there is no interval yet, and p is 1. */
export type SequentialComparison = { difference: number; lift: number | null } & (
  | { interval: Interval; halfWidth: number; liftInterval: Interval | null; p: number; log10P: number }
  | { interval: null; halfWidth: null; liftInterval: null; p: 1; log10P: 0 }
)

/**
 * Asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, arXiv 2103.06476v7): the interval holds at
 * all looks at once, so it may be watched daily. p < α exactly when 0 lies outside. Needs a burn-in: see `decide`.
 */
export function anytimeComparison(control: Summary, treatment: Summary, settings: SequenceSettings): SequentialComparison {
  const difference = treatment.mean - control.mean
  const lift = control.mean === 0 ? null : difference / control.mean
  const total = control.n + treatment.n
  const variance = control.variance / control.n + treatment.variance / treatment.n
  if (!(variance > 0)) return { difference, lift, interval: null, halfWidth: null, liftInterval: null, p: 1, log10P: 0 }
  const halfWidth = reach(variance, total, settings)
  const growth = total * rho(settings) ** 2
  const lnP = Math.min(0, Math.log1p(growth) / 2 - (growth * difference ** 2) / (2 * variance * (growth + 1)))
  return {
    difference,
    lift,
    interval: [difference - halfWidth, difference + halfWidth],
    halfWidth,
    liftInterval: lift === null ? null : around(lift, reach(liftVariance(control, treatment), total, settings)),
    p: Math.exp(lnP),
    log10P: lnP / Math.LN10,
  }
}

const around = (centre: number, by: number): Interval => [centre - by, centre + by]

/** Half the width of the interval of an estimate with this variance after `total` customers. */
function reach(variance: number, total: number, settings: SequenceSettings): number {
  const rho2 = rho(settings) ** 2
  const growth = total * rho2
  return Math.sqrt(((variance * 2 * (growth + 1)) / growth) * (Math.log1p(growth) / 2 - Math.log(settings.alpha)))
}
