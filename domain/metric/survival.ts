import { normalQuantile } from './numerics.ts'
import { type Defined, defined, isAmount, type Reason, type Result, type Undefined, undefinedFor } from './result.ts'

/** How many ended (event) and how many were last seen (censored) at one duration. */
interface LifeRow {
  time: number
  events: number
  censored: number
}

/** Durations of customers, sorted and grouped; what SQL can deliver for a million rows, and all that the estimators need. */
export type LifeTable = readonly LifeRow[]

/** Groups single durations into a life table; `ended[i]` says whether the i-th ended or was only last seen. */
export function lifeTable(durations: readonly number[], ended: readonly boolean[]): LifeTable {
  const rows = new Map<number, LifeRow>()
  durations.forEach((time, i) => {
    const row = rows.get(time) ?? { time, events: 0, censored: 0 }
    rows.set(time, row)
    if (ended[i]) row.events++
    else row.censored++
  })
  return [...rows.values()].sort((a, b) => a.time - b.time)
}

interface Step {
  time: number
  atRisk: number
  events: number
  survival: number
  /** Greenwood's Σ d / (n (n − d)): the variance of S is S² times this; infinite once S is 0. */
  greenwood: number
}

export type Survival = { reason: null; steps: readonly Step[]; last: number } | { reason: 'no_observations' | 'invalid_input' }

/**
 * Kaplan-Meier (1958): the share not yet ended after each time with an event, as steps.
 * At one time events come before censorings: those last seen there were still at risk.
 */
export function kaplanMeier(table: LifeTable): Survival {
  if (table.length === 0) return { reason: 'no_observations' }
  if (!table.every(row => isAmount(row.time) && isAmount(row.events) && isAmount(row.censored)))
    return { reason: 'invalid_input' }
  let atRisk = table.reduce((sum, row) => sum + row.events + row.censored, 0)
  let [survival, greenwood] = [1, 0]
  const steps: Step[] = []
  for (const { time, events, censored } of table) {
    if (events > 0) {
      survival *= 1 - events / atRisk
      greenwood += atRisk === events ? Infinity : events / (atRisk * (atRisk - events))
      steps.push({ time, atRisk, events, survival, greenwood })
    }
    atRisk -= events + censored
  }
  return { reason: null, steps, last: table.at(-1)?.time ?? 0 }
}

export type SurvivalPoint =
  | { t: number; survival: number; lower: number; upper: number; reason: null }
  | { t: number; survival: number; lower: null; upper: null; reason: 'survival_zero' }
  | { t: number; survival: null; lower: null; upper: null; reason: Reason }

/** S(t), 0–1, with its log-log interval (Kalbfleisch and Prentice); nothing is claimed beyond the longest observation. */
export function survivalAt(curve: Survival, t: number, alpha = 0.05): SurvivalPoint {
  const unknown = (reason: Reason): SurvivalPoint => ({ t, survival: null, lower: null, upper: null, reason })
  if (curve.reason !== null) return unknown(curve.reason)
  if (!isAmount(t)) return unknown('invalid_input')
  const step = lastStepAt(curve.steps, t)
  const survival = step?.survival ?? 1
  if (survival <= 0) return { t, survival: 0, lower: null, upper: null, reason: 'survival_zero' }
  if (t > curve.last) return unknown('beyond_follow_up')
  if (!step) return { t, survival: 1, lower: 1, upper: 1, reason: null }
  const theta = (normalQuantile(1 - alpha / 2) * Math.sqrt(step.greenwood)) / Math.log(survival)
  const bounds = [survival ** Math.exp(-theta), survival ** Math.exp(theta)]
  return { t, survival, lower: Math.min(...bounds), upper: Math.max(...bounds), reason: null }
}

function lastStepAt(steps: readonly Step[], t: number): Step | undefined {
  let [low, high] = [0, steps.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((steps[middle]?.time ?? Infinity) <= t) low = middle + 1
    else high = middle
  }
  return steps[low - 1]
}

/** The smallest time at which half have ended. */
export function medianSurvival(curve: Survival): Result {
  if (curve.reason !== null) return undefinedFor(curve.reason)
  // The slack is for products that drift by a few units in the last place around exactly one half.
  const step = curve.steps.find(({ survival }) => survival <= 0.5 + 1e-12)
  return step ? defined(step.time) : undefinedFor('not_reached')
}

/** Restricted mean survival time: ∫₀^τ S in the unit of the durations, with its variance (Royston and Parmar 2013). Compare groups on one τ only. */
export function rmst(curve: Survival, tau: number): (Defined & { variance: number }) | (Undefined & { variance: null }) {
  const none = (reason: Reason) => ({ ...undefinedFor(reason), variance: null })
  if (curve.reason !== null) return none(curve.reason)
  if (!isAmount(tau)) return none('invalid_input')
  const end = curve.steps.at(-1)?.survival ?? 1
  if (tau > curve.last && end > 0) return none('tau_beyond_follow_up')
  const steps = curve.steps.filter(({ time }) => time <= tau)
  // From the last step backwards: the area still to come after each step.
  let [area, variance, until] = [0, 0, tau]
  for (const { time, atRisk, events, survival } of steps.toReversed()) {
    area += survival * (until - time)
    if (atRisk > events) variance += (area * area * events) / (atRisk * (atRisk - events))
    until = time
  }
  return { ...defined(area + until), variance }
}
