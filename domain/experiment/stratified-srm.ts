import { chiSquareUpper } from '../metric/numerics.ts'
import { type SrmArm, srmEvidence, srmLimit, srmLook } from './srm.ts'

export interface SampleRatio {
  /** Always valid: the smallest over all looks, this one included. */
  p: number
  ok: boolean
  /** Pearson's chi-square at this look. */
  look: { chi2: number; df: number; p: number }
  arms: { key: string; count: number; expected: number }[]
}

/** Customers drawn under one set of weights. */
export interface Draw {
  arms: readonly ({ key: string } & SrmArm)[]
}

/**
 * The sample ratio over customers drawn under several sets of weights: each set is judged by its own weights. The evidence of
 * independent sets multiplies, and so do their chi-squares add up with their degrees of freedom.
 */
export function sampleRatio(draws: readonly Draw[], smallestSoFar: number): SampleRatio {
  const looks = draws.map(draw => srmLook(draw.arms))
  const broken = looks.some(look => look.reason !== null)
  const logEvidence = draws.reduce((sum, draw) => sum + srmEvidence(draw.arms).logEvidence, 0)
  const p = broken ? 0 : Math.min(1, smallestSoFar, Math.exp(-logEvidence))
  const chi2 = looks.reduce((sum, look) => sum + (look.reason === null ? look.chi2 : 0), 0)
  const df = looks.reduce((sum, look) => sum + (look.reason === null ? look.df : 0), 0)
  const totals = new Map<string, { key: string; count: number; expected: number }>()
  for (const { arms } of draws) {
    const n = arms.reduce((sum, arm) => sum + arm.count, 0)
    const weight = arms.reduce((sum, arm) => sum + arm.weight, 0)
    for (const arm of arms) {
      const total = totals.get(arm.key) ?? { key: arm.key, count: 0, expected: 0 }
      total.count += arm.count
      total.expected += weight > 0 ? (n * arm.weight) / weight : 0
      totals.set(arm.key, total)
    }
  }
  return {
    p,
    ok: p >= srmLimit,
    look: { chi2, df, p: broken ? 0 : chiSquareUpper(chi2, df) },
    arms: [...totals.values()],
  }
}
