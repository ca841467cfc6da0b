import { defined, isAmount, type Reason, type Result, undefinedFor } from './result.ts'

/** The four readings of customer lifetime value; which one was meant always travels with the number. Money in one currency. */
export type ClvInput =
  | { definition: 'profit'; revenue: number; acquisitionCost: number; serviceCost: number }
  | { definition: 'totalBusiness'; orders: readonly number[]; expected: number }
  | { definition: 'revenueLifespan'; revenuePerPeriod: number; lifespan: number }
  | { definition: 'revenueLifespan'; revenuePerPeriod: number; churn: number }
  | { definition: 'basket'; basket: number; transactionsPerPeriod: number; periods: number; margin: number }

export type ClvDefinition = ClvInput['definition']

/**
 * Customer lifetime value by the named definition:
 * `profit` revenue − costs of acquiring and serving · `totalBusiness` all orders, plus what is expected ·
 * `revenueLifespan` revenue per period × periods (or ÷ churn, a fraction per period) ·
 * `basket` basket × transactions per period × periods × margin (a fraction in [−1, 1]).
 */
export function clv(input: ClvInput): Result & { definition: ClvDefinition } {
  return { ...computed(input), definition: input.definition }
}

function computed(input: ClvInput): Result {
  const invalid = undefinedFor('invalid_input')
  switch (input.definition) {
    case 'profit': {
      const { revenue, acquisitionCost, serviceCost } = input
      return [revenue, acquisitionCost, serviceCost].every(isAmount)
        ? defined(revenue - (acquisitionCost + serviceCost))
        : invalid
    }
    case 'totalBusiness': {
      const { orders, expected } = input
      return isAmount(expected) && orders.every(isAmount)
        ? defined(orders.reduce((sum, order) => sum + order, 0) + expected)
        : invalid
    }
    case 'revenueLifespan': {
      if (!isAmount(input.revenuePerPeriod)) return invalid
      if ('lifespan' in input) return isAmount(input.lifespan) ? defined(input.revenuePerPeriod * input.lifespan) : invalid
      if (!isAmount(input.churn) || input.churn > 1) return invalid
      return input.churn === 0 ? undefinedFor('zero_churn') : defined(input.revenuePerPeriod / input.churn)
    }
    case 'basket': {
      const { basket, transactionsPerPeriod, periods, margin } = input
      if (![basket, transactionsPerPeriod, periods].every(isAmount) || !(margin >= -1 && margin <= 1)) return invalid
      return defined(basket * transactionsPerPeriod * periods * margin)
    }
  }
}

/** CLV over the cost of acquiring a customer (spend / acquired), a ratio; use a CLV after margin. 3 is a rule of thumb only. */
export function ltvCac(input: { ltv: number; acquisitionSpend: number; acquired: number }): Result {
  const { ltv, acquisitionSpend, acquired } = input
  const none = (reason: Reason) => undefinedFor(reason)
  if (!Number.isFinite(ltv) || !isAmount(acquisitionSpend) || !isAmount(acquired)) return none('invalid_input')
  if (acquired === 0) return none('no_acquired')
  if (acquisitionSpend === 0) return none('no_cac')
  return defined(ltv / (acquisitionSpend / acquired))
}
