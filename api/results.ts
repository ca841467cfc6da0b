import { campaignSchema } from '../domain/campaign/campaign.ts'
import { unprocessable } from '../domain/errors.ts'
import { armsOf, decisionIn, judge } from '../domain/experiment/judge.ts'
import { experimentKey, type Measure, measureOptions } from '../domain/experiment/measure.ts'
import { campaignIds, runIds } from '../domain/ids.ts'
import { ruleWhere } from '../domain/segment/rule.ts'
import { type Sql, sql } from '../domain/sql.ts'
import { type Texts, textsIn } from '../domain/texts/texts.ts'
import { milliseconds } from '../domain/time.ts'
import type { Queryable } from '../prisma/client.ts'
import type { CampaignRow } from '../prisma/queries/campaigns.ts'
import { listDecisions, standingDecision } from '../prisma/queries/experiment-decisions.ts'
import { atOneMoment } from '../prisma/queries/one-moment.ts'
import {
  type Edition,
  editionsOf,
  measureFor,
  type OutcomeRequest,
  readOutcomes,
  runsWithReviews,
  sharing,
} from '../prisma/queries/outcome-read.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { readSettings } from '../prisma/queries/settings.ts'
import type { Deps } from './deps.ts'
import { guardrailView } from './results-guardrails.ts'
import type { Results, ResultsQuery } from './results-schema.ts'
import { armView, comparisonView, curveView, decisionView, funnelView, pair } from './results-view.ts'

/** Results that are computed once and said to every reader in their own language. */
export type SpokenResults = (texts: Texts) => Results

/** A campaign's results as of one moment, every number over the same snapshot. Throws `unprocessable` for what cannot be asked. */
export async function readResults(deps: Deps, campaign: CampaignRow, query: ResultsQuery): Promise<SpokenResults> {
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
    const { evidence } = outcomes
    const { defines } = measure
    const curve = curveView(outcomes, measure, experiment?.error ?? 0.05)
    const survives = measure.by === 'subscription' ? 'subscription' : 'event'
    const numbers = {
      campaign: campaignIds.show(campaign.id),
      run: query.run ?? null,
      metric: measure.kind,
      primary,
      better: measure.better,
      asOf: at.toISOString(),
      population: {
        enrolled: sum(arm => arm.enrolled),
        matured: sum(arm => arm.matured),
        maturing: sum(arm => arm.maturing),
        moved: Object.fromEntries(outcomes.moved.map(row => [`${row.assigned}:${row.arm}`, row.n])),
      },
      maturing: sum(arm => arm.maturing),
      arms,
      comparisons: judgement.comparisons.map(comparisonView),
      srm: judgement.srm,
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
      funnel: funnelView(outcomes, editions),
      decisions: decisions.map(({ number, at: when, state, arm, action }) => ({
        number,
        at: when.toISOString(),
        state,
        arm,
        action,
      })),
    }
    return texts => ({
      ...numbers,
      definition: defines(texts),
      population: { rule: texts.measure.population, ...numbers.population },
      decision: decisionView(texts === textsIn.en ? judgement.decision : decisionIn(evidence, texts), standing, texts),
      retention: { ...curve, meaning: texts.measure.curve[curve.unit][survives] },
      ...(breakdown ? { breakdown: breakdown.map(each => ({ ...each, note: texts.measure.exploratory })) } : {}),
    })
  })
}

function asOfOf(query: ResultsQuery, now: Date): Date {
  if (query.asOf === undefined) return now
  const at = new Date(query.asOf)
  if (at > now)
    throw unprocessable(
      '/querystring/asOf',
      'inTheFuture',
      t => t.refusals.inTheFuture,
      t => t.refusals.leaveAsOfOut,
    )
  return at
}

function runsAsked<Run extends { id: number; startedAt: Date }>(runs: readonly Run[], query: ResultsQuery): Run[] {
  if (query.run === undefined) return [...runs]
  const id = runIds.read(query.run)
  const mine = runs.filter(run => run.id === id)
  if (mine.length === 0)
    throw unprocessable(
      '/querystring/run',
      'unknownRun',
      t => t.refusals.noRunOf(query.run),
      t => t.refusals.listRuns,
    )
  return mine
}

function versionsAsked(editions: readonly Edition[], version: number): number[] {
  const versions = sharing(editions, version)
  if (!versions.includes(version))
    throw unprocessable(
      '/querystring/version',
      'unknownVersion',
      t => t.refusals.noVersionOf(version),
      t => t.refusals.listVersions,
    )
  return versions
}

async function measureAsked(tx: Queryable, all: readonly Edition[], query: ResultsQuery): Promise<Measure> {
  const editions = query.version === undefined ? all : all.filter(edition => edition.version <= (query.version ?? 0))
  const kind = query.metric ?? editions.at(-1)?.document.experiment?.metric.kind ?? 'conversion'
  const unused = (['event', 'bracket', 'within'] as const).find(
    option => query[option] !== undefined && !measureOptions[kind].includes(option),
  )
  if (unused)
    throw unprocessable(
      `/querystring/${unused}`,
      'notOfThisMetric',
      t => t.measure.takesNo(kind, unused),
      t => t.measure.leaveOut(unused),
    )
  if (query.bracket && milliseconds(query.bracket[0]) >= milliseconds(query.bracket[1]))
    throw unprocessable(
      '/querystring/bracket',
      'emptyBracket',
      t => t.refusals.emptyBracket(...(query.bracket ?? ['', ''])),
      t => t.refusals.shorterFirst,
    )
  if (query.within !== undefined && milliseconds(query.within) === 0)
    throw unprocessable(
      '/querystring/within',
      'emptyWindow',
      t => t.refusals.noTime,
      t => t.refusals.longerWindow,
    )
  const measure = await measureFor(tx, kind, editions, query)
  if (!('missing' in measure)) return measure
  const example = measure.missing === 'bracket' ? '7d-14d' : '30d'
  throw unprocessable(
    `/querystring/${measure.missing}`,
    'required',
    t => t.refusals.metricNeeds(kind, measure.missing),
    t => t.refusals.addQuery(measure.missing, example),
  )
}

/** Whether this reading is the one the experiment was set up to be decided on. */
function isPrimary(measure: Measure, editions: readonly Edition[], query: ResultsQuery): boolean {
  const experiment = editions.at(-1)?.document.experiment
  const altered = query.bracket ?? query.event ?? query.within ?? query.cap ?? query.winsorise
  return experiment !== undefined && experiment.metric.kind === measure.kind && altered === undefined
}

/** The same inside and outside of saved segments, as they stand now. */
async function breakdowns(
  tx: Queryable,
  request: OutcomeRequest,
  by: string,
): Promise<Omit<NonNullable<Results['breakdown']>[number], 'note'>[]> {
  const keys = [...new Set(by.split(',').map(key => key.trim()))]
  if (keys.length > 5)
    throw unprocessable(
      '/querystring/by',
      'tooMany',
      t => t.refusals.fiveSegments,
      t => t.refusals.askSeparately,
    )
  const context = await ruleContext(tx, request.at)
  const result: Awaited<ReturnType<typeof breakdowns>> = []
  for (const key of keys) {
    if (!context.segment(key))
      throw unprocessable(
        '/querystring/by',
        'unknownSegment',
        t => t.refusals.noSegment(key),
        t => t.refusals.listSegments,
      )
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
      inside: await side(sql`(${where})`),
      outside: await side(sql`NOT (${where})`),
    })
  }
  return result
}
