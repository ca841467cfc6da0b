import { betaTails, lnBeta } from '../metric/numerics.ts'
import { panelNodes } from '../metric/quadrature.ts'
import type { Proportion } from './arm.ts'

export interface BayesReading {
  meanA: number
  meanB: number
  pBBeatsA: number
  pABeatsB: number
  /** What choosing B is expected to cost in rate, should A be better; and the other way round. */
  expectedLossChooseB: number
  expectedLossChooseA: number
}

/**
 * A beta-binomial reading of two proportions. Shown beside the decision and never a reason to stop: looked at again and
 * again it does not control false winners. Integrals are of positive functions only, so that small ones keep their digits.
 */
export function bayesReading(a: Proportion, b: Proportion, prior = { alpha: 1, beta: 1 }): BayesReading {
  const posterior = ({ n, successes }: Proportion): Beta => [prior.alpha + successes, prior.beta + n - successes]
  const [A, B] = [posterior(a), posterior(b)]
  const [scaleA, scaleB] = [lnBeta(...A), lnBeta(...B)]
  let [pBBeatsA, pABeatsB, expectedLossChooseB, expectedLossChooseA] = [0, 0, 0, 0]
  for (const { x: angle, weight } of panelNodes(breaks([A, B]))) {
    // x = sin²θ takes the singular ends out of densities with α or β below 1.
    const [s, c] = [Math.sin(angle), Math.cos(angle)]
    const x = s * s
    const dx = 2 * s * c * weight
    const density = ([alpha, beta]: Beta, scale: number) =>
      2 * weight * Math.exp((2 * alpha - 1) * Math.log(s) + (2 * beta - 1) * Math.log(c) - scale)
    const [lowA, upA] = betaTails(x, ...A)
    const [lowB, upB] = betaTails(x, ...B)
    pBBeatsA += density(B, scaleB) * lowA
    pABeatsB += density(A, scaleA) * lowB
    expectedLossChooseB += lowB * upA * dx
    expectedLossChooseA += lowA * upB * dx
  }
  const mean = ([alpha, beta]: Beta) => alpha / (alpha + beta)
  return { meanA: mean(A), meanB: mean(B), pBBeatsA, pABeatsB, expectedLossChooseB, expectedLossChooseA }
}

type Beta = readonly [alpha: number, beta: number]

const reaches = [1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 29, 38]

/** Panels as fine as the narrower posterior asks for, out to where a normal tail leaves the range of doubles. */
function breaks(posteriors: readonly Beta[]): number[] {
  const points = posteriors.flatMap(([alpha, beta]) => {
    const total = alpha + beta
    const mean = alpha / total
    const sd = Math.sqrt((mean * (1 - mean)) / (total + 1))
    return [mean, ...reaches.flatMap(reach => [mean - reach * sd, mean + reach * sd])]
  })
  const inside = [0, ...points.filter(x => x > 0 && x < 1), 1]
  return inside.map(x => Math.asin(Math.sqrt(x))).sort((a, b) => a - b)
}
