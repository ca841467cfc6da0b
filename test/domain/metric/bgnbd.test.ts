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
  // The closed form at 40 digits (mpmath), at parameters where it is far out of the range of doubles or cancels.
  test.each([
    [{ r: 0.18, alpha: 38.85, a: 1490.0, b: 2.449 }, { x: 8, tx: 31.57, T: 53.01 }, 73.0, 0.000719385090752268],
    [{ r: 2.489, alpha: 19.22, a: 475.2, b: 405.6 }, { x: 19, tx: 42.09, T: 49.13 }, 211.0, 0.15046129878533185],
    [{ r: 33.11, alpha: 39.98, a: 0.2984, b: 1782.0 }, { x: 147, tx: 19.42, T: 23.21 }, 297.3, 68.61844390175776],
    [{ r: 57.04, alpha: 24.99, a: 0.0538, b: 0.5786 }, { x: 110, tx: 17.14, T: 48.72 }, 494.3, 5.495332406453388e-35],
    [{ r: 0.1406, alpha: 32.91, a: 0.0002294, b: 1042.0 }, { x: 46, tx: 84.02, T: 93.39 }, 2396.0, 875.2471888684108],
    [{ r: 0.01242, alpha: 34.16, a: 0.0009338, b: 524.5 }, { x: 41, tx: 49.0, T: 84.62 }, 5182.0, 380.17262064056285],
    [{ r: 12.02, alpha: 19.13, a: 6828.0, b: 267.7 }, { x: 183, tx: 0.05951, T: 4.512 }, 0.1289, 9.399818441639781e-20],
  ])('far from usual parameters it keeps its digits: %j, %j over %d', (params, history, t, expected) => {
    const { value } = expectedPurchases(params, history, t)
    expect(Math.abs((value ?? Number.NaN) / expected - 1)).toBeLessThan(1e-7)
  })
  test('the longer ahead, the more is expected, and never less than nothing', () => {
    const param = (min: number, max: number) => fc.double({ min, max, noNaN: true })
    const model = fc.record({ r: param(0.05, 50), alpha: param(0.5, 50), a: param(0.01, 500), b: param(0.05, 500) })
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
