import betainc from '@stdlib/math-base-special-betainc'
import erfcOf from '@stdlib/math-base-special-erfc'
import erfcinv from '@stdlib/math-base-special-erfcinv'
import gammainc from '@stdlib/math-base-special-gammainc'
import gammaln from '@stdlib/math-base-special-gammaln'
import studentQuantile from '@stdlib/stats-base-dists-t-quantile'

/** The one door to special functions. Tails are computed as tails, never as 1 − F, so that small p-values keep their digits. */

export const lnGamma: (x: number) => number = gammaln

/** ln B(a, b). */
export const lnBeta = (a: number, b: number): number => gammaln(a) + gammaln(b) - gammaln(a + b)

/** P(X ≤ x) and P(X > x) for X ~ Beta(a, b): the smaller one is computed, so that it keeps its digits. */
export function betaTails(x: number, a: number, b: number): readonly [lower: number, upper: number] {
  if (x * (a + b) < a) {
    const lower = betainc(x, a, b)
    return [lower, 1 - lower]
  }
  const upper = betainc(x, a, b, true, true)
  return [1 - upper, upper]
}

/** The q-quantile of the standard normal; the lower tail goes through erfcinv, which keeps its digits down to 1e-300. */
export function normalQuantile(q: number): number {
  return q < 0.5 ? -Math.SQRT2 * erfcinv(2 * q) : Math.SQRT2 * erfcinv(2 * (1 - q))
}

/** P(Z > z) for a standard normal Z. */
export const normalUpper = (z: number): number => erfcOf(z / Math.SQRT2) / 2

/** The q-quantile of Student's t with `df` (not necessarily whole) degrees of freedom. */
export const tQuantile = (q: number, df: number): number => studentQuantile(q, df)

/** P(|t| ≥ |value|) with `df` degrees of freedom. */
export const tTwoSided = (value: number, df: number): number => betainc(df / (df + value * value), df / 2, 0.5)

/** P(X > x) for chi-square with `df` degrees of freedom; 1 for df = 0 (nothing can deviate). */
export const chiSquareUpper = (x: number, df: number): number => (df === 0 || x <= 0 ? 1 : gammainc(x / 2, df / 2, true, true))

/** log10 of `chiSquareUpper`, also where the probability itself is smaller than a double can hold. */
export function log10ChiSquareUpper(x: number, df: number): number {
  const p = chiSquareUpper(x, df)
  if (p > 1e-290) return Math.log10(p)
  return lnGammaUpperFraction(df / 2, x / 2) / Math.LN10
}

/** ln Q(a, x) by Lentz's continued fraction (Numerical Recipes §6.2), for x well above a. */
function lnGammaUpperFraction(a: number, x: number): number {
  const tiny = 1e-300
  let b = x + 1 - a
  let c = 1 / tiny
  let d = 1 / b
  let h = d
  for (let i = 1; i < 10_000; i++) {
    const an = -i * (i - a)
    b += 2
    d = an * d + b
    if (Math.abs(d) < tiny) d = tiny
    c = b + an / c
    if (Math.abs(c) < tiny) c = tiny
    d = 1 / d
    h *= d * c
    if (Math.abs(d * c - 1) < 1e-15) break
  }
  return -x + a * Math.log(x) - gammaln(a) + Math.log(h)
}

/** ψ(x), the derivative of ln Γ, for x > 0: recurrence up to 10, then the asymptotic series (Abramowitz and Stegun 6.3.18). */
export function digamma(x: number): number {
  let shift = 0
  let y = x
  while (y < 10) {
    shift -= 1 / y
    y += 1
  }
  const s = 1 / (y * y)
  const series = s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132 - s * (691 / 32760 - s / 12))))))
  return shift + Math.log(y) - 0.5 / y - series
}

/** ln(e^a + e^b) without overflow; −∞ stands for nothing. */
export function logAddExp(a: number, b: number): number {
  const high = Math.max(a, b)
  return high === -Infinity ? -Infinity : high + Math.log1p(Math.exp(Math.min(a, b) - high))
}

/** ln Σ e^x. */
export const logSumExp = (xs: readonly number[]): number => xs.reduce(logAddExp, -Infinity)
