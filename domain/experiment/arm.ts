/** Lower and upper end. */
export type Interval = readonly [low: number, high: number]

/** Converted (or kept, or churned) out of `n` matured customers. */
export interface Proportion {
  n: number
  successes: number
}

/** Sample size, mean and sample variance (n − 1), zeros included. */
export interface Summary {
  n: number
  mean: number
  variance: number
}

/** What one arm of an experiment has shown so far, over its matured customers. */
export type ArmOutcome = ({ key: string; kind: 'proportion' } & Proportion) | ({ key: string; kind: 'mean' } & Summary)

/** A proportion as mean and variance p(1 − p), or null without customers. */
function summaryOfProportion({ n, successes }: Proportion): Summary | null {
  if (n === 0) return null
  const mean = successes / n
  return { n, mean, variance: mean * (1 - mean) }
}

export const summaryOf = (arm: ArmOutcome): Summary | null =>
  arm.kind === 'proportion' ? summaryOfProportion(arm) : arm.n > 0 ? arm : null

/** Mean and variance of plain values, in two passes. */
export function summarise(values: readonly number[]): Summary {
  const n = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { n, mean, variance: n < 2 ? 0 : squares / (n - 1) }
}
