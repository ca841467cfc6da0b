import { campaignSchema } from '../domain/campaign/campaign.ts'
import { unprocessable } from '../domain/errors.ts'
import { armsOf, type Judgement, judge } from '../domain/experiment/judge.ts'
import { experimentKey, horizonOf, type Measure, unitMs } from '../domain/experiment/measure.ts'
import { curves, lifeTables } from '../domain/experiment/outcome.ts'
import { campaignIds, runIds } from '../domain/ids.ts'
import { ruleWhere } from '../domain/segment/rule.ts'
import { type Sql, sql } from '../domain/sql.ts'
import { milliseconds } from '../domain/time.ts'
import type { Queryable } from '../prisma/client.ts'
import type { CampaignRow } from '../prisma/queries/campaigns.ts'
import { listDecisions, standingDecision } from '../prisma/queries/experiment-decisions.ts'
import {
  type Edition,
  editionsOf,
  measureFor,
  type OutcomeRequest,
  type Outcomes,
  readOutcomes,
  runsWithReviews,
  sharing,
} from '../prisma/queries/outcome-read.ts'
import { atOneMoment } from '../prisma/queries/outcomes.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { readSettings } from '../prisma/queries/settings.ts'
import type { Deps } from './deps.ts'
import { guardrailView } from './results-guardrails.ts'
import type { Results, ResultsQuery } from './results-schema.ts'

const populationRule =
  'Everybody enrolled, in the arm they were assigned to, sent or not; who entered more than once counts once, by the first stay in the runs looked at.'

/** A campaign's results as of one moment, every number over the same snapshot. Throws `unprocessable` for what cannot be asked. */
export async function readResults(deps: Deps, campaign: CampaignRow, query: ResultsQuery): Promise<Results> {
  const at = asOfOf(query, deps.clock())
  const settings = await readSettings(deps.db, deps.config)
  return await atOneMoment(deps.db, async tx => {
    const all = await runsWithReviews(tx, campaign.id)
    const runs = runsAsked(all, query)
    const last = runs.at(-1)
    const editions: Edition[] = last
      ? await editionsOf(tx, campaign.id, Math.max(...runs.map(run => run.version)))
      : [
          {
            version: campaign.version,
            document: campaignSchema.parse(campaign.document),
            program: { steps: [], instructions: [], entries: {} },
          },
        ]
    const measure = await measureAsked(tx, editions, query)
    const versions = query.version === undefined ? undefined : versionsAsked(editions, query.version)
    const request: OutcomeRequest = {
      runs,
      editions: versions ? editions.filter(edition => edition.version <= Math.max(...versions)) : editions,
      ...(versions ? { versions } : {}),
      measure,
      at,
      currencies: settings.currencies,
      whole: true,
      ...(query.cap !== undefined
        ? { cap: { amount: query.cap } }
        : query.winsorise !== undefined
          ? { cap: { quantile: query.winsorise } }
          : {}),
    }
    const outcomes = await readOutcomes(tx, request)
    const judgement = judge(outcomes.evidence)
    const experiment = request.editions.at(-1)?.document.experiment
    const decisions = await listDecisions(tx, campaign.id)
    const primary = isPrimary(measure, request.editions, query)
    const standing = primary && query.run === undefined ? standingDecision(decisions, experimentKey(experiment)) : undefined
    const promoted = all.findLast(run => run.promoted !== null)
    const breakdown = query.by ? await breakdowns(tx, request, query.by) : undefined
    const arms = judgement.arms.map(arm => armView(arm, outcomes, armsOf(experiment)))
    const sum = (of: (arm: (typeof arms)[number]) => number) => arms.reduce((total, arm) => total + of(arm), 0)
    return {
      campaign: campaignIds.show(campaign.id),
      run: query.run ?? null,
      metric: measure.kind,
      primary,
      definition: measure.definition,
      better: measure.better,
      asOf: at.toISOString(),
      population: {
        rule: populationRule,
        enrolled: sum(arm => arm.enrolled),
        matured: sum(arm => arm.matured),
        maturing: sum(arm => arm.maturing),
        moved: Object.fromEntries(outcomes.moved.map(row => [`${row.assigned}:${row.arm}`, row.n])),
      },
      maturing: sum(arm => arm.maturing),
      arms,
      comparisons: judgement.comparisons.map(comparisonView),
      srm: judgement.srm,
      decision: decisionView(judgement.decision, standing),
      promoted:
        promoted?.promoted && promoted.promotedAt ? { arm: promoted.promoted, at: promoted.promotedAt.toISOString() } : null,
      incremental: judgement.incremental.map(each => ({
        ...each,
        customers: each.customers && { ...each.customers, interval: pair(each.customers.interval) },
        revenue: outcomes.currency === null || !each.revenue ? null : { ...each.revenue, interval: pair(each.revenue.interval) },
      })),
      revenue: {
        currency: outcomes.currency,
        total: outcomes.currency === null ? null : sum(arm => arm.revenue ?? 0),
        cap: outcomes.cap,
        unconverted: outcomes.unconverted,
        reason: outcomes.currency === null ? 'mixed_currency' : null,
      },
      exposure: { exposed: sum(arm => arm.exposed), of: sum(arm => arm.enrolled) },
      guardrails: guardrailView(outcomes, experiment),
      retention: curveView(outcomes, measure, experiment?.error ?? 0.05),
      funnel: funnelView(outcomes, editions),
      ...(breakdown ? { breakdown } : {}),
      decisions: decisions.map(({ number, at: when, state, arm, action }) => ({
        number,
        at: when.toISOString(),
        state,
        arm,
        action,
      })),
    }
  })
}

function asOfOf(query: ResultsQuery, now: Date): Date {
  if (query.asOf === undefined) return now
  const at = new Date(query.asOf)
  if (at > now)
    throw unprocessable('/querystring/asOf', 'inTheFuture', 'what will be true later is not known yet', 'Leave asOf out for now.')
  return at
}

function runsAsked<Run extends { id: number; startedAt: Date }>(runs: readonly Run[], query: ResultsQuery): Run[] {
  if (query.run === undefined) return [...runs]
  const id = runIds.read(query.run)
  const mine = runs.filter(run => run.id === id)
  if (mine.length === 0)
    throw unprocessable('/querystring/run', 'unknownRun', `this campaign has no run ${query.run}`, 'GET …/runs lists its runs.')
  return mine
}

function versionsAsked(editions: readonly Edition[], version: number): number[] {
  const versions = sharing(editions, version)
  if (!versions.includes(version))
    throw unprocessable(
      '/querystring/version',
      'unknownVersion',
      `no run looked at has a version ${version}`,
      'GET …/runs names the versions of runs.',
    )
  return versions
}

async function measureAsked(tx: Queryable, all: readonly Edition[], query: ResultsQuery): Promise<Measure> {
  const editions = query.version === undefined ? all : all.filter(edition => edition.version <= (query.version ?? 0))
  const kind = query.metric ?? editions.at(-1)?.document.experiment?.metric.kind ?? 'conversion'
  if (query.bracket && milliseconds(query.bracket[0]) >= milliseconds(query.bracket[1]))
    throw unprocessable(
      '/querystring/bracket',
      'emptyBracket',
      `the bracket from ${query.bracket[0]} to ${query.bracket[1]} is empty`,
      'The first duration is the shorter one.',
    )
  if (query.within !== undefined && milliseconds(query.within) === 0)
    throw unprocessable(
      '/querystring/within',
      'emptyWindow',
      'nothing happens within no time',
      'Name a longer window, for example "30d".',
    )
  const measure = await measureFor(tx, kind, editions, query)
  if (!('missing' in measure)) return measure
  const example = measure.missing === 'bracket' ? '7d-14d' : '30d'
  throw unprocessable(
    `/querystring/${measure.missing}`,
    'required',
    `${kind} needs a ${measure.missing === 'bracket' ? 'bracket' : 'window'}: the experiment of this campaign names none`,
    `Add ?${measure.missing}=${example}.`,
  )
}

/** Whether this reading is the one the experiment was set up to be decided on. */
function isPrimary(measure: Measure, editions: readonly Edition[], query: ResultsQuery): boolean {
  const experiment = editions.at(-1)?.document.experiment
  const altered = query.bracket ?? query.event ?? query.within ?? query.cap ?? query.winsorise
  return experiment !== undefined && experiment.metric.kind === measure.kind && altered === undefined
}

const pair = (interval: readonly [number, number] | null): [number, number] | null => interval && [interval[0], interval[1]]

type Shown = Judgement['arms'][number]

function armView(arm: Shown, outcomes: Outcomes, shares: readonly { key: string; share: number }[]): Results['arms'][number] {
  const { revenueVariance: _, ...rest } = arm
  const known = outcomes.currency !== null
  return {
    ...rest,
    share: shares.find(each => each.key === arm.key)?.share ?? null,
    interval: pair(arm.interval),
    revenue: known ? arm.revenue : null,
    revenuePerCustomer: known ? arm.revenuePerCustomer : null,
    stopped: outcomes.evidence.stopped.includes(arm.key),
  }
}

function comparisonView(comparison: Judgement['comparisons'][number]): Results['comparisons'][number] {
  const { fixed, cuped, ...rest } = comparison
  return {
    ...rest,
    interval: pair(comparison.interval),
    relative: { lift: comparison.relative.lift, interval: pair(comparison.relative.interval) },
    fixed:
      fixed.test === 'none'
        ? { interval: null, p: null, test: 'none', because: fixed.because }
        : { interval: pair(fixed.interval), p: fixed.p, test: fixed.test },
    ...(cuped === undefined ? {} : { cuped: cuped && { ...cuped, interval: pair(cuped.interval) } }),
  }
}

/** A decision once made stays; only a broken sample ratio or a changed experiment undoes it. */
function decisionView(
  now: Judgement['decision'],
  standing: { number: number; at: Date; state: string; arm: string | null; because: string; action: string } | undefined,
): Results['decision'] {
  if (!standing || now.state === 'invalid') return now
  return {
    state: standing.state as Results['decision']['state'],
    ...(standing.arm === null ? {} : { arm: standing.arm }),
    because: standing.because,
    recorded: { number: standing.number, at: standing.at.toISOString(), action: standing.action },
    now: { state: now.state, ...('arm' in now ? { arm: now.arm } : {}), because: now.because },
  }
}

function curveView(outcomes: Outcomes, measure: Measure, error: number): Results['retention'] {
  const horizon = Math.floor(horizonOf(measure) / unitMs[outcomes.unit])
  const events = [...new Set(measure.goals.flatMap(goal => (goal.counted?.event ? [goal.counted.event] : [])))]
  const { arms, logRank } = curves(lifeTables(outcomes.base, outcomes.cells), horizon, error)
  return {
    event: events.join(' or '),
    unit: outcomes.unit,
    meaning:
      measure.by === 'subscription'
        ? `Kaplan-Meier: the share whose subscription has not been cancelled, by ${outcome(outcomes.unit)} since entering.`
        : `Kaplan-Meier: the share who have not yet had the event, by ${outcome(outcomes.unit)} since entering.`,
    curves: arms.map(({ arm, points, median }) => ({ arm, points, median: median.value })),
    logRank:
      logRank.reason === null
        ? { chi2: logRank.chi2, df: logRank.df, p: logRank.p, reason: null }
        : { chi2: null, df: null, p: null, reason: logRank.reason },
  }
}

const outcome = (unit: string) => `whole ${unit}s`

const zero = () => ({ reached: 0, sent: 0, delivered: 0, opened: 0, clicked: 0 })

/** Every message step in reading order; steps of several versions with one id are one step to a reader. */
function funnelView(outcomes: Outcomes, editions: readonly Edition[]): Results['funnel'] {
  const steps = new Map<string, Results['funnel'][number]>()
  const idOf = (version: number, step: number) => editions.find(edition => edition.version === version)?.program.steps[step]?.id
  const stood = new Set(outcomes.funnel.map(row => row.version))
  for (const edition of editions)
    if (stood.has(edition.version) || edition === editions.at(-1))
      for (const { id, goal, body } of edition.program.steps)
        if (body.kind === 'message') steps.set(id, { step: id, channel: body.channel, goal, ...zero(), converted: 0, byArm: {} })
  const keys = ['reached', 'sent', 'delivered', 'opened', 'clicked'] as const
  for (const row of outcomes.funnel) {
    const id = idOf(row.version, row.step)
    if (id === undefined) continue
    const step = steps.get(id) ?? { step: id, channel: null, goal: '', ...zero(), converted: 0, byArm: {} }
    steps.set(id, step)
    const arm = step.byArm[row.arm] ?? zero()
    step.byArm[row.arm] = arm
    for (const key of keys) {
      step[key] += row[key]
      arm[key] += row[key]
    }
  }
  for (const row of outcomes.convertedBySteps) {
    const step = steps.get(idOf(row.version, row.step) ?? '')
    if (step) step.converted += row.n
  }
  return [...steps.values()]
}

/** The same inside and outside of saved segments, as they stand now. */
async function breakdowns(tx: Queryable, request: OutcomeRequest, by: string): Promise<NonNullable<Results['breakdown']>> {
  const keys = [...new Set(by.split(',').map(key => key.trim()))]
  if (keys.length > 5)
    throw unprocessable('/querystring/by', 'tooMany', 'at most five segments at once', 'Ask for the others separately.')
  const context = await ruleContext(tx, request.at)
  const result: NonNullable<Results['breakdown']> = []
  for (const key of keys) {
    if (!context.segment(key))
      throw unprocessable('/querystring/by', 'unknownSegment', `there is no segment "${key}"`, 'GET /v1/segments lists them.')
    const where = ruleWhere({ segment: key }, context)
    const side = async (who: Sql) => {
      const outcomes = await readOutcomes(tx, { ...request, who, whole: false })
      const judgement = judge(outcomes.evidence)
      const shares = armsOf(request.editions.at(-1)?.document.experiment)
      return {
        arms: judgement.arms.map(arm => armView(arm, outcomes, shares)),
        comparisons: judgement.comparisons.map(comparisonView),
      }
    }
    result.push({
      segment: key,
      exploratory: true,
      note: 'Members as of now, and one of many possible divisions: a difference found here is a question for the next experiment, not an answer.',
      inside: await side(sql`(${where})`),
      outside: await side(sql`NOT (${where})`),
    })
  }
  return result
}
