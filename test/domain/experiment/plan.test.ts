import { describe, expect, test } from 'vitest'
import { type PlanInput, planExperiment } from '../../../domain/experiment/plan.ts'
import * as of from '../../../domain/experiment/power.ts'
import { agree, only, oracle } from '../oracle.ts'

interface Inputs {
  kind: string
  p1: number
  p2: number
  n1: number
  n2: number
  ratio: number
  alpha: number
  power: number
  direction: 'up' | 'down'
  sd: number
  effect: number
}
const cases = oracle<Inputs>('power')

describe('power and size', () => {
  test.each(only(cases, 'kind', 'sampleSize'))('size: %s', (_, each) => {
    const size = of.sampleSizeProportions(each.inputs)
    const [n1, n2] = [size?.nControl ?? 0, size?.nTreatment ?? 0]
    agree({ ...size, total: n1 + n2, achievedPower: of.powerProportions({ ...each.inputs, n1, n2 }) }, each)
  })
  test.each(only(cases, 'kind', 'power'))('power: %s', (_, each) => agree({ power: of.powerProportions(each.inputs) }, each))
  test.each(only(cases, 'kind', 'minimumDetectableEffect'))('smallest effect: %s', (_, each) =>
    agree({ mde: of.minimumDetectableProportion(each.inputs) }, each),
  )
  test.each(only(cases, 'kind', 'sampleSizeMeans'))('size for means: %s', (_, each) =>
    agree(of.sampleSizeMeans(each.inputs), each),
  )

  test('the smallest effect that is found in a mean needs just the size it was found with', () => {
    const effect = of.minimumDetectableMean({ sd: 30, n1: 5_000, n2: 5_000, alpha: 0.05, power: 0.8 })
    expect(of.powerMeans({ sd: 30, effect, n1: 5_000, n2: 5_000, alpha: 0.05 })).toBeCloseTo(0.8, 5)
    expect(of.sampleSizeMeans({ sd: 30, effect, ratio: 1, alpha: 0.05, power: 0.8 })?.nControlExact).toBeCloseTo(5_000, 3)
  })
})

describe('planning an experiment', () => {
  const input: PlanInput = {
    baseline: { kind: 'proportion', rate: 0.05 },
    minimumEffect: 0.02,
    holdout: 0.5,
    variants: [{ key: 'a', weight: 1 }],
    error: 0.05,
    power: 0.8,
    audience: null,
    perDay: 500,
    maturesAfterDays: 14,
    minimumDays: 7,
  }
  test('an experiment that may be watched needs twice the size of one that may not', () => {
    const plan = planExperiment(input)
    expect(plan).toMatchObject({ state: 'answerable', fixedTotal: 4426, neededTotal: 8852, expectedDays: 18 + 14 })
  })
  test('an audience too small to answer is said to be so before the launch', () => {
    const plan = planExperiment({ ...input, audience: 3_000 })
    expect(plan.state).toBe('tooSmall')
    expect(plan.because).toBe(
      'About 8,852 customers are needed to find an effect this small, but the audience has 3,000: this experiment will probably end without an answer.',
    )
  })
  test('more arms and a smaller holdout need more customers', () => {
    const total = (change: Partial<PlanInput>) => {
      const plan = planExperiment({ ...input, ...change })
      return plan.state === 'impossible' ? Number.NaN : plan.neededTotal
    }
    expect(total({ holdout: 0.1 })).toBeGreaterThan(total({}))
    expect(total({ variants: [...input.variants, { key: 'b', weight: 1 }] })).toBeGreaterThan(total({}))
  })
  test('every pair of arms is planned at its share of the error', () => {
    const thirds = { holdout: 1 / 3, variants: [...input.variants, { key: 'b', weight: 1 }] }
    const size = of.sampleSizeProportions({ p1: 0.05, p2: 0.07, ratio: 1, alpha: 0.05 / 3, power: 0.8 })
    expect(planExperiment({ ...input, ...thirds })).toMatchObject({ fixedTotal: 3 * (size?.nControl ?? 0) })
  })
  test.each([
    [{ holdout: 0 }, 'only one arm'],
    [{ minimumEffect: 0 }, 'smallest effect'],
    [{ minimumEffect: 0.99 }, 'cannot change by as much'],
  ])('%j has no answer', (change, because) => {
    const plan = planExperiment({ ...input, ...change })
    expect(plan.state).toBe('impossible')
    expect(plan.because).toContain(because)
  })
})
