import { type ActiveParameters, activeOf } from './activity.ts'
import type { ClvDefinition, ClvInput } from './clv.ts'
import type { Facts, Grouped } from './facts.ts'
import type { Question } from './metric-kind.ts'
import { currencyOf } from './money.ts'
import type { Window } from './periods.ts'
import type { Reason } from './result.ts'

/** A month as lifetime values reckon: a twelfth of the Gregorian year, in milliseconds. */
export const monthMs = (365.2425 / 12) * 86_400_000

interface Given extends ActiveParameters {
  margin?: number | undefined
  periods?: number | undefined
  cost?: number | undefined
}

export type LifetimeInput = Grouped<{
  input: ClvInput | { reason: Reason }
  numerator: number | null
  denominator: number
  currency?: string
}>

/** The parts of a lifetime value, per customer who ordered in the window, as the definition needs them. */
export async function lifetimeInputs(
  facts: Facts,
  question: Question,
  window: Window,
  definition: ClvDefinition,
  given: Given,
): Promise<LifetimeInput[]> {
  const months = (window.to.getTime() - window.from.getTime()) / monthMs
  const churn = definition === 'revenueLifespan' && given.periods === undefined ? await monthlyChurn(facts, window, given) : null
  return (await facts.orders(window)).map(({ group, total, customers, orders, revenue, ...rest }): LifetimeInput => {
    const row = { group, total, denominator: customers }
    const money = currencyOf(rest, question.reporting)
    if (!money) return { ...row, input: { reason: 'mixed_currency' }, numerator: null }
    if (customers === 0) return { ...row, input: { reason: 'no_orders' }, numerator: 0, currency: money.currency }
    const earned = Math.max(0, money.pick(revenue))
    const each = earned / customers
    const input = (): ClvInput | { reason: Reason } => {
      switch (definition) {
        case 'profit':
          return { definition, revenue: each, acquisitionCost: given.cost ?? 0, serviceCost: 0 }
        case 'totalBusiness':
          return { definition, orders: [each], expected: 0 }
        case 'basket':
          return {
            definition,
            basket: earned / orders,
            transactionsPerPeriod: orders / customers / months,
            periods: given.periods ?? 12,
            margin: given.margin ?? 1,
          }
        case 'revenueLifespan': {
          const revenuePerPeriod = each / months
          if (given.periods !== undefined) return { definition, revenuePerPeriod, lifespan: given.periods }
          const own = churn?.get(total ? undefined : group) ?? churn?.get(undefined) ?? null
          return own === null ? { reason: 'no_customers_at_start' } : { definition, revenuePerPeriod, churn: own }
        }
      }
    }
    return { ...row, input: input(), numerator: earned, currency: money.currency }
  })
}

/** Churn of the last month of the window as a fraction, by group; undefined is everybody. */
async function monthlyChurn(facts: Facts, window: Window, given: Given): Promise<Map<string | null | undefined, number>> {
  const active = await activeOf(given, facts)
  const month = { from: new Date(window.to.getTime() - monthMs), to: window.to }
  const rows = await facts.movement(month, active)
  return new Map(rows.filter(row => row.start > 0).map(row => [row.total ? undefined : row.group, row.lostNet / row.start]))
}
