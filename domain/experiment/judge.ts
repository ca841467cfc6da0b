import type { Experiment } from '../campaign/campaign.ts'
import { type Texts, textsIn } from '../texts/texts.ts'
import type { ArmOutcome } from './arm.ts'
import { expectedShares, holdoutKey } from './assign.ts'
import { bayesReading } from './bayes.ts'
import { compare, compareAll, type DecisionPlan } from './compare.ts'
import { cuped } from './cuped.ts'
import { type Decision, decide } from './decide.ts'
import { fixedHorizon } from './fixed-horizon.ts'
import { incremental } from './incremental.ts'
import { type Measure, nameIn } from './measure.ts'
import { type ArmCounts, type MoneySums, momentsOf, moneyOf, outcomeOf } from './outcome.ts'
import { wilson } from './proportions.ts'
import { type Draw, sampleRatio } from './stratified-srm.ts'

/** An arm as counted: everybody assigned to it, and what its matured customers did. */
export interface CountedArm {
  key: string
  enrolled: number
  /** Customers whom no goal's success can be read for. */
  unmeasured: number
  matured: number
  maturing: number
  converted: number
  exposed: number
  sums: MoneySums | undefined
}

/** All that a judgement rests on, and nothing else: stored with a decision, it gives the same decision again. */
export interface Evidence {
  measure: Pick<Measure, 'kind' | 'outcome' | 'better' | 'name' | 'called'>
  plan: { error: number; nStar: number; minimumEffect: number; minimumDays: number }
  arms: readonly CountedArm[]
  /** Arms that a guardrail has stopped: shown, but no longer compared. */
  stopped: readonly string[]
  /** Arms of weight zero that nobody is in: shown, and never compared. */
  idle: readonly string[]
  /** Entrants whose arm a promotion or a stopped arm has said. */
  moved: number
  /** Customers as drawn, for each set of weights they were drawn under. */
  draws: readonly Draw[]
  smallestSrmP: number
  maturedDays: number
  maturingPerDay: number | null
  /** Nobody enters any more and everybody has matured. */
  over: boolean
  /** Why nothing can be decided whatever the numbers say; null where something can. */
  broken: { cause: 'experimentChanged' | 'noMeasure' | 'mixedCurrency'; because: string; change?: Change } | null
  /** Spending before the entry is known, so that CUPED can use it. */
  before: boolean
}

export type Judgement = ReturnType<typeof judge>

/** The same evidence once these arms are stopped. */
export const withoutArms = (evidence: Evidence, stopped: readonly string[]): Evidence => ({
  ...evidence,
  stopped: [...evidence.stopped, ...stopped],
  draws: evidence.draws.map(draw => ({ ...draw, arms: draw.arms.filter(arm => !stopped.includes(arm.key)) })),
})

export type JudgedDecision =
  | Decision
  | { state: 'invalid'; cause: NonNullable<Evidence['broken']>['cause'] | 'noExperiment'; because: string }

const planOf = ({ plan, measure, arms, idle }: Evidence, texts: Texts): DecisionPlan => ({
  ...plan,
  arms: arms.filter(arm => !idle.includes(arm.key)).length,
  better: measure.better,
  method: 'asymptoticSequence',
  measure: nameIn(measure, texts),
})

const runningOf = (evidence: Evidence): ArmCounts[] =>
  evidence.arms.map(countsOf).filter(arm => !evidence.stopped.includes(arm.key) && !evidence.idle.includes(arm.key))

/** Arms with their intervals, every pair compared, the sample ratio and the decision. Pure: the same evidence, the same judgement. */
export function judge(evidence: Evidence) {
  const { measure } = evidence
  const plan = planOf(evidence, textsIn.en)
  const arms = evidence.arms.map(arm => shown(arm, plan.error))
  const running = runningOf(evidence)
  const outcomes = running.map(arm => outcomeOf(arm, measure.outcome))
  const srm = sampleRatio(evidence.draws, evidence.smallestSrmP)
  const sums = new Map(evidence.arms.map(arm => [arm.key, arm]))
  const comparisons = compareAll(outcomes, plan).map(pair => {
    const [arm, against] = [find(outcomes, pair.arm), find(outcomes, pair.against)]
    const alpha = pair.method.alpha
    return {
      ...pair,
      fixed: fixedHorizon(arm, against, alpha),
      bayes: arm.kind === 'proportion' && against.kind === 'proportion' ? bayesReading(against, arm) : null,
      ...(evidence.before && measure.kind === 'revenue'
        ? { cuped: cupedOf(sums.get(pair.arm), sums.get(pair.against), alpha) }
        : {}),
    }
  })
  const decision = decisionOf(evidence, outcomes, srm.p, plan, textsIn.en)
  return { arms, comparisons, srm, decision, incremental: incrementals(running, plan, measure.outcome) }
}

/** The decision of a judgement alone, said in these texts; a frozen one of before there were languages keeps its measure's name. */
export const decisionIn = (evidence: Evidence, texts: Texts): JudgedDecision =>
  decisionOf(
    evidence,
    runningOf(evidence).map(arm => outcomeOf(arm, evidence.measure.outcome)),
    sampleRatio(evidence.draws, evidence.smallestSrmP).p,
    planOf(evidence, texts),
    texts,
  )

function decisionOf(
  evidence: Evidence,
  arms: readonly ArmOutcome[],
  srmP: number,
  plan: DecisionPlan,
  texts: Texts,
): JudgedDecision {
  const said = texts.decision
  if (evidence.broken) return { state: 'invalid', cause: evidence.broken.cause, because: brokenIn(evidence.broken, texts) }
  if (evidence.arms.length < 2) return { state: 'invalid', cause: 'noExperiment', because: said.noExperiment }
  const decision = decide(
    {
      arms,
      srmP,
      maturedDays: evidence.maturedDays,
      maturingPerDay: evidence.maturingPerDay,
      time: evidence.over && evidence.maturedDays >= plan.minimumDays ? 'over' : 'running',
    },
    plan,
    texts,
  )
  if (decision.state !== 'keepRunning') return decision
  const enrolled = evidence.arms.reduce((sum, arm) => sum + arm.enrolled, 0)
  if (enrolled === 0) return { ...decision, because: evidence.moved > 0 ? said.afterPromotion : said.nobodyYet }
  if (evidence.arms.every(arm => arm.matured === 0)) return { ...decision, because: said.noneMatured(enrolled) }
  return decision
}

const brokenIn = ({ cause, because, change }: NonNullable<Evidence['broken']>, texts: Texts): string =>
  cause === 'experimentChanged' ? (change ? changeIn(change, texts) : because) : texts.decision[cause]

const countsOf = (arm: CountedArm): ArmCounts => ({
  key: arm.key,
  matured: arm.matured,
  converted: arm.converted,
  money: moneyOf(arm.sums, arm.matured),
})

function find<Each extends { key: string }>(all: readonly Each[], key: string): Each {
  const found = all.find(each => each.key === key)
  if (!found) throw new Error(`there is no arm ${key}`)
  return found
}

function shown(arm: CountedArm, error: number) {
  const { sums, ...rest } = arm
  const money = moneyOf(sums, arm.matured)
  const proportion = { n: arm.matured, successes: arm.converted }
  return {
    ...rest,
    rate: arm.matured === 0 ? null : arm.converted / arm.matured,
    interval: wilson(proportion, error),
    revenue: money.mean * arm.matured,
    revenuePerCustomer: arm.matured === 0 ? null : money.mean,
    revenueVariance: arm.matured < 2 ? null : money.variance,
  }
}

function cupedOf(arm: CountedArm | undefined, against: CountedArm | undefined, alpha: number) {
  if (!arm || !against || arm.matured === 0 || against.matured === 0) return null
  const got = cuped(momentsOf(against.sums, against.matured), momentsOf(arm.sums, arm.matured), alpha)
  return {
    theta: got.theta,
    varianceReduction: got.varianceReduction,
    difference: got.adjusted.difference,
    interval: got.adjusted.reason === null ? got.adjusted.interval : null,
    p: got.adjusted.reason === null ? got.adjusted.p : null,
  }
}

/** What each treated arm brought that the holdout says would not have come, and all of them together as `all`. */
function incrementals(arms: readonly ArmCounts[], plan: DecisionPlan, outcome: 'proportion' | 'mean') {
  const holdout = arms.find(arm => arm.key === holdoutKey)
  const treated = arms.filter(arm => arm.key !== holdoutKey)
  if (!holdout || holdout.matured === 0 || treated.length === 0) return []
  const everybody = treated.length > 1 ? [pooled(treated)] : []
  return [...treated, ...everybody].map(arm => {
    // Together they are one comparison; one by one they share the error as pairs do.
    const alpha = arm.key === 'all' ? plan.error : plan.error / treated.length
    const customers = compare(outcomeOf(arm, 'proportion'), outcomeOf(holdout, 'proportion'), plan, alpha)
    const revenue = compare(outcomeOf(arm, 'mean'), outcomeOf(holdout, 'mean'), plan, alpha)
    return {
      arm: arm.key,
      treated: arm.matured,
      customers: outcome === 'mean' && arm.converted + holdout.converted === 0 ? null : incremental(customers, arm.matured),
      revenue: incremental(revenue, arm.matured),
      alpha,
    }
  })
}

/** Several arms as one. */
function pooled(arms: readonly ArmCounts[]): ArmCounts {
  const n = arms.reduce((sum, arm) => sum + arm.matured, 0)
  const mean = n === 0 ? 0 : arms.reduce((sum, arm) => sum + arm.money.mean * arm.matured, 0) / n
  const squares = arms.reduce(
    (sum, { money, matured }) => sum + money.variance * Math.max(0, matured - 1) + matured * (money.mean - mean) ** 2,
    0,
  )
  return {
    key: 'all',
    matured: n,
    converted: arms.reduce((sum, arm) => sum + arm.converted, 0),
    money: { n, mean, variance: n < 2 ? 0 : squares / (n - 1) },
  }
}

/** The arms an experiment has, the holdout first where it has one, with the share each should get. */
export const armsOf = (experiment: Experiment | undefined): { key: string; share: number }[] =>
  experiment
    ? expectedShares(experiment.holdout, experiment.variants).filter(arm => arm.key !== holdoutKey || arm.share > 0)
    : [{ key: 'all', share: 1 }]

/** Versions that customers of one reading entered under, each with the shares it drew. */
export type Change = readonly { version: number; shares: readonly { key: string; share: number }[] }[]

/** What was changed between versions that customers of one reading entered under; null where nothing was. */
export function changeOf(versions: readonly { version: number; experiment: Experiment | undefined }[]): Change | null {
  const drawn = versions.map(({ version, experiment }) => ({ version, shares: armsOf(experiment) }))
  const distinct = drawn.filter((each, i) => i === 0 || sharesText(each.shares) !== sharesText(drawn[i - 1]?.shares ?? []))
  return distinct.length < 2 ? null : distinct
}

const sharesText = (shares: readonly { key: string; share: number }[], { everywhere } = textsIn.en): string =>
  shares.map(({ key, share }) => `${key} ${everywhere.number(Number((100 * share).toFixed(1)))} %`).join(', ')

/** A change of the experiment as a sentence. */
export const changeIn = (change: Change, texts: Texts): string =>
  texts.decision.changed(change.map(({ version, shares }) => texts.decision.drew(version, sharesText(shares, texts))))
