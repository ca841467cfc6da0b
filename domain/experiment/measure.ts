import type { Campaign, Experiment, Metric } from '../campaign/campaign.ts'
import { describeFilters, type Filter } from '../segment/filter.ts'
import { type Sentence, say, type Texts, textsIn } from '../texts/texts.ts'
import { milliseconds } from '../time.ts'

/** What an experiment can be read by; the last two are guardrails, which must not rise. */
export const measureKinds = ['conversion', 'retention', 'revenue', 'churn', 'unsubscribes', 'complaints'] as const
export type MeasureKind = (typeof measureKinds)[number]

/** The event that counts, and when after entering; both ends in milliseconds, (from, to]. */
export interface CountedEvent {
  event: string
  where: readonly Filter[]
  from: number
  to: number
}

/** How one version's goal is measured; `counted` is null where its author said nothing about success. */
export interface GoalMeasure {
  version: number
  goal: string
  counted: CountedEvent | null
}

/** Spans of time as the contract writes them. */
export type MeasureName =
  | { kind: Exclude<MeasureKind, 'retention' | 'churn'> }
  | { kind: 'retention'; bracket: readonly [string, string] }
  | { kind: 'churn'; within: string }

/** The name of a measure in these texts. */
export function nameIn({ kind, name, called }: Pick<Measure, 'kind' | 'name' | 'called'>, texts: Texts): string {
  const { names } = texts.measure
  if (!called) return kind === 'retention' || kind === 'churn' ? name : names[kind]()
  if (called.kind === 'churn') return names.churn(texts.everywhere.duration(called.within))
  if (called.kind !== 'retention') return names[called.kind]()
  const [from, to] = called.bracket
  return names.retention(texts.everywhere.duration(from), texts.everywhere.duration(to))
}

/** A metric made concrete for the versions and goals that customers entered under. */
export interface Measure {
  kind: MeasureKind
  outcome: 'proportion' | 'mean'
  better: 'higher' | 'lower'
  /** As people call it: "conversion", "retention from 7 days to 14 days". */
  name: string
  /** What that name is made of, for other languages; absent in what was frozen before there were any. */
  called?: MeasureName
  definition: string
  /** The definition, for other languages. */
  defines: Sentence
  goals: readonly GoalMeasure[]
  /** `events`: did the counted event happen. `subscription`: was the subscription cancelled and not taken up again. */
  by: 'events' | 'subscription' | 'consents' | 'complaints'
  /** The outcome is that the counted event did not happen. */
  inverted: boolean
  /** Money counts at most this much a customer. */
  cap?: number
}

/** What a reader may ask beside the metric's name; where it is left out, the experiment's own metric says it. */
export interface MeasureQuery {
  event?: string | undefined
  bracket?: readonly [string, string] | undefined
  within?: string | undefined
  cap?: number | undefined
  /** A cap of another kind, which puts the experiment's own out of force. */
  winsorise?: number | undefined
}

/** Which of these each takes: the rest is refused instead of being passed over. */
export const measureOptions: Record<MeasureKind, readonly ('event' | 'bracket' | 'within')[]> = {
  conversion: [],
  retention: ['event', 'bracket'],
  revenue: ['within'],
  churn: ['within'],
  unsubscribes: ['within'],
  complaints: ['within'],
}

export const orderEvent = 'Order Completed'
export const revenueWindow = '30d'

/** Events after which a subscription runs, and the one after which it does not. */
export const subscriptionEvents = {
  on: ['Trial Started', 'Trial Converted', 'Subscription Started', 'Subscription Renewed'],
  off: 'Subscription Cancelled',
} as const

interface Published {
  version: number
  document: Pick<Campaign, 'goals' | 'experiment'>
}

const eachGoal = (
  versions: readonly Published[],
  counted: (goal: Campaign['goals'][number]) => CountedEvent | null,
): GoalMeasure[] =>
  versions.flatMap(({ version, document }) => document.goals.map(goal => ({ version, goal: goal.key, counted: counted(goal) })))

const sameFor = (versions: readonly Published[], counted: CountedEvent) => eachGoal(versions, () => counted)

/**
 * The measure that a metric's name stands for, or what is missing to know it. `subscriptions`: whether any subscription was ever
 * seen here, for then churn means those.
 */
export function measureOf(
  kind: MeasureKind,
  versions: readonly Published[],
  query: MeasureQuery,
  subscriptions: boolean,
): Measure | { missing: 'bracket' | 'within' } {
  const found = factsOf(kind, versions, query, subscriptions)
  if ('missing' in found) return found
  return { ...found, name: nameIn({ kind, name: '', called: found.called }, textsIn.en), definition: say(found.defines) }
}

function factsOf(
  kind: MeasureKind,
  versions: readonly Published[],
  query: MeasureQuery,
  subscriptions: boolean,
): (Omit<Measure, 'name' | 'definition' | 'called'> & { called: MeasureName }) | { missing: 'bracket' | 'within' } {
  const own: Metric | undefined = versions.at(-1)?.document.experiment?.metric
  const proportion = { outcome: 'proportion', by: 'events', inverted: false } as const
  switch (kind) {
    case 'conversion': {
      const goals = eachGoal(versions, goal =>
        goal.success
          ? { event: goal.success.event, where: goal.success.where ?? [], from: 0, to: milliseconds(goal.success.within) }
          : null,
      )
      const successes = (versions.at(-1)?.document.goals ?? []).flatMap(goal => (goal.success ? [goal.success] : []))
      return {
        ...proportion,
        kind,
        better: 'higher',
        called: { kind },
        defines: texts =>
          successes.length === 0
            ? texts.measure.noSuccess
            : texts.measure.conversion([...new Set(successes.map(success => successIn(success, texts)))]),
        goals,
      }
    }
    case 'retention': {
      const mine = own?.kind === 'retention' ? own : undefined
      const bracket = query.bracket ?? mine?.bracket
      if (!bracket) return { missing: 'bracket' }
      const event = query.event ?? mine?.event ?? orderEvent
      const [from, to] = [milliseconds(bracket[0]), milliseconds(bracket[1])]
      return {
        ...proportion,
        kind,
        better: 'higher',
        called: { kind, bracket },
        defines: ({ measure, everywhere }) =>
          measure.retention(event, everywhere.duration(bracket[0]), everywhere.duration(bracket[1])),
        goals: sameFor(versions, { event, where: [], from, to }),
      }
    }
    case 'revenue': {
      const window = (goal: Campaign['goals'][number]) => query.within ?? goal.success?.within ?? revenueWindow
      const windows = [...new Set((versions.at(-1)?.document.goals ?? []).map(window))]
      const fixed = own?.kind === 'revenue' && query.winsorise === undefined ? own.cap : undefined
      const cap = query.cap ?? fixed
      return {
        outcome: 'mean',
        by: 'events',
        inverted: false,
        kind,
        better: 'higher',
        called: { kind },
        defines: ({ measure, everywhere }) => measure.revenue(orderEvent, windows.map(everywhere.duration), cap),
        ...(cap === undefined ? {} : { cap }),
        goals: eachGoal(versions, goal => ({ event: orderEvent, where: [], from: 0, to: milliseconds(window(goal)) })),
      }
    }
    case 'churn': {
      const within = query.within ?? (own?.kind === 'churn' ? own.within : undefined)
      if (!within) return { missing: 'within' }
      const to = milliseconds(within)
      return {
        outcome: 'proportion',
        kind,
        better: 'lower',
        called: { kind, within },
        defines: ({ measure, everywhere }) =>
          subscriptions
            ? measure.churnOfSubscriptions(everywhere.duration(within))
            : measure.churnOfOrders(orderEvent, everywhere.duration(within)),
        goals: sameFor(versions, { event: subscriptions ? subscriptionEvents.off : orderEvent, where: [], from: 0, to }),
        by: subscriptions ? 'subscription' : 'events',
        inverted: !subscriptions,
      }
    }
    case 'unsubscribes':
    case 'complaints': {
      const within = query.within ?? revenueWindow
      return {
        ...proportion,
        kind,
        better: 'lower',
        called: { kind },
        defines: ({ measure, everywhere }) => measure[kind](everywhere.duration(within)),
        goals: sameFor(versions, { event: '', where: [], from: 0, to: milliseconds(within) }),
        by: kind === 'unsubscribes' ? 'consents' : 'complaints',
      }
    }
  }
}

type Success = { event: string; where?: readonly Filter[] | undefined; within: string }

const successIn = ({ event, where, within }: Success, texts: Texts): string =>
  texts.measure.success(event, where?.length ? describeFilters(where, texts) : '', texts.everywhere.duration(within))

/** The longest time any of its customers is watched, in milliseconds. */
export const horizonOf = (measure: Measure): number => Math.max(1, ...measure.goals.map(goal => goal.counted?.to ?? 0))

export type CurveUnit = 'minute' | 'hour' | 'day'
export const unitMs: Record<CurveUnit, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/** The steps of a curve: days, or finer where the whole is over in a few of them. */
export function curveUnit(horizon: number): CurveUnit {
  return horizon > 3 * unitMs.day ? 'day' : horizon > 3 * unitMs.hour ? 'hour' : 'minute'
}

/** Everything by which an experiment is what it is: a change of it begins another. */
export function experimentKey(experiment: Experiment | undefined): string {
  if (!experiment) return 'none'
  const { holdout, variants, metric } = experiment
  return JSON.stringify({ holdout, variants: variants.map(({ key, weight }) => [key, weight]), metric })
}
