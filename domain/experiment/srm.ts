import { chiSquareUpper, lnGamma, log10ChiSquareUpper, logSumExp } from '../metric/numerics.ts'

/** Below this the arms did not get the customers they should have, and nothing of the experiment may be compared. */
export const srmLimit = 0.001

/** Customers as assigned (before consent, caps and bounces) and the weight the arm was to have. */
export interface SrmArm {
  count: number
  weight: number
}

export type SrmLook =
  | { reason: null; chi2: number; df: number; p: number; log10P: number; alarm: boolean }
  | { reason: 'customersInZeroWeightArm'; p: 0; alarm: true }

/** Pearson's chi-square of one look at the sample ratio. Looked at again and again it cries wolf: gate on `srmEvidence`. */
export function srmLook(arms: readonly SrmArm[]): SrmLook {
  const weighted = arms.filter(arm => arm.weight > 0)
  if (arms.some(arm => arm.weight <= 0 && arm.count > 0)) return { reason: 'customersInZeroWeightArm', p: 0, alarm: true }
  const [n, total] = [sum(weighted.map(arm => arm.count)), sum(weighted.map(arm => arm.weight))]
  const df = Math.max(0, weighted.length - 1)
  const chi2 =
    n === 0 ? 0 : sum(weighted.map(({ count, weight }) => (count - (n * weight) / total) ** 2 / ((n * weight) / total)))
  const p = chiSquareUpper(chi2, df)
  return { reason: null, chi2, df, p, log10P: df === 0 ? 0 : log10ChiSquareUpper(chi2, df), alarm: p < srmLimit }
}

const concentrations = [10, 100, 1_000, 10_000, 100_000]

/**
 * Evidence against the sample ratio that holds however often it is looked at: a mean of Dirichlet-multinomial Bayes factors
 * (Lindon and Malek 2022). p = min(1, 1 / evidence), and the smallest over all looks counts: pass the smallest so far.
 */
export function srmEvidence(arms: readonly SrmArm[], smallestSoFar = 1): { logEvidence: number; p: number; alarm: boolean } {
  const weighted = arms.filter(arm => arm.weight > 0)
  if (arms.some(arm => arm.weight <= 0 && arm.count > 0)) return { logEvidence: Infinity, p: 0, alarm: true }
  const [n, total] = [sum(weighted.map(arm => arm.count)), sum(weighted.map(arm => arm.weight))]
  const factors = concentrations.map(c => {
    const perArm = weighted.map(({ count, weight }) => {
      const share = weight / total
      return lnGamma(c * share + count) - lnGamma(c * share) - count * Math.log(share)
    })
    return lnGamma(c) - lnGamma(c + n) + sum(perArm)
  })
  const logEvidence = logSumExp(factors) - Math.log(concentrations.length)
  const p = Math.min(1, smallestSoFar, Math.exp(-logEvidence))
  return { logEvidence, p, alarm: p < srmLimit }
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
