import { normalQuantile, normalUpper } from '../metric/numerics.ts'

export interface SampleSize {
  nControlExact: number
  nControl: number
  nTreatment: number
}

interface Aim {
  /** Treatment customers per control customer. */
  ratio: number
  alpha: number
  power: number
}

/**
 * Customers per arm to tell p2 from p1 with the pooled z test at its end: pooled variance under equality, unpooled under
 * the effect (Fleiss, no continuity correction). Null where p1 = p2: no number of customers shows a difference of nothing.
 */
export function sampleSizeProportions({ p1, p2, ratio, alpha, power }: Aim & { p1: number; p2: number }): SampleSize | null {
  if (p1 === p2) return null
  const pooled = (p1 + ratio * p2) / (1 + ratio)
  const underNone = normalQuantile(1 - alpha / 2) * Math.sqrt(pooled * (1 - pooled) * (1 + 1 / ratio))
  const underEffect = normalQuantile(power) * Math.sqrt(p1 * (1 - p1) + (p2 * (1 - p2)) / ratio)
  return rounded((underNone + underEffect) ** 2 / (p2 - p1) ** 2, ratio)
}

/** Customers per arm to tell a difference in means of `effect`, both arms with standard deviation `sd`. */
export function sampleSizeMeans({ sd, effect, ratio, alpha, power }: Aim & { sd: number; effect: number }): SampleSize | null {
  if (effect === 0) return null
  return rounded(((normalQuantile(1 - alpha / 2) + normalQuantile(power)) ** 2 * sd ** 2 * (1 + 1 / ratio)) / effect ** 2, ratio)
}

function rounded(exact: number, ratio: number): SampleSize {
  const nControl = Math.ceil(exact)
  return { nControlExact: exact, nControl, nTreatment: Math.ceil(ratio * nControl) }
}

/** Probability that the pooled z test at the end tells p2 from p1; `alpha` where they are equal. */
export function powerProportions({
  p1,
  p2,
  n1,
  n2,
  alpha,
}: {
  p1: number
  p2: number
  n1: number
  n2: number
  alpha: number
}): number {
  const pooled = (n1 * p1 + n2 * p2) / (n1 + n2)
  const none = Math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
  const effect = Math.sqrt((p1 * (1 - p1)) / n1 + (p2 * (1 - p2)) / n2)
  if (effect === 0) return p1 === p2 ? alpha : 1
  const bar = normalQuantile(1 - alpha / 2) * none
  const d = Math.abs(p2 - p1)
  return normalUpper((bar - d) / effect) + normalUpper((bar + d) / effect)
}

/** Probability that the z test of two means at the end shows a difference of `effect`. */
export function powerMeans({
  sd,
  effect,
  n1,
  n2,
  alpha,
}: {
  sd: number
  effect: number
  n1: number
  n2: number
  alpha: number
}): number {
  const shift = Math.abs(effect) / (sd * Math.sqrt(1 / n1 + 1 / n2))
  const bar = normalQuantile(1 - alpha / 2)
  return normalUpper(bar - shift) + normalUpper(bar + shift)
}

/** The smallest change from p1, up or down, that is shown with this power; null where even the largest one is not. */
export function minimumDetectableProportion(input: {
  p1: number
  n1: number
  n2: number
  alpha: number
  power: number
  direction: 'up' | 'down'
}): number | null {
  const { p1, direction } = input
  const [room, sign] = direction === 'up' ? [1 - p1, 1] : [p1, -1]
  return root(room, d => powerProportions({ ...input, p2: p1 + sign * d }) - input.power)
}

/** The smallest difference in means that is shown with this power. */
export function minimumDetectableMean({
  sd,
  n1,
  n2,
  alpha,
  power,
}: {
  sd: number
  n1: number
  n2: number
  alpha: number
  power: number
}): number {
  return (normalQuantile(1 - alpha / 2) + normalQuantile(power)) * sd * Math.sqrt(1 / n1 + 1 / n2)
}

/** Where a function that is negative near 0 first reaches 0 in (0, high]; null where it does not. */
function root(high: number, f: (d: number) => number): number | null {
  if (!(high > 0) || f(high) < 0) return null
  let [below, above] = [0, high]
  for (let i = 0; i < 200 && above - below > 1e-16; i++) {
    const middle = (below + above) / 2
    if (f(middle) < 0) below = middle
    else above = middle
  }
  return above
}
