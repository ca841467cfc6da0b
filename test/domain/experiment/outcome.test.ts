import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { summarise } from '../../../domain/experiment/arm.ts'
import { cupedMoments } from '../../../domain/experiment/cuped.ts'
import { type CountedArm, changeIn, changeOf, type Evidence, judge } from '../../../domain/experiment/judge.ts'
import { curveUnit, unitMs } from '../../../domain/experiment/measure.ts'
import { lifeTables, momentsOf, moneyOf } from '../../../domain/experiment/outcome.ts'
import { srmEvidence, srmLook } from '../../../domain/experiment/srm.ts'
import { sampleRatio } from '../../../domain/experiment/stratified-srm.ts'
import { lifeTable } from '../../../domain/metric/survival.ts'
import { textsIn } from '../../../domain/texts/texts.ts'

describe('money of an arm', () => {
  test('from the few who spent is the same as from everybody', () => {
    const amount = fc.double({ min: 0, max: 1_000, noNaN: true })
    const person = fc.oneof(fc.constant([0, 0] as const), fc.tuple(amount, amount))
    fc.assert(
      fc.property(fc.array(person, { minLength: 2, maxLength: 60 }), people => {
        const spent = people.filter(([y, x]) => y !== 0 || x !== 0)
        const some = cupedMoments(
          spent.map(([y]) => y),
          spent.map(([, x]) => x),
        )
        const sums =
          spent.length === 0
            ? undefined
            : { arm: 'a', n: spent.length, y: some.meanY, x: some.meanX, yy: some.yy, xx: some.xx, xy: some.xy }
        const all = cupedMoments(
          people.map(([y]) => y),
          people.map(([, x]) => x),
        )
        const got = momentsOf(sums, people.length)
        for (const key of ['meanY', 'meanX', 'yy', 'xx', 'xy'] as const)
          expect(Math.abs(got[key] - all[key])).toBeLessThan(1e-6 * Math.max(1, Math.abs(all[key])))
        const plain = summarise(people.map(([y]) => y))
        expect(moneyOf(sums, people.length).variance).toBeCloseTo(plain.variance, 4)
      }),
    )
  })
})

describe('life tables', () => {
  test('count an outcome only where everybody of that age had the time for it', () => {
    // Three days old: who succeeded on the fourth, unfinished day is as unknown as who has not yet.
    const base = [{ arm: 'a', age: 3, n: 10 }]
    const outcomes = [
      { arm: 'a', age: 3, time: 2, matured: false, success: true, n: 4 },
      { arm: 'a', age: 3, time: 4, matured: false, success: true, n: 1 },
      { arm: 'a', age: 3, time: null, matured: false, success: true, n: 1 },
    ]
    expect(lifeTables(base, outcomes)).toEqual({
      a: lifeTable([2, 2, 2, 2, 3, 3, 3, 3, 3, 3], [true, true, true, true, false, false, false, false, false, false]),
    })
  })
  test.each([
    [90 * 60_000, 'minute'],
    [36 * unitMs.hour, 'hour'],
    [14 * unitMs.day, 'day'],
  ])('of %s ms go by the %s', (horizon, unit) => expect(curveUnit(horizon)).toBe(unit))
})

describe('the sample ratio over several sets of weights', () => {
  const arms = (a: number, b: number, weights: [number, number]) => ({
    arms: [
      { key: 'a', count: a, weight: weights[0] },
      { key: 'b', count: b, weight: weights[1] },
    ],
  })
  test('is that of one set where there is one', () => {
    const draw = arms(510, 490, [1, 1])
    expect(sampleRatio([draw], 1)).toMatchObject({
      p: srmEvidence(draw.arms).p,
      ok: true,
      look: { p: expect.closeTo(srmLook(draw.arms).p, 12) },
    })
  })
  test('holds where each set holds, though all together look uneven', () => {
    const got = sampleRatio([arms(500, 500, [1, 1]), arms(100, 900, [1, 9])], 1)
    expect(got.ok).toBe(true)
    expect(got.arms).toEqual([
      { key: 'a', count: 600, expected: 600 },
      { key: 'b', count: 1_400, expected: 1_400 },
    ])
    expect(srmLook(arms(600, 1_400, [1, 1]).arms).alarm).toBe(true)
  })
  test('is broken by one set, by customers where there should be none, and stays broken once it was', () => {
    expect(sampleRatio([arms(500, 500, [1, 1]), arms(700, 300, [1, 1])], 1).ok).toBe(false)
    expect(sampleRatio([arms(500, 1, [1, 0])], 1)).toMatchObject({ p: 0, ok: false })
    expect(sampleRatio([arms(500, 500, [1, 1])], 0.0001)).toMatchObject({ p: 0.0001, ok: false })
  })
})

const arm = (key: string, matured: number, converted: number): CountedArm => ({
  key,
  enrolled: matured,
  unmeasured: 0,
  matured,
  maturing: 0,
  converted,
  exposed: 0,
  sums: undefined,
})
const evidence = (arms: CountedArm[], more: Partial<Evidence> = {}): Evidence => ({
  measure: { kind: 'conversion', outcome: 'proportion', better: 'higher', name: 'conversion' },
  plan: { error: 0.05, nStar: 2_000, minimumEffect: 0.02, minimumDays: 7 },
  arms,
  stopped: [],
  idle: [],
  moved: 0,
  draws: [],
  smallestSrmP: 1,
  maturedDays: 30,
  maturingPerDay: 10,
  over: false,
  broken: null,
  before: false,
  ...more,
})

describe('a judgement', () => {
  test('counts a lead that is too small to be sure of as no decision, and says how many more would do', () => {
    const { decision } = judge(evidence([arm('holdout', 1_000, 100), arm('a', 1_000, 120)]))
    expect(decision).toMatchObject({ state: 'keepRunning', waitingFor: 'evidence' })
    expect('neededMore' in decision && decision.neededMore).toBeGreaterThan(1_000)
  })
  test('ends without one when nobody comes any more', () => {
    const { decision } = judge(evidence([arm('holdout', 1_000, 100), arm('a', 1_000, 120)], { over: true }))
    expect(decision).toMatchObject({ state: 'keepRunning', waitingFor: 'nothing' })
  })
  test('leaves a stopped arm out of pairs, and gives its share of the error to nobody: it was spent before it stopped', () => {
    const arms = [arm('holdout', 1_000, 100), arm('a', 1_000, 200), arm('b', 1_000, 110)]
    expect(judge(evidence(arms)).comparisons.map(each => each.method.alpha)).toEqual([0.05 / 3, 0.05 / 3, 0.05 / 3])
    const without = judge(evidence(arms, { stopped: ['b'] }))
    expect(without.comparisons.map(each => each.method.alpha)).toEqual([0.05 / 3])
    expect(without.arms.map(each => each.key)).toEqual(['holdout', 'a', 'b'])
  })
  test('adds treated arms up against the holdout', () => {
    const { incremental } = judge(evidence([arm('holdout', 1_000, 100), arm('a', 1_000, 200), arm('b', 1_000, 110)]))
    expect(incremental.map(each => [each.arm, each.treated, Math.round(each.customers?.value ?? 0)])).toEqual([
      ['a', 1_000, 100],
      ['b', 1_000, 10],
      ['all', 2_000, 110],
    ])
  })
})

test('a changed experiment is told with what each version drew; one that only looks again is not', () => {
  const experiment = (weights: number[]) => ({
    holdout: 0,
    variants: weights.map((weight, i) => ({ key: `v${i}`, weight })),
    metric: { kind: 'conversion' as const },
    minimumEffect: 0.02,
    error: 0.05,
    minimumDays: 7,
    onDecision: 'report' as const,
  })
  const versions = (...all: number[][]) => all.map((weights, i) => ({ version: i + 1, experiment: experiment(weights) }))
  expect(changeOf(versions([1, 1], [2, 2]))).toBeNull()
  expect(changeIn(changeOf(versions([1, 1], [1, 3])) ?? [], textsIn.en)).toContain(
    'version 1 drew v0 50 %, v1 50 %; version 2 drew v0 25 %, v1 75 %',
  )
  expect(changeIn(changeOf(versions([1, 1], [1, 3])) ?? [], textsIn.sv)).toContain('version 2 drog v0 25 %, v1 75 %')
})
