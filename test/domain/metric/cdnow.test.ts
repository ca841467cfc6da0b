import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fitBgNbd } from '../../../domain/metric/bgnbd-fit.ts'
import { dateOf, dayOf } from '../../../domain/metric/calendar.ts'
import { fitGammaGamma } from '../../../domain/metric/gamma-gamma.ts'
import { countOrders, orderMetrics } from '../../../domain/metric/orders.ts'
import { agree, only, oracle } from '../oracle.ts'

interface Inputs {
  metric?: string
  to: string
  mergeSameDay?: boolean
  calibrationEnd: string
}
const cases = oracle<Inputs>('cdnow')
const rows = readFileSync(new URL('../../data/cdnow_events.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line, i) => {
    const [customer = '', date = '', quantity = '', spend = ''] = line.trim().split(',')
    return { order: String(i), customer, day: dayOf(date), quantity: Number(quantity), spend: Number(spend) }
  })

/** Spend per customer and purchase day, up to a day. */
function byDay(until: number): Map<string, Map<number, number>> {
  const customers = new Map<string, Map<number, number>>()
  for (const { customer, day, spend } of rows) {
    if (day > until) continue
    const days = customers.get(customer) ?? new Map<number, number>()
    customers.set(customer, days.set(day, (days.get(day) ?? 0) + spend))
  }
  return customers
}

describe('CDNOW, as published', () => {
  test.each(only(cases, 'metric', undefined))('%s', (_, each) => {
    const days = rows.map(row => row.day)
    agree(
      {
        rows: rows.length,
        customers: new Set(rows.map(row => row.customer)).size,
        firstDate: dateOf(Math.min(...days)),
        lastDate: dateOf(Math.max(...days)),
        quantity: rows.reduce((sum, row) => sum + row.quantity, 0),
        spend: rows.reduce((sum, row) => sum + row.spend, 0),
        distinctPurchaseDays: new Set(rows.map(row => `${row.customer}/${row.day}`)).size,
        zeroSpendRows: rows.filter(row => row.spend === 0).length,
      },
      each,
    )
  })
  test.each(only(cases, 'metric', 'orders'))('%s', (_, each) => {
    const { to, mergeSameDay } = each.inputs
    const orders = rows
      .filter(row => row.day <= dayOf(to))
      .map(({ customer, order, day }) => ({ customer, order: mergeSameDay ? `${customer}/${day}` : order, cancelled: false }))
    const counts = countOrders(orders)
    const { repeatRate, purchaseFrequency } = orderMetrics(counts)
    agree({ ...counts, repeatRate: repeatRate.value, purchaseFrequency: purchaseFrequency.value }, each)
  })
  test.each(only(cases, 'metric', 'bgnbd.fit'))('%s', (_, each) => {
    const end = dayOf(each.inputs.calibrationEnd)
    const histories = [...byDay(end).values()].map(purchases => {
      const days = [...purchases.keys()]
      const [first, last] = [Math.min(...days), Math.max(...days)]
      return { x: days.length - 1, tx: (last - first) / 7, T: (end - first) / 7 }
    })
    agree(fitBgNbd(histories), each)
  })
  test('Gamma-Gamma over the repeat purchases of the first 39 weeks: p 6.25, q 3.74, γ 15.44', () => {
    const spends = [...byDay(dayOf('1997-09-30')).values()].map(purchases => {
      const repeats = [...purchases].sort(([a], [b]) => a - b).slice(1)
      return { x: repeats.length, m: repeats.reduce((sum, [, spend]) => sum + spend, 0) / Math.max(1, repeats.length) }
    })
    const fit = fitGammaGamma(spends)
    expect(fit).toMatchObject({ reason: null, n: 946 })
    if (fit.reason !== null) return
    expect(fit.params.p).toBeCloseTo(6.25, 1)
    expect(fit.params.q).toBeCloseTo(3.74, 1)
    expect(fit.params.gamma).toBeCloseTo(15.44, 0)
  })
})
