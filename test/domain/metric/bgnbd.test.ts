import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BgNbd,
  bgNbdLogLikelihood,
  expectedOfNewCustomer,
  expectedPurchases,
  type PurchaseHistory,
  pAlive,
} from '../../../domain/metric/bgnbd.ts'
import { fitBgNbd } from '../../../domain/metric/bgnbd-fit.ts'
import { expectedSpend, fitGammaGamma, type GammaGamma, type Spend } from '../../../domain/metric/gamma-gamma.ts'
import { agree, only, oracle } from '../oracle.ts'

interface Inputs {
  metric: string
  params: BgNbd
  t: number
  customers: PurchaseHistory[]
  x: number[]
  tx: number[]
  T: number[]
}
const cases = oracle<Inputs>('bgnbd')

describe('BG/NBD', () => {
  test.each(only(cases, 'metric', 'bgnbd.predict'))('%s', (_, each) => {
    const { params, t, customers } = each.inputs
    const got = customers.map(customer => {
      const alive = pAlive(params, customer)
      return {
        pAlive: alive.value,
        expected: expectedPurchases(params, customer, t).value,
        logLik: bgNbdLogLikelihood(params, customer).value,
        reason: alive.reason,
      }
    })
    agree({ customers: got }, each)
  })
  test.each(only(cases, 'metric', 'bgnbd.newCustomer'))('%s', (_, each) => {
    const times = each.inputs.t as unknown as number[]
    agree({ values: times.map(t => expectedOfNewCustomer(each.inputs.params, t).value) }, each)
  })
  test.each(only(cases, 'metric', 'bgnbd.fit'))('%s', (_, each) => {
    const { x, tx, T } = each.inputs
    agree(fitBgNbd(x.map((_, i) => ({ x: x[i] ?? 0, tx: tx[i] ?? 0, T: T[i] ?? 0 }))), each)
  })
  test('the longer ahead, the more is expected, and never less than nothing', () => {
    const param = (min: number, max: number) => fc.double({ min, max, noNaN: true })
    const model = fc.record({ r: param(0.05, 5), alpha: param(0.5, 50), a: param(0.05, 4), b: param(0.2, 10) })
    fc.assert(
      fc.property(model, fc.nat(40), param(0.01, 1), param(1, 200), param(0.1, 500), (params, x, share, T, t) => {
        const history = x === 0 ? { x, tx: 0, T } : { x, tx: share * T, T }
        const [near, far] = [expectedPurchases(params, history, t).value, expectedPurchases(params, history, 2 * t).value]
        expect(near).toBeGreaterThanOrEqual(0)
        expect(far).toBeGreaterThanOrEqual((near ?? 0) * (1 - 1e-9))
      }),
    )
  })
  test('customers who share a history may be given once, with their number', () => {
    const [, simulated] = only(cases, 'metric', 'bgnbd.fit')[0] ?? []
    const { x = [], tx = [], T = [] } = simulated?.inputs ?? {}
    const histories = x.map((_, i) => ({ x: x[i] ?? 0, tx: tx[i] ?? 0, T: T[i] ?? 0 }))
    const once = fitBgNbd(
      histories,
      histories.map(() => 3),
    )
    const each = fitBgNbd(histories.flatMap(history => [history, history, history]))
    expect(once).toMatchObject({ reason: null, n: 3 * x.length })
    expect(once).toEqual(each)
  })
})

describe('Gamma-Gamma', () => {
  const spends = oracle<{ metric: string; params: GammaGamma; customers: Spend[]; x: number[]; m: number[] }>('gammagamma')
  test.each(only(spends, 'metric', 'gammagamma.predict'))('%s', (_, each) => {
    agree({ customers: each.inputs.customers.map(customer => expectedSpend(each.inputs.params, customer)) }, each)
  })
  test.each(only(spends, 'metric', 'gammagamma.fit'))('%s', (_, each) => {
    const { x, m } = each.inputs
    agree({ value: null, ...fitGammaGamma(x.map((_, i) => ({ x: x[i] ?? 0, m: m[i] ?? 0 }))) }, each)
  })
})
