import type { Facts, RecurringRevenue } from './facts.ts'
import type { Answer, Question } from './metric-kind.ts'
import { overWindows } from './metric-kind.ts'
import { currencyOf } from './money.ts'
import { undefinedFor } from './result.ts'
import { revenueRates } from './retention.ts'

type Sums = { start: number; kept: number; end: number }
type Rate = keyof ReturnType<typeof revenueRates>

/** A rate over the recurring revenue of those who paid at the start; `numerator` says of what. */
export function overRevenue(
  facts: Facts,
  question: Question,
  asked: { definition: string; rate: Rate; numerator: (sums: Sums) => number },
): Promise<Answer> {
  const measure = ({ customers, start, kept, end, ...rest }: RecurringRevenue) => {
    const money = currencyOf(rest, question.reporting)
    if (!money) return { ...undefinedFor('mixed_currency'), numerator: null, denominator: null, currencies: rest.currencies }
    const sums = { start: money.pick(start), kept: money.pick(kept), end: money.pick(end) }
    const counts = { customers, currency: money.currency, revenue: sums }
    return { ...revenueRates(sums)[asked.rate], numerator: asked.numerator(sums), denominator: sums.start, ...counts }
  }
  return overWindows(question, async window => ({
    definition: asked.definition,
    unit: 'percent',
    rows: (await facts.recurring(window)).map(({ group, total, ...row }) => ({ group, total, ...measure(row) })),
  }))
}
