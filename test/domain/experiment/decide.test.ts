import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ArmOutcome, summaryOf } from '../../../domain/experiment/arm.ts'
import { burnIn } from '../../../domain/experiment/burn-in.ts'
import { compare, compareAll, type DecisionPlan } from '../../../domain/experiment/compare.ts'
import { type DecisionLook, decide } from '../../../domain/experiment/decide.ts'
import { guardrail } from '../../../domain/experiment/guardrail.ts'
import { incremental } from '../../../domain/experiment/incremental.ts'
import { anytimeComparison, rho } from '../../../domain/experiment/sequential.ts'
import { exactComparison, exactSequence } from '../../../domain/experiment/sequential-exact.ts'
import { srmLook } from '../../../domain/experiment/srm.ts'
import { agree, oracle } from '../oracle.ts'

const plan: DecisionPlan = {
  error: 0.05,
  nStar: 5_000,
  minimumEffect: 0.01,
  minimumDays: 7,
  better: 'higher',
  method: 'asymptoticSequence',
  measure: 'conversion',
}
const arm = (key: string, successes: number, n: number): ArmOutcome => ({ key, kind: 'proportion', n, successes })
const look = (...arms: ArmOutcome[]): DecisionLook => ({ arms, srmP: 1, maturedDays: 7, maturingPerDay: 100, time: 'running' })

interface Inputs {
  kind: 'proportions' | 'means'
  n1: number
  n2: number
  x1: number
  x2: number
  mean1: number
  variance1: number
  mean2: number
  variance2: number
  alpha: number
  nStar: number
  minimumEffect: number
  weights: [number, number]
}

describe('two arms, at any look', () => {
  test.each(oracle<Inputs>('sequential'))('%s', (_, each) => {
    const { kind, n1, n2, x1, x2, mean1, variance1, mean2, variance2, alpha, nStar, minimumEffect, weights } = each.inputs
    const arms: [ArmOutcome, ArmOutcome] =
      kind === 'proportions'
        ? [arm('control', x1, n1), arm('treatment', x2, n2)]
        : [
            { key: 'control', kind: 'mean', n: n1, mean: mean1, variance: variance1 },
            { key: 'treatment', kind: 'mean', n: n2, mean: mean2, variance: variance2 },
          ]
    const [control, treatment] = [summaryOf(arms[0]), summaryOf(arms[1])]
    if (!control || !treatment) throw new Error('the oracle has no empty arms')
    const got = anytimeComparison(control, treatment, { alpha, nStar })
    const srmP = srmLook([n1, n2].map((count, i) => ({ count, weight: weights[i] ?? 0 }))).p
    const its = { ...plan, error: alpha, nStar, minimumEffect, minimumDays: 0 }
    const decision = decide({ ...look(...arms), srmP }, its)
    agree(
      {
        diff: got.difference,
        rho: rho({ alpha, nStar }),
        srmP,
        halfWidth: got.halfWidth,
        interval: got.interval,
        p: got.p,
        log10P: got.log10P,
        relativeInterval: got.liftInterval,
        burnInDone: burnIn(arms).state === 'done',
        decision: decision.state,
        winner: decision.state === 'winner' ? decision.arm : null,
        practicallyEqual: compare(arms[1], arms[0], its, alpha).practicallyEqual,
      },
      each,
    )
  })
  test('p is below the error exactly where 0 lies outside the interval', () => {
    const counts = fc
      .integer({ min: 20, max: 20_000 })
      .chain(n => fc.record({ n: fc.constant(n), successes: fc.integer({ min: 1, max: n - 1 }) }))
    fc.assert(
      fc.property(counts, counts, fc.constantFrom(0.05, 0.01), (a, b, alpha) => {
        const [one, two] = [summaryOf(arm('a', a.successes, a.n)), summaryOf(arm('b', b.successes, b.n))]
        if (!one || !two) return
        const got = anytimeComparison(one, two, { alpha, nStar: 5_000 })
        if (got.interval && Math.abs(got.p / alpha - 1) > 1e-9)
          expect(got.p < alpha).toBe(got.interval[0] > 0 || got.interval[1] < 0)
      }),
    )
  })
})

describe('the decision', () => {
  test('names the better arm, with its numbers', () => {
    expect(decide(look(arm('a', 931, 10_000), arm('b', 1335, 10_000)), plan)).toEqual({
      state: 'winner',
      arm: 'b',
      because:
        '“b” is better than “a” on conversion: 13.4 % against 9.3 % for “a”, a difference of +4.0 points, between +2.6 and +5.4 however often one looks.',
    })
  })
  test('where less is better, the lower rate wins', () => {
    expect(decide(look(arm('a', 931, 10_000), arm('b', 1335, 10_000)), { ...plan, better: 'lower' })).toMatchObject({
      state: 'winner',
      arm: 'a',
    })
  })
  test('may find that the campaign does harm', () => {
    const decision = decide(look(arm('holdout', 1335, 10_000), arm('a', 931, 10_000), arm('b', 940, 10_000)), plan)
    expect(decision).toMatchObject({ state: 'winner', arm: 'holdout' })
    expect(decision.because).toContain('The campaign does harm')
  })
  test('a winner beats every other arm: to be ahead of the holdout is not enough', () => {
    const arms = [arm('holdout', 900, 10_000), arm('a', 1_300, 10_000), arm('b', 1_310, 10_000)]
    expect(decide(look(...arms), plan)).toMatchObject({ state: 'keepRunning', waitingFor: 'evidence' })
    expect(decide(look(...arms.slice(0, 2), arm('b', 1_700, 10_000)), plan)).toMatchObject({ state: 'winner', arm: 'b' })
  })
  test('with several arms every pair is held to its share of the error', () => {
    const arms = [arm('holdout', 90, 1_000), arm('a', 90, 1_000), arm('b', 90, 1_000)]
    const pairs = compareAll(arms, plan)
    expect(pairs.map(pair => [pair.arm, pair.against])).toEqual([
      ['a', 'holdout'],
      ['b', 'holdout'],
      ['b', 'a'],
    ])
    for (const pair of pairs) expect(pair.method).toEqual({ name: 'asymptoticSequence', nStar: 5_000, alpha: 0.05 / 3 })
  })
  test('finds no difference when every pair lies within what matters', () => {
    const decision = decide(look(arm('a', 29_863, 100_000), arm('b', 29_887, 100_000)), plan)
    expect(decision.state).toBe('noDifference')
    expect(decision.because).toContain('by more than 0.7 points')
  })
  test('says how many more customers it needs, and with them it has enough', () => {
    const arms = [arm('a', 500, 5_000), arm('b', 576, 5_000)]
    const decision = decide(look(...arms), plan)
    if (decision.state !== 'keepRunning' || decision.neededMore === null) throw new Error('expected to keep running')
    expect(decision.neededDays).toBe(Math.ceil(decision.neededMore / 100))
    const grown = (by: number) => arms.map(one => arm(one.key, (one as { successes: number }).successes * by, one.n * by))
    expect(decide(look(...grown(1 + decision.neededMore / 10_000)), plan).state).toBe('winner')
    expect(decide(look(...grown(1 + (0.98 * decision.neededMore) / 10_000)), plan).state).toBe('keepRunning')
  })
  test('no number of customers shows that nothing is nothing', () => {
    const decision = decide(look(arm('a', 500, 5_000), arm('b', 500, 5_000)), { ...plan, minimumEffect: 0 })
    expect(decision).toMatchObject({ state: 'keepRunning', neededMore: null, neededDays: null })
  })
  test('waits for whole weeks, even where a winner already shows', () => {
    const decision = decide({ ...look(arm('a', 931, 10_000), arm('b', 1335, 10_000)), maturedDays: 3 }, plan)
    expect(decision).toMatchObject({ state: 'keepRunning', waitingFor: 'days', neededMore: 0, neededDays: 4 })
    expect(decision.because).toBe('Too early: 3 of 7 days of customers have matured, and weekdays differ.')
  })
  test('waits until there is enough to judge by, also at the very start', () => {
    expect(decide(look(arm('a', 9, 1_000), arm('b', 900, 9_000)), plan)).toMatchObject({
      state: 'keepRunning',
      waitingFor: 'customers',
    })
    expect(decide(look(arm('a', 0, 0), arm('b', 0, 0)), plan)).toMatchObject({
      state: 'keepRunning',
      waitingFor: 'customers',
      neededMore: 5_000,
    })
  })
  test('at the end of its time it says that there is no decision', () => {
    const decision = decide({ ...look(arm('a', 500, 5_000), arm('b', 576, 5_000)), time: 'over' }, plan)
    expect(decision).toMatchObject({ state: 'keepRunning', waitingFor: 'nothing', neededMore: null })
    expect(decision.because).toBe(
      'No decision: the planned time is over. “b” is ahead of “a” by +1.5 points on conversion, but the true difference may lie anywhere between −0.4 and +3.4.',
    )
  })
  test.each([
    ['sampleRatio', { ...look(arm('a', 900, 10_000), arm('b', 1300, 10_000)), srmP: 1e-5 }],
    ['singleArm', look(arm('a', 900, 10_000))],
    ['badInput', look(arm('a', 900, 10_000), arm('a', 900, 10_000))],
    ['badInput', look(arm('a', 11, 10), arm('b', 1, 10))],
    ['badInput', look(arm('a', -1, 10), arm('b', 1, 10))],
    ['badInput', look(arm('a', 1, 10), { key: 'b', kind: 'mean', n: 10, mean: 1, variance: 1 })],
    ['badInput', look(arm('a', 1, 10), arm('b', 1, Number.NaN))],
  ])('is invalid because of %s, in words', (cause, at) => {
    const decision = decide(at, plan)
    expect(decision).toMatchObject({ state: 'invalid', cause })
    expect(decision.because).toMatch(/\.$/)
  })
  test('does not depend on the order in which arms are named', () => {
    const counts = fc.record({ n: fc.integer({ min: 100, max: 30_000 }), rate: fc.double({ min: 0.05, max: 0.3, noNaN: true }) })
    fc.assert(
      fc.property(counts, counts, counts, (a, b, c) => {
        const arms = [a, b, c].map(({ n, rate }, i) => arm(['holdout', 'a', 'b'][i] ?? '', Math.round(n * rate), n))
        const [one, other] = [decide(look(...arms), plan), decide(look(...arms.toReversed()), plan)]
        expect(one.state).toBe(other.state)
        if (one.state === 'winner' && other.state === 'winner') expect(one.arm).toBe(other.arm)
      }),
      { numRuns: 50 },
    )
  })
})

describe('the exact sequence, for rare events', () => {
  test('holds the likelihood ratio at its ends, and is never empty', () => {
    const counts = fc.nat(3_000).chain(n => fc.record({ n: fc.constant(n), successes: fc.integer({ min: 0, max: n }) }))
    fc.assert(
      fc.property(counts, ({ n, successes }) => {
        const [low, high] = exactSequence({ n, successes }, 0.05)
        const rate = n === 0 ? 0.5 : successes / n
        expect(low).toBeLessThanOrEqual(rate)
        expect(high).toBeGreaterThanOrEqual(rate)
        expect(low).toBeGreaterThanOrEqual(0)
        expect(high).toBeLessThanOrEqual(1)
      }),
    )
    // {p: B(1, 101) / (1 − p)^100 < 20}, with B(1, 101) = 1/101.
    expect(exactSequence({ n: 100, successes: 0 }, 0.05)[1]).toBeCloseTo(1 - (1 / (101 * 20)) ** (1 / 100), 12)
  })
  test('two arms share the error between them', () => {
    const nobody = { n: 100, successes: 0 }
    const upper = 1 - (1 / (101 * 40)) ** (1 / 100)
    const [low, high] = exactComparison(nobody, nobody, 0.05)
    expect(low).toBeCloseTo(-upper, 12)
    expect(high).toBeCloseTo(upper, 12)
  })
  test('is wider than the asymptotic one, and decides without a burn-in', () => {
    const [a, b] = [arm('a', 100, 1_000), arm('b', 140, 1_000)] as [
      ArmOutcome & { kind: 'proportion' },
      ArmOutcome & { kind: 'proportion' },
    ]
    const exact = exactComparison(a, b, 0.05)
    const [low = 0, high = 0] = compare(b, a, plan, 0.05).interval ?? []
    expect((exact[1] - exact[0]) / (high - low)).toBeGreaterThan(1)
    expect((exact[1] - exact[0]) / (high - low)).toBeLessThan(2)
    const early = decide(look(arm('a', 0, 60), arm('b', 55, 60)), { ...plan, method: 'betaBinomialSequence' })
    expect(early).toMatchObject({ state: 'winner', arm: 'b' })
  })
})

test('a guardrail is breached when the whole interval is beyond it, never on a hunch', () => {
  const limit = { kind: 'limit', limit: 0.001 } as const
  expect(guardrail({ n: 1_000, successes: 2 }, limit, 0.05).state).toBe('unclear')
  expect(guardrail({ n: 10_000, successes: 60 }, limit, 0.05).state).toBe('breached')
  expect(guardrail({ n: 100_000, successes: 10 }, limit, 0.05).state).toBe('held')
  const bar = { kind: 'arm', reference: { n: 5_000, successes: 10 }, tolerance: 0 } as const
  expect(guardrail({ n: 5_000, successes: 12 }, bar, 0.05).state).toBe('unclear')
  expect(guardrail({ n: 5_000, successes: 120 }, bar, 0.05).state).toBe('breached')
})

test('incremental customers are the difference times the treated, with the interval', () => {
  expect(incremental({ difference: 0.02, interval: [0.01, 0.03] }, 10_000)).toEqual({ value: 200, interval: [100, 300] })
  expect(incremental({ difference: null, interval: null }, 10_000)).toBeNull()
})
