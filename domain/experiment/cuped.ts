import type { Summary } from './arm.ts'
import { type Welch, welch } from './means.ts'

/** Sums of one arm that CUPED needs: y after enrolment, x before it; yy, xx, xy are sums of products of deviations from the arm's means. */
export interface CupedMoments {
  n: number
  meanY: number
  meanX: number
  yy: number
  xx: number
  xy: number
}

export type Cuped = {
  theta: number
  adjustedMeans: readonly [control: number, treatment: number]
  adjusted: Welch
  raw: Welch
  /** 1 − (se adjusted / se raw)²; null where the raw outcome has no spread. */
  varianceReduction: number | null
}

/** The moments of one arm from plain values; y[i] and x[i] belong to one customer. */
export function cupedMoments(y: readonly number[], x: readonly number[]): CupedMoments {
  const n = y.length
  const [meanY, meanX] = [y.reduce((a, b) => a + b, 0) / n, x.reduce((a, b) => a + b, 0) / n]
  let [yy, xx, xy] = [0, 0, 0]
  y.forEach((value, i) => {
    const [dy, dx] = [value - meanY, (x[i] ?? 0) - meanX]
    yy += dy * dy
    xx += dx * dx
    xy += dx * dy
  })
  return { n, meanY, meanX, yy, xx, xy }
}

/**
 * CUPED (Deng et al. 2013): takes out of the outcome what the time before enrolment already told, with one slope θ for
 * both arms, and compares what is left by Welch. θ and the difference equal those of the regression y ~ arm + x.
 */
export function cuped(control: CupedMoments, treatment: CupedMoments, alpha: number): Cuped {
  const xx = control.xx + treatment.xx
  const theta = xx === 0 ? 0 : (control.xy + treatment.xy) / xx
  const meanX = (control.n * control.meanX + treatment.n * treatment.meanX) / (control.n + treatment.n)
  const adjust = (arm: CupedMoments): Summary => ({
    n: arm.n,
    mean: arm.meanY - theta * (arm.meanX - meanX),
    variance: residual(arm, theta) / Math.max(1, arm.n - 1),
  })
  const plain = (arm: CupedMoments): Summary => ({ n: arm.n, mean: arm.meanY, variance: arm.yy / Math.max(1, arm.n - 1) })
  const [one, two] = [adjust(control), adjust(treatment)]
  const [adjusted, raw] = [welch(one, two, alpha), welch(plain(control), plain(treatment), alpha)]
  const varianceReduction = raw.reason !== null || adjusted.reason === 'insufficient' ? null : 1 - (adjusted.se / raw.se) ** 2
  return { theta, adjustedMeans: [one.mean, two.mean], adjusted, raw, varianceReduction }
}

/** Σ of squares left after the slope. What is smaller than the rounding of the sums it is the difference of is no spread. */
function residual(arm: CupedMoments, theta: number): number {
  const left = arm.yy - 2 * theta * arm.xy + theta * theta * arm.xx
  return left <= 1e-14 * (arm.yy + theta * theta * arm.xx) ? 0 : left
}
