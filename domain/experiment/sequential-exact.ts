import { lnBeta } from '../metric/numerics.ts'
import type { Interval, Proportion } from './arm.ts'

/**
 * The exact beta-binomial sequence of one proportion: all rates p whose likelihood is not beaten by a uniform mixture more
 * than 1/α times. Valid at every look and for any count, without a burn-in.
 */
export function exactSequence({ n, successes: x }: Proportion, alpha: number): Interval {
  const mixture = lnBeta(1 + x, 1 + n - x)
  const excess = (p: number): number =>
    mixture - (x > 0 ? x * Math.log(p) : 0) - (n > x ? (n - x) * Math.log1p(-p) : 0) + Math.log(alpha)
  const middle = n === 0 ? 0.5 : x / n
  return [x === 0 ? 0 : crossing(excess, middle, 0), x === n ? 1 : crossing(excess, middle, 1)]
}

/** Where the excess changes sign between a point inside and an end outside; the outer side of the last bracket, to be safe. */
function crossing(excess: (p: number) => number, inside: number, outside: number): number {
  for (let i = 0; i < 100 && Math.abs(outside - inside) > 1e-15; i++) {
    const half = (inside + outside) / 2
    if (excess(half) >= 0) outside = half
    else inside = half
  }
  return outside
}

/** Interval of treatment − control from two exact sequences at α/2 each; about 1.7 times as wide as the asymptotic one. */
export function exactComparison(control: Proportion, treatment: Proportion, alpha: number): Interval {
  const [[l1, u1], [l2, u2]] = [exactSequence(control, alpha / 2), exactSequence(treatment, alpha / 2)]
  return [l2 - u1, u2 - l1]
}
