import type { Comparison } from './compare.ts'

/** How many more (or fewer) customers, or how much more revenue, the treated brought because they were treated. */
export interface Incremental {
  value: number
  interval: readonly [low: number, high: number] | null
}

/**
 * difference × treated, with the interval × treated, from the comparison of a campaign (or the whole programme) with its
 * own holdout. Null without a difference to scale.
 */
export function incremental(againstHoldout: Pick<Comparison, 'difference' | 'interval'>, treated: number): Incremental | null {
  const { difference, interval } = againstHoldout
  if (difference === null) return null
  return { value: difference * treated, interval: interval && [interval[0] * treated, interval[1] * treated] }
}
