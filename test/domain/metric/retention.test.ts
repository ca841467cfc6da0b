import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dayOf } from '../../../domain/metric/calendar.ts'
import { type HealthPart, health } from '../../../domain/metric/health.ts'
import { countOrders, type OrderRow, orderMetrics } from '../../../domain/metric/orders.ts'
import {
  churn,
  crr,
  leakage,
  movement,
  type RevenueRow,
  renewalRate,
  revenueRetention,
} from '../../../domain/metric/retention.ts'
import { agree, only, oracle } from '../oracle.ts'

interface Inputs {
  metric: string
  S: number
  N: number
  E: number
  L: number
  start: string[]
  end: string[]
  formerBefore: string[]
  leaves: string[]
  customers: RevenueRow[]
  contracts: { status: string }[]
  asOf: string
  graceDays: number
  trials: { trialEnd: string; paidOn: string | null }[]
  orders: OrderRow[]
  parts: HealthPart[]
}
const cases = oracle<Inputs>('retention_metrics')

/** Results of several metrics as the oracle writes them: their values, and the one reason they share. */
const flat = (results: Record<string, { value: number | null; reason: string | null }>) => ({
  ...Object.fromEntries(Object.entries(results).map(([key, result]) => [key, result.value])),
  reason: Object.values(results)[0]?.reason,
})

describe('customer retention', () => {
  test.each(only(cases, 'metric', 'crr'))('%s', (_, each) => {
    const { S, N, E } = each.inputs
    agree(crr({ start: S, arrived: N, end: E }), each)
  })
  test.each(only(cases, 'metric', 'churn'))('%s', (_, each) => agree(churn({ start: each.inputs.S, lost: each.inputs.L }), each))
  test.each(only(cases, 'metric', 'relation'))('%s', (_, each) => {
    const { start, end, formerBefore, leaves } = each.inputs
    const got = movement({
      start: new Set(start),
      end: new Set(end),
      formerBefore: new Set(formerBefore),
      leaves: new Set(leaves),
    })
    agree({ ...got, crr: got.crr.value, churnNet: got.churnNet.value, churnGross: got.churnGross.value }, each)
  })

  const ids = fc.uniqueArray(fc.nat(40).map(String), { minLength: 1 })
  test('what is kept and what is lost make 100, and every customer is accounted for', () => {
    fc.assert(
      fc.property(ids, ids, ids, ids, (start, end, former, leaves) => {
        const got = movement({ start: new Set(start), end: new Set(end), formerBefore: new Set(former), leaves: new Set(leaves) })
        expect((got.crr.value ?? 0) + (got.churnNet.value ?? 0)).toBeCloseTo(100, 9)
        expect((got.churnGross.value ?? 0) - (got.churnNet.value ?? 0)).toBeCloseTo(
          (100 * got.returnedInWindow) / start.length,
          9,
        )
        expect(end.length).toBe(start.length - got.lostNet + got.new + got.reactivated)
      }),
    )
  })
})

describe('revenue retention', () => {
  test.each(only(cases, 'metric', 'revenue'))('%s', (_, each) => agree(flat(revenueRetention(each.inputs.customers)), each))

  test('gross retention never exceeds 100 nor net retention', () => {
    const amount = fc.double({ min: 0, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.record({ start: amount, end: amount })), rows => {
        const { grr, nrr, revenueChurn } = revenueRetention(rows)
        if (grr.value === null || nrr.value === null) return
        expect(grr.value).toBeLessThanOrEqual(100)
        expect(grr.value).toBeLessThanOrEqual(nrr.value * (1 + 1e-12) + 1e-9)
        expect(grr.value + (revenueChurn.value ?? 0)).toBeCloseTo(100, 9)
      }),
    )
  })
  test('a negative amount is refused, not averaged away', () => {
    expect(revenueRetention([{ start: 10, end: -1 }]).grr.reason).toBe('invalid_input')
  })
})

test.each(only(cases, 'metric', 'renewalRate'))('%s', (_, each) => {
  const count = (status: string) => each.inputs.contracts.filter(contract => contract.status === status).length
  agree(renewalRate({ renewed: count('renewed'), cancelled: count('cancelled') }), each)
})

test.each(only(cases, 'metric', 'leakage'))('%s', (_, each) => {
  const { trials, asOf, graceDays } = each.inputs
  const rows = trials.map(({ trialEnd, paidOn }) => ({
    endDay: dayOf(trialEnd),
    paidDay: paidOn === null ? null : dayOf(paidOn),
  }))
  agree(leakage(rows, dayOf(asOf), graceDays), each)
})
test('a payment within the grace is a conversion, and until the grace is over the trial is unknown', () => {
  const trial = { endDay: 10, paidDay: 12 }
  expect(leakage([trial], 12, 3).reason).toBe('no_trials_ended')
  expect(leakage([trial], 13, 3).value).toBe(0)
  expect(leakage([trial], 13, 1).value).toBe(100)
})

test.each(only(cases, 'metric', 'orders'))('%s', (_, each) => {
  const counts = countOrders(each.inputs.orders)
  agree({ ...flat({ ...orderMetrics(counts) }), customers: counts.customers, orders: counts.orders }, each)
})

test.each(only(cases, 'metric', 'health'))('%s', (_, each) => agree(health(each.inputs.parts), each))
