import { lnBeta, lnGamma, logAddExp } from './numerics.ts'
import { integrateUnit } from './quadrature.ts'
import { defined, type Result, undefinedFor } from './result.ts'

/**
 * BG/NBD (Fader, Hardie, Lee 2005, Marketing Science 24:275–284): customers buy at their own Poisson rate (gamma r, α) and
 * drop out after a purchase with their own probability (beta a, b). α is in the unit of time of `tx`, `T` and `t`.
 */
export interface BgNbd {
  r: number
  alpha: number
  a: number
  b: number
}

/** `x` repeat purchase days (the first excluded), `tx` from first to last purchase (0 when x = 0), `T` from first purchase to the end of observation. */
export interface PurchaseHistory {
  x: number
  tx: number
  T: number
}

export function isHistory({ x, tx, T }: PurchaseHistory): boolean {
  return Number.isFinite(x) && Number.isFinite(T) && x >= 0 && tx >= 0 && tx <= T && (x === 0 ? tx === 0 : tx > 0)
}

const ifHistory = (history: PurchaseHistory, value: () => number): Result =>
  isHistory(history) ? defined(value()) : undefinedFor('invalid_input')

/** ln of the likelihood of one customer's history. */
export function bgNbdLogLikelihood({ r, alpha, a, b }: BgNbd, history: PurchaseHistory): Result {
  const { x, tx, T } = history
  return ifHistory(history, () => {
    const purchases = lnGamma(r + x) - lnGamma(r) + r * Math.log(alpha)
    const dropout = lnGamma(a + b) + lnGamma(b + x) - lnGamma(b) - lnGamma(a + b + x)
    const alive = -(r + x) * Math.log(alpha + T)
    const gone = x > 0 ? Math.log(a) - Math.log(b + x - 1) - (r + x) * Math.log(alpha + tx) : -Infinity
    return purchases + dropout + logAddExp(alive, gone)
  })
}

/**
 * P(alive) at the end of observation, 0–1; churn probability is its complement. Exactly 1 for a customer who never came
 * back, because the model has no dropout before the first repeat: never show that as "safe".
 */
export function pAlive({ r, alpha, a, b }: BgNbd, history: PurchaseHistory): Result {
  const { x, tx, T } = history
  return ifHistory(history, () => {
    if (x === 0) return 1
    const z = Math.log(a) - Math.log(b + x - 1) + (r + x) * (Math.log(alpha + T) - Math.log(alpha + tx))
    return z > 0 ? Math.exp(-z) / (1 + Math.exp(-z)) : 1 / (1 + Math.exp(z))
  })
}

/** Expected number of purchases in the time `t` after the end of observation. */
export function expectedPurchases(model: BgNbd, history: PurchaseHistory, t: number): Result {
  if (!(t >= 0 && t < Infinity)) return undefinedFor('invalid_input')
  const alive = pAlive(model, history)
  if (alive.value === null || alive.value === 0 || t === 0) return alive.value === null ? alive : defined(0)
  return defined(alive.value * expectedWhileAlive(model, history.x, history.T, t))
}

/** Expected number of purchases of a new customer in the time `t` after the first one. */
export function expectedOfNewCustomer(model: BgNbd, t: number): Result {
  if (!(t >= 0 && t < Infinity)) return undefinedFor('invalid_input')
  return defined(t === 0 ? 0 : expectedWhileAlive(model, 0, 0, t))
}

/**
 * Expected purchases of a customer known to be alive. The published ₂F₁ overflows for large x and is 0/0 at a = 1; after
 * Euler's transformation and taking δ = a − 1 out of the series G both are harmless: −C · (ε + G · ((α+T)/(α+T+t))^δ) with
 * ε = (e^δλ − 1)/δ. Where the two parts would cancel, or the series crawls, the integral it came from is asked.
 */
function expectedWhileAlive(model: BgNbd, x: number, T: number, t: number): number {
  const { r, alpha, a, b } = model
  const delta = a - 1
  const numerator = a + b - r - 1
  const denominator = a + b + x - 1
  const z = t / (alpha + T + t)
  const lambda = Math.log(alpha + T) - Math.log(alpha + T + t)
  const epsilon = delta === 0 ? lambda : Math.expm1(delta * lambda) / delta
  let term = (numerator / denominator) * z
  let [series, largest] = [term, Math.abs(term)]
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(series); n++) {
    if (n > 2_000) return expectedByIntegral(model, x, T, t)
    term *= ((numerator + n) * (delta + n) * z) / ((denominator + n) * (n + 1))
    series += term
    largest = Math.max(largest, Math.abs(term))
  }
  const shrink = Math.exp(delta * lambda)
  const purchases = -(epsilon + series * shrink)
  const parts = Math.max(Math.abs(epsilon), largest * shrink)
  return purchases > 1e-4 * parts ? denominator * purchases : expectedByIntegral(model, x, T, t)
}

/**
 * The same as ∫ (1/p)(1 − ((α+T)/(α+T+pt))^(r+x)) Beta(p; a, b+x) dp. For a < 1 it runs over v = p^a, which spreads out the
 * mass near p = 0.
 */
function expectedByIntegral({ r, alpha, a, b }: BgNbd, x: number, T: number, t: number): number {
  const scale = lnBeta(a, b + x)
  const perDropout = (p: number) =>
    p < 1e-290 ? ((r + x) * t) / (alpha + T) : -Math.expm1(-(r + x) * Math.log1p((p * t) / (alpha + T))) / p
  if (a >= 1)
    return integrateUnit((p, rest) => perDropout(p) * Math.exp((a - 1) * Math.log(p) + (b + x - 1) * Math.log(rest) - scale))
  return integrateUnit((v, rest) => {
    const lnP = (v < 0.5 ? Math.log(v) : Math.log1p(-rest)) / a
    return (perDropout(Math.exp(lnP)) / a) * Math.exp((b + x - 1) * Math.log(-Math.expm1(lnP)) - scale)
  })
}
