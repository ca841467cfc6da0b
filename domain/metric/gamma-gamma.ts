import { maximise, type Slope } from './maximise.ts'
import { digamma, lnGamma } from './numerics.ts'
import { defined, type Reason, type Result, undefinedFor } from './result.ts'

/** Gamma-Gamma spend model (Fader and Hardie 2013): spend per transaction is gamma(p, ν), ν itself gamma(q, γ). γ carries the currency. */
export interface GammaGamma {
  p: number
  q: number
  gamma: number
}

/** `x` transactions (repeat ones, where the first is left out) and `m`, their mean spend. */
export interface Spend {
  x: number
  m: number
}

type Abstention = Extract<Reason, 'too_few_repeaters' | 'spend_depends_on_frequency' | 'no_fit'>
export type GammaGammaFit =
  | { params: GammaGamma; logLik: number; n: number; correlation: number; reason: null }
  | { value: null; reason: Abstention; correlation: number | null }

/**
 * Expected spend per transaction of a customer: own mean and population mean, weighted by how much is known of them.
 * Undefined (`no_fit`) where the population mean is (q ≤ 1) and the customer's own history cannot carry it.
 */
export function expectedSpend({ p, q, gamma }: GammaGamma, { x, m }: Spend): Result {
  if (!(x >= 0) || !(m >= 0) || !Number.isFinite(x + m) || (x > 0 && m === 0)) return undefinedFor('invalid_input')
  if (x === 0) return q > 1 ? defined((p * gamma) / (q - 1)) : undefinedFor('no_fit')
  return p * x + q > 1 ? defined((p * (gamma + m * x)) / (p * x + q - 1)) : undefinedFor('no_fit')
}

/**
 * Fits by maximum likelihood over customers with x > 0 and m > 0, on m scaled to mean 1. Abstains under 100 of them, where
 * spend moves with frequency (|correlation| > 0.3: the model assumes it does not), and where q ≤ 1 or nothing converged.
 */
export function fitGammaGamma(spends: readonly Spend[]): GammaGammaFit {
  const rows = spends.filter(({ x, m }) => x > 0 && m > 0)
  const n = rows.length
  if (n < 100) return { value: null, reason: 'too_few_repeaters', correlation: null }
  const correlation = pearson(rows)
  if (Math.abs(correlation) > 0.3) return { value: null, reason: 'spend_depends_on_frequency', correlation }
  const scale = rows.reduce((sum, { m }) => sum + m, 0) / n
  const scaled = rows.map(({ x, m }) => ({ x, m: m / scale }))
  const starts = [
    [1, 2, 1],
    [6, 4, 0.5],
    [3, 1.5, 0.2],
  ]
  const summit = maximise(
    likelihood(scaled),
    starts.map(start => start.map(Math.log)),
    1e-6,
  )
  const [p = 0, q = 0, gamma = 0] = summit?.point.map(Math.exp) ?? []
  if (!summit || !(q > 1)) return { value: null, reason: 'no_fit', correlation }
  return { params: { p, q, gamma: gamma * scale }, logLik: n * (summit.value - Math.log(scale)), n, correlation, reason: null }
}

/**
 * Mean log-likelihood per customer and its slope in the logs of (p, q, γ). Gamma functions depend on x alone, so they are
 * taken once per distinct x; over all rows there runs a single logarithm.
 */
function likelihood(rows: readonly Spend[]): (point: readonly number[]) => Slope {
  const n = rows.length
  const byX = new Map<number, number>()
  let [sumLogM, sumXLogTotal] = [0, 0]
  for (const { x, m } of rows) {
    byX.set(x, (byX.get(x) ?? 0) + 1)
    sumLogM += Math.log(m)
    sumXLogTotal += x * Math.log(m * x)
  }
  return point => {
    const [p = 1, q = 1, gamma = 1] = point.map(Math.exp)
    let value = n * (q * Math.log(gamma) - lnGamma(q)) + p * sumXLogTotal - sumLogM
    let [dp, dq, dGamma] = [sumXLogTotal, n * (Math.log(gamma) - digamma(q)), (n * q) / gamma]
    for (const [x, count] of byX) {
      const psiAll = digamma(p * x + q)
      value += count * (lnGamma(p * x + q) - lnGamma(p * x))
      dp += count * x * (psiAll - digamma(p * x))
      dq += count * psiAll
    }
    for (const { x, m } of rows) {
      const logTotal = Math.log(gamma + m * x)
      value -= (p * x + q) * logTotal
      dp -= x * logTotal
      dq -= logTotal
      dGamma -= (p * x + q) / (gamma + m * x)
    }
    return { value: value / n, gradient: [(dp * p) / n, (dq * q) / n, (dGamma * gamma) / n] }
  }
}

function pearson(rows: readonly Spend[]): number {
  const n = rows.length
  const [meanX, meanM] = [rows.reduce((sum, row) => sum + row.x, 0) / n, rows.reduce((sum, row) => sum + row.m, 0) / n]
  let [xx, mm, xm] = [0, 0, 0]
  for (const { x, m } of rows) {
    xx += (x - meanX) ** 2
    mm += (m - meanM) ** 2
    xm += (x - meanX) * (m - meanM)
  }
  return xx === 0 || mm === 0 ? 0 : xm / Math.sqrt(xx * mm)
}
