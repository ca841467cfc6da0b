import { type Defined, defined, isAmount, type Reason, type Result, type Undefined, undefinedFor } from './result.ts'

/**
 * Customer retention rate in percent: (end − arrived) / start · 100.
 * `arrived` counts everybody active at the end who was not at the start: new and reactivated customers alike.
 */
export function crr(counts: { start: number; arrived: number; end: number }): Result {
  const { start, arrived, end } = counts
  if (![start, arrived, end].every(isAmount)) return undefinedFor('invalid_input')
  if (start === 0) return undefinedFor('no_customers_at_start')
  const kept = end - arrived
  if (kept < 0 || kept > start) return undefinedFor('inconsistent_counts')
  return defined((kept / start) * 100)
}

/**
 * Churn in percent of the customers at the start. What `lost` counts makes it net (gone at the end) or gross
 * (left at least once in the window, back or not): crr + net churn = 100.
 */
export function churn(counts: { start: number; lost: number }): Result {
  const { start, lost } = counts
  if (![start, lost].every(isAmount)) return undefinedFor('invalid_input')
  if (start === 0) return undefinedFor('no_customers_at_start')
  if (lost > start) return undefinedFor('inconsistent_counts')
  return defined((lost / start) * 100)
}

/** Who was where: ids at the window's edges, former customers before it, and everybody who left at least once inside it. */
export interface Movement {
  start: ReadonlySet<string>
  end: ReadonlySet<string>
  formerBefore: ReadonlySet<string>
  leaves: ReadonlySet<string>
}

/** The movements of a window as counts, with the rates they give; end = start − lostNet + new + reactivated. */
export function movement(sets: Movement) {
  const { start, end, formerBefore, leaves } = sets
  const count = (ids: ReadonlySet<string>, holds: (id: string) => boolean) => [...ids].filter(holds).length
  const lostNet = count(start, id => !end.has(id))
  const lostGross = count(start, id => leaves.has(id) || !end.has(id))
  const arrived = count(end, id => !start.has(id))
  const reactivated = count(end, id => !start.has(id) && formerBefore.has(id))
  return {
    crr: crr({ start: start.size, arrived, end: end.size }),
    churnNet: churn({ start: start.size, lost: lostNet }),
    churnGross: churn({ start: start.size, lost: lostGross }),
    lostNet,
    returnedInWindow: lostGross - lostNet,
    reactivated,
    new: arrived - reactivated,
    newLost: count(leaves, id => !start.has(id) && !end.has(id)),
  }
}

/** Recurring revenue of one customer at both edges of the window, in one currency; 0 where the customer was not active. */
export interface RevenueRow {
  start: number
  end: number
  currency?: string
}

type RevenueRates<R extends Result> = { grr: R; nrr: R; revenueChurn: R; revenueChurnNet: R }

/**
 * Revenue retention over the customers that paid at the start: GRR (expansion of one never offsets another's contraction),
 * NRR (may exceed 100), gross revenue churn = 100 − GRR, net revenue churn = 100 − NRR. New revenue stays out.
 */
export function revenueRetention(rows: readonly RevenueRow[]): RevenueRates<Defined> | RevenueRates<Undefined> {
  if (!rows.every(row => isAmount(row.start) && isAmount(row.end))) return noRevenueRates('invalid_input')
  if (new Set(rows.map(row => row.currency)).size > 1) return noRevenueRates('mixed_currency')
  const paying = rows.filter(row => row.start > 0)
  const sum = (amount: (row: RevenueRow) => number) => paying.reduce((total, row) => total + amount(row), 0)
  return revenueRates({ start: sum(row => row.start), kept: sum(row => Math.min(row.start, row.end)), end: sum(row => row.end) })
}

/** The same from sums over the customers that paid at the start; `kept` = Σ min(start, end). */
export function revenueRates(sums: {
  start: number
  kept: number
  end: number
}): RevenueRates<Defined> | RevenueRates<Undefined> {
  const { start, kept, end } = sums
  if (![start, kept, end].every(isAmount)) return noRevenueRates('invalid_input')
  if (start === 0) return noRevenueRates('no_revenue_at_start')
  // Divide first: 100 · s / s may exceed 100 in doubles.
  const grr = Math.min(100, (kept / start) * 100)
  const nrr = (end / start) * 100
  return { grr: defined(grr), nrr: defined(nrr), revenueChurn: defined(100 - grr), revenueChurnNet: defined(100 - nrr) }
}

function noRevenueRates(reason: Reason): RevenueRates<Undefined> {
  const none = undefinedFor(reason)
  return { grr: none, nrr: none, revenueChurn: none, revenueChurnNet: none }
}

/** Renewed contracts in percent of those due: the term ends in the window and the decision is final (pending ones are left out). */
export function renewalRate(counts: { renewed: number; cancelled: number }): Result & { due: number } {
  const { renewed, cancelled } = counts
  const due = renewed + cancelled
  if (![renewed, cancelled].every(isAmount)) return { ...undefinedFor('invalid_input'), due }
  if (due === 0) return { ...undefinedFor('no_renewals_due'), due }
  return { ...defined((renewed / due) * 100), due }
}

/** A trial: the day it ends and the day of the first payment, both as day numbers on one calendar. */
export interface Trial {
  endDay: number
  paidDay: number | null
}

/**
 * Leakage in percent of the trials that ended by `asOfDay − graceDays`, with its complement, the conversion.
 * Paid within the grace converted; a running trial is not yet known and counts nowhere.
 */
export function leakage(trials: readonly Trial[], asOfDay: number, graceDays = 0) {
  const ended = trials.filter(trial => trial.endDay + graceDays <= asOfDay)
  const leaked = ended.filter(trial => trial.paidDay === null || trial.paidDay > trial.endDay + graceDays).length
  return leakageRate({ ended: ended.length, leaked })
}

/** The same from counts. */
export function leakageRate(counts: {
  ended: number
  leaked: number
}): (Defined & LeakageRest<number>) | (Undefined & LeakageRest<null>) {
  const { ended, leaked } = counts
  const none = (reason: Reason) => ({ ...undefinedFor(reason), conversion: null, ended, leaked })
  if (![ended, leaked].every(isAmount)) return none('invalid_input')
  if (leaked > ended) return none('inconsistent_counts')
  if (ended === 0) return none('no_trials_ended')
  const value = (leaked / ended) * 100
  return { ...defined(value), conversion: 100 - value, ended, leaked }
}

interface LeakageRest<C extends number | null> {
  conversion: C
  ended: number
  leaked: number
}
