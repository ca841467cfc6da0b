import { type Texts, textsIn } from '../texts/texts.ts'
import type { Undefined } from './result.ts'

export type LifecycleStage = 'new' | 'active' | 'atRisk' | 'lapsed' | 'wonBack'

/** A stage with the rhythm it was judged by: the customer's usual gap and the days of silence. */
export type Lifecycle =
  | { stage: LifecycleStage; reason: null; gap: number; days: number }
  | { stage: null; reason: Extract<Undefined['reason'], 'no_orders'>; gap: null; days: null }

const defaultGap = 30

/** Distinct purchase days up to `asOfDay`, ascending, from day numbers in any order. */
const distinctDays = (days: readonly number[], asOfDay: number): number[] =>
  [...new Set(days)].filter(day => day <= asOfDay).sort((a, b) => a - b)

const gapsOf = (days: readonly number[]): number[] => days.slice(1).map((day, i) => day - (days[i] ?? day))

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

/** The median of all customers' gaps, or null while fewer than 30 are known. */
export const pooledGap = (gaps: readonly number[]): number | null => (gaps.length >= 30 ? median(gaps) : null)

/** The customer's usual gap in days: own median from three gaps on, else the pooled one, else 30; within [1, 365]. */
function usualGap(own: readonly number[], pooled: number | null): number {
  const gap = own.length >= 3 ? median(own) : (pooled ?? defaultGap)
  return Math.min(365, Math.max(1, gap))
}

/**
 * The stage of one customer by their own rhythm, from purchase days and the pooled gap of all.
 * Silence beyond 3 gaps: lapsed; beyond 1.5: at risk; one purchase: new; back after more than 3 gaps: won back; else active.
 */
export function lifecycleStage(purchaseDays: readonly number[], asOfDay: number, pooled: number | null): Lifecycle {
  const purchases = distinctDays(purchaseDays, asOfDay)
  const last = purchases.at(-1)
  if (last === undefined) return { stage: null, reason: 'no_orders', gap: null, days: null }
  const gaps = gapsOf(purchases)
  const gap = usualGap(gaps, pooled)
  const days = asOfDay - last
  const stage = (): LifecycleStage => {
    if (days > 3 * gap) return 'lapsed'
    if (days > 1.5 * gap) return 'atRisk'
    const lastGap = gaps.at(-1)
    if (lastGap === undefined) return 'new'
    return lastGap > 3 * usualGap(gaps.slice(0, -1), pooled) ? 'wonBack' : 'active'
  }
  return { stage: stage(), reason: null, gap, days }
}

/** The stages of a population, by customer id; the pooled gap comes from the same population. */
export function lifecycleStages(
  purchases: ReadonlyMap<string, readonly number[]>,
  asOfDay: number,
): (Lifecycle & { customer: string })[] {
  const gaps = [...purchases.values()].flatMap(days => gapsOf(distinctDays(days, asOfDay)))
  const pooled = pooledGap(gaps)
  return [...purchases]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([customer, days]) => ({ customer, ...lifecycleStage(days, asOfDay, pooled) }))
}

/** Why a customer is in their stage, in words: "at risk: silent for 41 days, usual gap 12". */
export function describeLifecycle(lifecycle: Lifecycle, { rules, scores }: Texts = textsIn.en): string {
  if (lifecycle.stage === null) return scores.reasons.no_orders
  return scores.lifecycle(rules.stages[lifecycle.stage], lifecycle.days, Number(lifecycle.gap.toFixed(1)))
}
