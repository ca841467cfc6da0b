import { logRank } from '../metric/logrank.ts'
import { kaplanMeier, type LifeTable, medianSurvival, survivalAt } from '../metric/survival.ts'
import type { ArmOutcome, Summary } from './arm.ts'
import type { CupedMoments } from './cuped.ts'

/** How many of an arm have been watched for `age` whole units. */
export interface AgeCount {
  arm: string
  age: number
  n: number
}

/** How many of those had the outcome, and in which unit of their time; null where it is not certain for that age yet. */
export interface OutcomeCount extends AgeCount {
  time: number | null
  matured: boolean
  success: boolean
}

/** Sums over those with any money at all; everybody else counts as zero. */
export interface MoneySums {
  arm: string
  n: number
  y: number
  x: number
  yy: number
  xx: number
  xy: number
}

/**
 * Life tables by arm: an event counts in its unit only for customers who have been watched to that unit's end; everybody else is
 * censored after the last whole unit they have been in. Otherwise quick successes would count before slow failures can.
 */
export function lifeTables(base: readonly AgeCount[], outcomes: readonly OutcomeCount[]): Record<string, LifeTable> {
  const tables = new Map<string, Map<number, { time: number; events: number; censored: number }>>()
  const at = (arm: string, time: number) => {
    const table = tables.get(arm) ?? new Map<number, { time: number; events: number; censored: number }>()
    tables.set(arm, table)
    const row = table.get(time) ?? { time, events: 0, censored: 0 }
    table.set(time, row)
    return row
  }
  for (const { arm, age, n } of base) at(arm, age).censored += n
  for (const { arm, age, time, n } of outcomes) {
    if (time === null || time > age) continue
    at(arm, time).events += n
    at(arm, age).censored -= n
  }
  return Object.fromEntries(
    [...tables].map(([arm, table]) => [
      arm,
      [...table.values()].filter(row => row.events > 0 || row.censored > 0).sort((a, b) => a.time - b.time),
    ]),
  )
}

/** The curve of each arm at every whole unit up to the horizon that its data reach, with the log-rank test of all arms. */
export function curves(tables: Readonly<Record<string, LifeTable>>, horizon: number, alpha: number) {
  const every = Math.max(1, Math.ceil(horizon / 400))
  const arms = Object.entries(tables).map(([arm, table]) => {
    const curve = kaplanMeier(table)
    const points = []
    for (let t = 0; t <= horizon; t += every) {
      const point = survivalAt(curve, t, alpha)
      if (point.survival === null) break
      points.push({ t, survival: point.survival, lower: point.lower, upper: point.upper })
    }
    return { arm, points, median: medianSurvival(curve) }
  })
  return { arms, logRank: logRank(tables) }
}

/** The sums of two parts of one arm as those of all of it, by the formula of Chan, Golub and LeVeque. */
export function mergeSums(a: MoneySums, b: MoneySums): MoneySums {
  const n = a.n + b.n
  if (a.n === 0) return b
  if (b.n === 0) return a
  const [dy, dx, weight] = [b.y - a.y, b.x - a.x, (a.n * b.n) / n]
  return {
    arm: a.arm,
    n,
    y: a.y + (dy * b.n) / n,
    x: a.x + (dx * b.n) / n,
    yy: a.yy + b.yy + dy * dy * weight,
    xx: a.xx + b.xx + dx * dx * weight,
    xy: a.xy + b.xy + dy * dx * weight,
  }
}

/** Mean and variance of an arm's money, everybody without any counted as zero. */
export function moneyOf(sums: MoneySums | undefined, n: number): Summary {
  const { meanY, yy } = momentsOf(sums, n)
  return { n, mean: meanY, variance: n < 2 ? 0 : yy / (n - 1) }
}

/** The moments of an arm for CUPED, the many zeros joined to the sums of the few by the formula of Chan, Golub and LeVeque. */
export function momentsOf(sums: MoneySums | undefined, n: number): CupedMoments {
  if (!sums || n === 0) return { n, meanY: 0, meanX: 0, yy: 0, xx: 0, xy: 0 }
  const weight = (sums.n * (n - sums.n)) / n
  return {
    n,
    meanY: (sums.y * sums.n) / n,
    meanX: (sums.x * sums.n) / n,
    yy: sums.yy + sums.y * sums.y * weight,
    xx: sums.xx + sums.x * sums.x * weight,
    xy: sums.xy + sums.x * sums.y * weight,
  }
}

/** What one arm has shown over its matured customers. */
export interface ArmCounts {
  key: string
  matured: number
  converted: number
  money: Summary
}

export const outcomeOf = (arm: ArmCounts, kind: 'proportion' | 'mean'): ArmOutcome =>
  kind === 'mean' ? { key: arm.key, kind, ...arm.money } : { key: arm.key, kind, n: arm.matured, successes: arm.converted }
