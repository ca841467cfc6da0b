import { describe, expect, test } from 'vitest'
import type { ArmOutcome } from '../../../domain/experiment/arm.ts'
import { compareAll, type DecisionPlan } from '../../../domain/experiment/compare.ts'
import { decide } from '../../../domain/experiment/decide.ts'
import { pooledZ } from '../../../domain/experiment/proportions.ts'
import { srmEvidence } from '../../../domain/experiment/srm.ts'

/** A seeded generator (mulberry32), so that the same experiment happens every time. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Scenario {
  rates: readonly [control: number, treatment: number]
  perArm: number
  looks: number
  runs: number
  seed: number
}

const plan = (nStar: number): DecisionPlan => ({
  error: 0.05,
  nStar,
  // Nothing counts as equal here, so that only winners stop a run.
  minimumEffect: 0,
  minimumDays: 0,
  better: 'higher',
  method: 'asymptoticSequence',
  measure: 'conversion',
})

/** The share of runs in which a winner is named at any look, by the decision and by a z test asked every time. */
function winners({ rates, perArm, looks, runs, seed }: Scenario) {
  const next = random(seed)
  const its = plan(2 * perArm)
  let [byDecision, byPeeking] = [0, 0]
  for (let run = 0; run < runs; run++) {
    let successes = [0, 0]
    let [n, decided, peeked] = [0, false, false]
    for (let step = 1; step <= looks; step++) {
      const until = Math.round((perArm * step) / looks)
      for (; n < until; n++) successes = successes.map((count, i) => count + (next() < (rates[i] ?? 0) ? 1 : 0))
      const [a, b] = successes.map((count, i): ArmOutcome & { kind: 'proportion' } => ({
        key: String(i),
        kind: 'proportion',
        n,
        successes: count,
      }))
      if (!a || !b) continue
      decided ||= decide({ arms: [a, b], srmP: 1, maturedDays: 1, maturingPerDay: null, time: 'over' }, its).state === 'winner'
      peeked ||= (pooledZ(a, b)?.p ?? 1) < 0.05
    }
    if (decided) byDecision++
    if (peeked) byPeeking++
  }
  return { byDecision: byDecision / runs, byPeeking: byPeeking / runs }
}

describe('an experiment that is looked at fifty times', () => {
  test.each([
    [0.05, 2_213],
    [0.3, 8_394],
  ])(
    'names a false winner in at most 5 % of runs at a base rate of %s; a z test asked each time, in a quarter',
    (base, perArm) => {
      const { byDecision, byPeeking } = winners({
        rates: [base, base],
        perArm,
        looks: 50,
        runs: base === 0.05 ? 2_000 : 800,
        seed: 20_240_229,
      })
      expect(byDecision).toBeLessThanOrEqual(0.05)
      expect(byPeeking).toBeGreaterThan(0.25)
    },
  )
  test('finds an effect of two points with the planned power once it may have twice the customers of a single look', () => {
    const at = (times: number) =>
      winners({ rates: [0.05, 0.07], perArm: 2_213 * times, looks: 50, runs: 500, seed: 7 }).byDecision
    expect(at(2)).toBeGreaterThanOrEqual(0.8)
    expect(at(1)).toBeGreaterThan(0.4)
    expect(at(1)).toBeLessThan(0.65)
  })
  test('with a holdout of a tenth and rare events the burn-in keeps the promise that the bare interval breaks', () => {
    const next = random(99)
    const runs = 400
    const its = plan(5_000)
    let [wrong, wrongBare] = [0, 0]
    for (let run = 0; run < runs; run++) {
      const [n, x] = [
        [0, 0],
        [0, 0],
      ] as [number[], number[]]
      let [decided, decidedBare] = [false, false]
      for (let customer = 1; customer <= 10_000; customer++) {
        const i = next() < 0.1 ? 0 : 1
        n[i] = (n[i] ?? 0) + 1
        if (next() < 0.02) x[i] = (x[i] ?? 0) + 1
        if (customer % 100 > 0) continue
        const arms = n.map((size, k): ArmOutcome => ({ key: String(k), kind: 'proportion', n: size, successes: x[k] ?? 0 }))
        decided ||= decide({ arms, srmP: 1, maturedDays: 1, maturingPerDay: null, time: 'over' }, its).state === 'winner'
        decidedBare ||= compareAll(arms, its).some(({ interval }) => interval !== null && (interval[0] > 0 || interval[1] < 0))
      }
      if (decided) wrong++
      if (decidedBare) wrongBare++
    }
    expect(wrong / runs).toBeLessThanOrEqual(0.05)
    expect(wrongBare / runs).toBeGreaterThan(0.1)
  })
})

test('a fair split, checked after every hundred customers, is not called broken', () => {
  const next = random(5)
  let alarms = 0
  for (let run = 0; run < 300; run++) {
    const counts = [0, 0]
    let p = 1
    for (let customer = 1; customer <= 5_000; customer++) {
      const i = next() < 0.1 ? 0 : 1
      counts[i] = (counts[i] ?? 0) + 1
      if (customer % 100 === 0)
        p = srmEvidence(
          [
            { count: counts[0] ?? 0, weight: 0.1 },
            { count: counts[1] ?? 0, weight: 0.9 },
          ],
          p,
        ).p
    }
    if (p < 0.001) alarms++
  }
  expect(alarms).toBeLessThanOrEqual(1)
})
