import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dayOf } from '../../../domain/metric/calendar.ts'
import { describeLifecycle, lifecycleStage, lifecycleStages } from '../../../domain/metric/lifecycle.ts'
import { rfmInputs, scoreRfm } from '../../../domain/metric/rfm.ts'
import { agree, only, oracle } from '../oracle.ts'

interface Inputs {
  metric: string
  method: 'rank' | 'ntile'
  asOf: string
  orders: { customer: string; date: string; amount: number }[]
  purchases: Record<string, string[]>
}
const cases = oracle<Inputs>('rfm')

describe('RFM', () => {
  test.each(only(cases, 'metric', 'rfm'))('%s', (_, each) => {
    const orders = each.inputs.orders.map(order => ({ ...order, day: dayOf(order.date) }))
    agree(scoreRfm(rfmInputs(orders, dayOf(each.inputs.asOf)), each.inputs.method), each)
  })
  test('the order in which orders come does not matter, not even in the last digit of a sum', () => {
    const amounts = [0.1, 0.2, 0.3]
    const orders = [
      ...amounts.map(amount => ({ customer: 'a', day: 1, amount })),
      ...amounts.toReversed().map(amount => ({ customer: 'b', day: 1, amount })),
    ]
    const [a, b] = scoreRfm(rfmInputs(orders, 2)).customers
    expect(a?.m).toBe(b?.m)
  })
  test('by rank, better is never scored lower and equals are scored equal', () => {
    const customer = fc.record({ recencyDays: fc.nat(50), frequency: fc.nat(5), monetary: fc.nat(100) })
    fc.assert(
      fc.property(fc.array(customer, { minLength: 2 }), rows => {
        const scored = scoreRfm(rows.map((row, i) => ({ customer: String(i), ...row }))).customers
        for (const one of scored)
          for (const other of scored) {
            if (one.frequency === other.frequency) expect(one.f).toBe(other.f)
            if (one.recencyDays < other.recencyDays) expect(one.r).toBeGreaterThanOrEqual(other.r)
          }
      }),
      { numRuns: 30 },
    )
  })
})

describe('lifecycle', () => {
  test.each(only(cases, 'metric', 'lifecycle'))('%s', (_, each) => {
    const purchases = new Map(Object.entries(each.inputs.purchases).map(([customer, dates]) => [customer, dates.map(dayOf)]))
    agree({ customers: lifecycleStages(purchases, dayOf(each.inputs.asOf)) }, each)
  })
  test('a stage explains itself', () => {
    expect(describeLifecycle(lifecycleStage([0, 12, 24, 36], 67, null))).toBe('at risk: silent for 31 days, usual gap 12')
    expect(describeLifecycle(lifecycleStage([], 67, null))).toBe('no purchase yet')
  })
})
