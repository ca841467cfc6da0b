import { type Texts, textsIn } from '../texts/texts.ts'
import { expectedShares, type Variant } from './assign.ts'
import { sampleSizeMeans, sampleSizeProportions } from './power.ts'

/** What the metric looks like before the campaign, over this audience. */
type Baseline = { kind: 'proportion'; rate: number } | { kind: 'mean'; sd: number }

export interface PlanInput {
  baseline: Baseline
  /** The smallest change worth finding: a fraction for proportions, an amount for means. */
  minimumEffect: number
  holdout: number
  variants: readonly Variant[]
  error: number
  power: number
  /** How many customers can enter at all; null where they keep coming. */
  audience: number | null
  /** How many enter a day; null where unknown or all at once. */
  perDay: number | null
  /** Days until one entry has matured. */
  maturesAfterDays: number
  minimumDays: number
}

export type ExperimentPlan =
  | { state: 'answerable' | 'tooSmall'; fixedTotal: number; neededTotal: number; expectedDays: number | null; because: string }
  | { state: 'impossible'; because: string }

/**
 * How many customers an experiment needs over all arms, so that the pair of arms that takes longest is told apart. Watched
 * with the anytime-valid interval, it needs about twice what one look at the end would (0.86–0.88 power by simulation).
 */
export function planExperiment(input: PlanInput, { plan }: Texts = textsIn.en): ExperimentPlan {
  const { baseline, minimumEffect, error, power } = input
  const arms = expectedShares(input.holdout, input.variants).filter(({ share }) => share > 0)
  if (arms.length < 2) return { state: 'impossible', because: plan.singleArm }
  if (!(minimumEffect > 0))
    return {
      state: 'impossible',
      because: plan.nameEffect,
    }
  const pairs = arms.flatMap((one, i) => arms.slice(i + 1).map(other => [one.share, other.share] as const))
  const aim = { alpha: error / pairs.length, power }
  const totals = pairs.map(([control, treatment]) => {
    const ratio = treatment / control
    if (baseline.kind === 'mean')
      return (sampleSizeMeans({ sd: baseline.sd, effect: minimumEffect, ratio, ...aim })?.nControl ?? 0) / control
    // The dearer of up and down: whether a rate near an end can go that way at all is checked below.
    const sizes = [baseline.rate + minimumEffect, baseline.rate - minimumEffect]
      .filter(p2 => p2 > 0 && p2 < 1)
      .map(p2 => sampleSizeProportions({ p1: baseline.rate, p2, ratio, ...aim })?.nControl ?? 0)
    return sizes.length === 0 ? Infinity : Math.max(...sizes) / control
  })
  const fixedTotal = Math.ceil(Math.max(...totals))
  if (!Number.isFinite(fixedTotal)) return { state: 'impossible', because: plan.cannotChange }
  const neededTotal = 2 * fixedTotal
  const { audience, perDay } = input
  const entering = perDay === null ? 0 : Math.ceil(neededTotal / perDay)
  const expectedDays =
    perDay === null && audience === null ? null : Math.max(entering, input.minimumDays) + input.maturesAfterDays
  if (audience !== null && audience < neededTotal)
    return {
      state: 'tooSmall',
      fixedTotal,
      neededTotal,
      expectedDays,
      because: plan.tooSmall(neededTotal, audience),
    }
  return { state: 'answerable', fixedTotal, neededTotal, expectedDays, because: plan.needs(neededTotal, expectedDays) }
}
