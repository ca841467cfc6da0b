import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ArmOutcome } from '../../../domain/experiment/arm.ts'
import { summarise } from '../../../domain/experiment/arm.ts'
import { bayesReading } from '../../../domain/experiment/bayes.ts'
import { cuped, cupedMoments } from '../../../domain/experiment/cuped.ts'
import { fixedHorizon } from '../../../domain/experiment/fixed-horizon.ts'
import { holm } from '../../../domain/experiment/holm.ts'
import { capAt, type Welch, welch, winsorise } from '../../../domain/experiment/means.ts'
import * as of from '../../../domain/experiment/proportions.ts'
import { agree, oracle } from '../oracle.ts'

const proportion = (key: string, n: number, successes: number): ArmOutcome => ({ key, kind: 'proportion', n, successes })

describe('two proportions', () => {
  test.each(oracle<{ x1: number; n1: number; x2: number; n2: number; alpha: number }>('proportions'))('%s', (_, each) => {
    const { x1, n1, x2, n2, alpha } = each.inputs
    const [one, two] = [proportion('control', n1, x1), proportion('treatment', n2, x2)] as [
      ArmOutcome & { kind: 'proportion' },
      ArmOutcome & { kind: 'proportion' },
    ]
    const z = of.pooledZ(one, two)
    const reported = fixedHorizon(two, one, alpha)
    agree(
      {
        p1: x1 / n1,
        p2: x2 / n2,
        diff: x2 / n2 - x1 / n1,
        wilson1: of.wilson(one, alpha),
        wilson2: of.wilson(two, alpha),
        newcombe: of.newcombe(one, two, alpha),
        z: z?.z,
        chi2: z?.chi2,
        pZ: z?.p,
        log10PZ: z?.log10P,
        relativeLift: of.relativeLift(one, two),
        relativeLogCI: of.relativeLogInterval(one, two, alpha),
        relativeDeltaCI: of.relativeDeltaInterval(one, two, alpha),
        minExpectedCell: of.minExpectedCell(one, two),
        pFisher: of.fisherExact(one, two),
        pReported: reported.test === 'none' ? null : reported.p,
        method: reported.test,
      },
      each,
    )
  })
  test('arms without customers have no interval and no test', () => {
    expect(of.wilson({ n: 0, successes: 0 }, 0.05)).toBeNull()
    expect(fixedHorizon(proportion('a', 0, 0), proportion('b', 10, 1), 0.05)).toEqual({ test: 'none', because: 'noCustomers' })
  })
  test('an interval turned round is the same interval, turned round', () => {
    const arm = fc
      .integer({ min: 1, max: 3_000 })
      .chain(n => fc.record({ n: fc.constant(n), successes: fc.integer({ min: 0, max: n }) }))
    fc.assert(
      fc.property(arm, arm, (a, b) => {
        const [there, back] = [of.newcombe(a, b, 0.05), of.newcombe(b, a, 0.05)]
        expect(there?.[0]).toBeCloseTo(-(back?.[1] ?? 0), 12)
        expect(of.fisherExact(a, b)).toBeCloseTo(of.fisherExact(b, a) ?? -1, 9)
      }),
    )
  })
})

/** Welch's result in the oracle's words. */
const worded = (got: Welch) => {
  const nothing = { t: null, df: null, p: null, ci: null, relativeDeltaCI: null, se: null }
  const named = got.reason === null ? { ci: got.interval, relativeDeltaCI: got.liftInterval } : {}
  return { ...nothing, ...got, ...named, diff: got.difference, relativeLift: got.lift }
}

describe('two means', () => {
  type Inputs =
    | { kind: 'raw'; y1: number[]; y2: number[]; alpha: number }
    | {
        kind: 'summary'
        n1: number
        mean1: number
        variance1: number
        n2: number
        mean2: number
        variance2: number
        alpha: number
      }
  test.each(oracle<Inputs>('means'))('%s', (_, each) => {
    const given = each.inputs
    const [one, two] =
      given.kind === 'raw'
        ? [summarise(given.y1), summarise(given.y2)]
        : [
            { n: given.n1, mean: given.mean1, variance: given.variance1 },
            { n: given.n2, mean: given.mean2, variance: given.variance2 },
          ]
    agree({ ...worded(welch(one, two, given.alpha)), mean1: one.mean, mean2: two.mean }, each)
  })
  test('a cap from the time before cuts what is above it, and nothing else', () => {
    expect(capAt([4, 1, 3, 2], 0.5)).toBe(2.5)
    expect(capAt([], 0.5)).toBeNull()
    expect(winsorise([1, 99, 3], 10)).toEqual([1, 10, 3])
  })
})

describe('CUPED', () => {
  test.each(oracle<{ y1: number[]; x1: number[]; y2: number[]; x2: number[]; alpha: number }>('cuped'))('%s', (_, each) => {
    const { y1, x1, y2, x2, alpha } = each.inputs
    const got = cuped(cupedMoments(y1, x1), cupedMoments(y2, x2), alpha)
    const rawSe = got.raw.reason === 'insufficient' ? null : got.raw.se
    const [adjustedMean1, adjustedMean2] = got.adjustedMeans
    agree({ ...got, ...worded(got.adjusted), adjustedMean1, adjustedMean2, rawDiff: got.raw.difference, rawSe }, each)
  })
  test('an outcome the past tells in full leaves no spread, only the shift', () => {
    const x = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 3, maxLength: 40 })
    fc.assert(
      fc.property(x, x, fc.double({ min: 0.1, max: 3, noNaN: true }), (x1, x2, slope) => {
        const [one, two] = [
          cupedMoments(
            x1.map(v => 0.3 + slope * v),
            x1,
          ),
          cupedMoments(
            x2.map(v => 1.7 + slope * v),
            x2,
          ),
        ]
        if (one.xx < 1 || two.xx < 1) return
        const got = cuped(one, two, 0.05)
        expect(got.adjusted.reason).toBe('zeroVariance')
        expect(got.adjusted.difference).toBeCloseTo(1.4, 6)
      }),
    )
  })
})

describe('Holm', () => {
  test.each(oracle<{ pValues: number[]; alpha: number }>('holm'))('%s', (_, each) =>
    agree(holm(each.inputs.pValues, each.inputs.alpha), each),
  )
})

describe('the Bayesian reading', () => {
  test.each(oracle<{ x1: number; n1: number; x2: number; n2: number; priorAlpha: number; priorBeta: number }>('bayes'))(
    '%s',
    (_, each) => {
      const { x1, n1, x2, n2, priorAlpha, priorBeta } = each.inputs
      agree(bayesReading({ n: n1, successes: x1 }, { n: n2, successes: x2 }, { alpha: priorAlpha, beta: priorBeta }), each)
    },
  )
  test('one of the two is better', () => {
    const arm = fc
      .integer({ min: 0, max: 5_000 })
      .chain(n => fc.record({ n: fc.constant(n), successes: fc.integer({ min: 0, max: n }) }))
    fc.assert(
      fc.property(arm, arm, (a, b) => {
        const got = bayesReading(a, b)
        expect(got.pABeatsB + got.pBBeatsA).toBeCloseTo(1, 7)
        expect(got.expectedLossChooseA - got.expectedLossChooseB).toBeCloseTo(got.meanB - got.meanA, 7)
      }),
      { numRuns: 25 },
    )
  })
})
