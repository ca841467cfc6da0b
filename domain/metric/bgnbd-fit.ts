import { type BgNbd, isHistory, type PurchaseHistory } from './bgnbd.ts'
import { maximise, type Slope } from './maximise.ts'
import { digamma, lnGamma } from './numerics.ts'
import { type Reason, undefinedFor } from './result.ts'

export type BgNbdFit =
  | { params: BgNbd; logLik: number; n: number; sumX: number; repeaters: number; reason: null }
  | { value: null; reason: Extract<Reason, 'invalid_input' | 'too_few_customers' | 'no_repeat' | 'too_few_repeaters' | 'no_fit'> }

const starts = [
  [0.5, 1, 1, 2],
  [1, 10, 0.5, 3],
  [0.25, 4, 2, 6],
]

/**
 * Fits BG/NBD by maximum likelihood over the logs of (r, α, a, b), from three starts. Abstains with a reason under 500
 * customers, under 50 with a repeat, or when no summit within [1e-4, 1e4] was reached. `counts[i]`: how many customers share
 * history i (default 1 each), so that a million customers are fitted from their distinct histories.
 */
export function fitBgNbd(histories: readonly PurchaseHistory[], counts?: readonly number[]): BgNbdFit {
  if (!histories.every(isHistory)) return abstain('invalid_input')
  const grouped = group(histories, counts)
  const total = (weight: (row: Grouped) => number) => grouped.reduce((sum, row) => sum + row.count * weight(row), 0)
  const [n, sumX, repeaters] = [total(() => 1), total(row => row.x), total(row => (row.x > 0 ? 1 : 0))]
  if (n < 500) return abstain('too_few_customers')
  if (sumX === 0) return abstain('no_repeat')
  if (repeaters < 50) return abstain('too_few_repeaters')
  // α carries the unit of time: start from what this population's own scale suggests.
  const meanT = total(row => row.T) / n
  const summit = maximise(
    likelihood(grouped, n),
    starts.map(([r = 1, alpha = 1, a = 1, b = 1]) => [r, (alpha * meanT) / 30, a, b].map(Math.log)),
    1e-6,
  )
  if (!summit) return abstain('no_fit')
  const [r = 0, alpha = 0, a = 0, b = 0] = summit.point.map(Math.exp)
  if ([r, alpha, a, b].some(value => !(value >= 1e-4 && value <= 1e4))) return abstain('no_fit')
  return { params: { r, alpha, a, b }, logLik: summit.value * n, n, sumX, repeaters, reason: null }
}

const abstain = <R extends Reason>(reason: R) => ({ ...undefinedFor(reason), reason })

interface Grouped extends PurchaseHistory {
  count: number
}

function group(histories: readonly PurchaseHistory[], counts: readonly number[] | undefined): Grouped[] {
  const rows = new Map<string, Grouped>()
  histories.forEach(({ x, tx, T }, i) => {
    const key = `${x}/${tx}/${T}`
    const count = counts?.[i] ?? 1
    const known = rows.get(key)
    if (known) known.count += count
    else rows.set(key, { x, tx, T, count })
  })
  return [...rows.values()]
}

/**
 * Mean log-likelihood per customer and its slope in the logs of the parameters. Gamma functions depend on x alone, so they
 * are taken once per distinct x; only the part with tx and T runs over all rows.
 */
function likelihood(rows: readonly Grouped[], n: number): (point: readonly number[]) => Slope {
  const byX = new Map<number, number>()
  for (const { x, count } of rows) byX.set(x, (byX.get(x) ?? 0) + count)
  return point => {
    const [r = 1, alpha = 1, a = 1, b = 1] = point.map(Math.exp)
    let [value, dr, dAlpha, da, db] = [0, 0, 0, 0, 0]
    const fixed = r * Math.log(alpha) - lnGamma(r) + lnGamma(a + b) - lnGamma(b)
    const [psiR, psiAB, psiB] = [digamma(r), digamma(a + b), digamma(b)]
    for (const [x, count] of byX) {
      value += count * (fixed + lnGamma(r + x) + lnGamma(b + x) - lnGamma(a + b + x))
      const psiABX = digamma(a + b + x)
      dr += count * (digamma(r + x) - psiR)
      da += count * (psiAB - psiABX)
      db += count * (psiAB - psiB + digamma(b + x) - psiABX)
    }
    for (const { x, tx, T, count } of rows) {
      const [logT, logTx] = [Math.log(alpha + T), Math.log(alpha + tx)]
      const alive = -(r + x) * logT
      let gone = 0 // the share of the likelihood in which the customer has dropped out
      if (x > 0) {
        const odds = Math.log(a / (b + x - 1)) + (r + x) * (logT - logTx)
        gone = odds > 0 ? 1 / (1 + Math.exp(-odds)) : Math.exp(odds) / (1 + Math.exp(odds))
        value += count * (alive + (odds > 0 ? odds + Math.log1p(Math.exp(-odds)) : Math.log1p(Math.exp(odds))))
        da += (count * gone) / a
        db -= (count * gone) / (b + x - 1)
      } else value += count * alive
      dr -= count * ((1 - gone) * logT + gone * logTx)
      dAlpha -= count * (r + x) * ((1 - gone) / (alpha + T) + gone / (alpha + tx))
    }
    dr += n * Math.log(alpha)
    dAlpha += (n * r) / alpha
    return { value: value / n, gradient: [(dr * r) / n, (dAlpha * alpha) / n, (da * a) / n, (db * b) / n] }
  }
}
