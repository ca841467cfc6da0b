import { lnGamma, log10ChiSquareUpper, normalQuantile, normalUpper } from '../metric/numerics.ts'
import type { Interval, Proportion } from './arm.ts'

/** Wilson's score interval of a proportion (1927); exactly 0 without successes, exactly 1 without failures; null without customers. */
export function wilson({ n, successes: x }: Proportion, alpha: number): Interval | null {
  if (n === 0) return null
  const z = normalQuantile(1 - alpha / 2)
  const p = x / n
  const spread = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))
  const [centre, scale] = [p + (z * z) / (2 * n), 1 + (z * z) / n]
  return [x === 0 ? 0 : (centre - spread) / scale, x === n ? 1 : (centre + spread) / scale]
}

/** Interval of treatment − control by Newcombe's hybrid score (1998, method 10). */
export function newcombe(control: Proportion, treatment: Proportion, alpha: number): Interval | null {
  const [one, two] = [wilson(control, alpha), wilson(treatment, alpha)]
  if (!one || !two) return null
  const [p1, p2] = [control.successes / control.n, treatment.successes / treatment.n]
  return [p2 - p1 - Math.hypot(p2 - two[0], one[1] - p1), p2 - p1 + Math.hypot(two[1] - p2, p1 - one[0])]
}

export interface PooledZ {
  z: number
  /** z²: Pearson's chi-square without continuity correction. */
  chi2: number
  p: number
  log10P: number
}

/** Two-sided z test of equal proportions with the pooled variance; z = 0 and p = 1 where nobody or everybody succeeded. */
export function pooledZ(control: Proportion, treatment: Proportion): PooledZ | null {
  if (control.n === 0 || treatment.n === 0) return null
  const pooled = (control.successes + treatment.successes) / (control.n + treatment.n)
  if (pooled === 0 || pooled === 1) return { z: 0, chi2: 0, p: 1, log10P: 0 }
  const difference = treatment.successes / treatment.n - control.successes / control.n
  const z = difference / Math.sqrt(pooled * (1 - pooled) * (1 / control.n + 1 / treatment.n))
  return { z, chi2: z * z, p: Math.min(1, 2 * normalUpper(Math.abs(z))), log10P: log10ChiSquareUpper(z * z, 1) }
}

/** The smallest expected count of the 2 × 2 table: under 5 the normal approximation is not to be trusted. */
export function minExpectedCell(control: Proportion, treatment: Proportion): number {
  const total = control.n + treatment.n
  const successes = control.successes + treatment.successes
  return total === 0 ? 0 : (Math.min(control.n, treatment.n) * Math.min(successes, total - successes)) / total
}

/** Fisher's exact test, two-sided: the probability of all tables no more likely than this one. Null over 200,000 customers. */
export function fisherExact(control: Proportion, treatment: Proportion): number | null {
  const total = control.n + treatment.n
  if (control.n === 0 || treatment.n === 0 || total > 200_000) return null
  const successes = control.successes + treatment.successes
  const [low, high] = [Math.max(0, successes - treatment.n), Math.min(control.n, successes)]
  const lnChoose = (n: number, k: number) => lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1)
  const lnTable = (x: number) => lnChoose(control.n, x) + lnChoose(treatment.n, successes - x)
  // From the likeliest table outwards by ratios, which keep their digits where differences of large logarithms would not.
  const mode = Math.min(high, Math.max(low, Math.floor(((control.n + 1) * (successes + 1)) / (total + 2))))
  const weights = new Float64Array(high - low + 1)
  weights[mode - low] = 1
  for (let x = mode; x < high; x++)
    weights[x + 1 - low] =
      ((weights[x - low] ?? 0) * (control.n - x) * (successes - x)) / ((x + 1) * (treatment.n - successes + x + 1))
  for (let x = mode; x > low; x--)
    weights[x - 1 - low] =
      ((weights[x - low] ?? 0) * x * (treatment.n - successes + x)) / ((control.n - x + 1) * (successes - x + 1))
  const observed = weights[control.successes - low] ?? 0
  if (observed === 0) return Math.exp(Math.min(0, lnTable(control.successes) - lnChoose(total, successes)))
  const sorted = weights.toSorted()
  const all = sorted.reduce((sum, weight) => sum + weight, 0)
  // The slack treats tables as equally likely that differ by rounding alone.
  const rare = sorted.reduce((sum, weight) => (weight <= observed * (1 + 1e-7) ? sum + weight : sum), 0)
  return Math.min(1, rare / all)
}

/** Relative lift, treatment / control − 1; null without successes in the control. */
export function relativeLift(control: Proportion, treatment: Proportion): number | null {
  if (control.n === 0 || treatment.n === 0 || control.successes === 0) return null
  return treatment.successes / treatment.n / (control.successes / control.n) - 1
}

/** Interval of the relative lift on the log scale; null unless both arms have successes. */
export function relativeLogInterval(control: Proportion, treatment: Proportion, alpha: number): Interval | null {
  const lift = relativeLift(control, treatment)
  if (lift === null || treatment.successes === 0) return null
  const [p1, p2] = [control.successes / control.n, treatment.successes / treatment.n]
  const reach = normalQuantile(1 - alpha / 2) * Math.sqrt((1 - p2) / treatment.successes + (1 - p1) / control.successes)
  return [Math.exp(Math.log(p2 / p1) - reach) - 1, Math.exp(Math.log(p2 / p1) + reach) - 1]
}

/** Interval of the relative lift by the delta method; null without successes in the control. */
export function relativeDeltaInterval(control: Proportion, treatment: Proportion, alpha: number): Interval | null {
  const lift = relativeLift(control, treatment)
  if (lift === null) return null
  const [p1, p2] = [control.successes / control.n, treatment.successes / treatment.n]
  const variance = (p2 * (1 - p2)) / (treatment.n * p1 ** 2) + (p2 ** 2 * p1 * (1 - p1)) / (control.n * p1 ** 4)
  const reach = normalQuantile(1 - alpha / 2) * Math.sqrt(variance)
  return [lift - reach, lift + reach]
}
