import { type Campaign, campaignSchema, type Experiment } from '../../domain/campaign/campaign.ts'
import { armsOf, type Change, type CountedArm, changeIn, changeOf, type Evidence } from '../../domain/experiment/judge.ts'
import {
  curveUnit,
  experimentKey,
  horizonOf,
  type Measure,
  type MeasureKind,
  type MeasureQuery,
  measureOf,
} from '../../domain/experiment/measure.ts'
import type { AgeCount, OutcomeCount } from '../../domain/experiment/outcome.ts'
import type { Draw } from '../../domain/experiment/stratified-srm.ts'
import type { Program } from '../../domain/journey/program.ts'
import type { Sql } from '../../domain/sql.ts'
import { sql } from '../../domain/sql.ts'
import { textsIn } from '../../domain/texts/texts.ts'
import type { Queryable } from '../client.ts'
import { type HitOptions, type Hits, hitsOf, subscriptionHitsOf } from './outcome-hits.ts'
import { complaintsOf, exposedOf, type FunnelRow, funnelOf, type GuardrailRow, unsubscribesOf } from './outcome-messages.ts'
import { type BaseRow, baseOf, movedOf, type Population, partsOf } from './outcomes.ts'
import type { RunRow } from './runs.ts'

/** A published version as results need it. */
export interface Edition {
  version: number
  document: Campaign
  program: Program
}

export interface OutcomeRequest {
  runs: readonly (RunRow & { srmP: number | null; stoppedArms: string[] })[]
  editions: readonly Edition[]
  /** Only who entered under these versions; default: everybody. */
  versions?: readonly number[]
  measure: Measure
  at: Date
  who?: Sql
  cap?: HitOptions['cap']
  currencies: { reporting: string; rates: Readonly<Record<string, number>> }
  /** Funnel, exposure and guardrails too; a breakdown does without. */
  whole: boolean
}

/** What the rows say about an experiment, ready to be judged. */
export interface Outcomes {
  evidence: Evidence
  base: AgeCount[]
  cells: OutcomeCount[]
  unit: ReturnType<typeof curveUnit>
  moved: { arm: string; assigned: string; n: number }[]
  funnel: FunnelRow[]
  convertedBySteps: Hits['steps']
  guardrails: GuardrailRow[]
  /** The currency money is in; null with what is in the way where it cannot be added up. */
  currency: string | null
  unconverted: number
  cap: number | null
}

/** The runs of a campaign with what reviews have left on them, oldest first. */
export const runsWithReviews = (db: Queryable, campaign: number) =>
  db.rows<OutcomeRequest['runs'][number] & { promoted: string | null; promotedAt: Date | null }>(sql`
    SELECT r.id, r.campaign, r.version, r.number, r.status, r.finite, r.salt, r.planned_size AS "plannedSize", r.started_at AS "startedAt", r.enrolled_at AS "enrolledAt",
      r.completed_at AS "completedAt", r.swept_to AS "sweptTo", CASE WHEN same THEN r.srm_p END AS "srmP",
      CASE WHEN same THEN r.stopped_arms ELSE '{}' END AS "stoppedArms", CASE WHEN same THEN r.promoted END AS promoted, CASE WHEN same THEN r.promoted_at END AS "promotedAt"
    FROM run r CROSS JOIN LATERAL (SELECT count(DISTINCT v.document -> 'experiment') = 1 AS same FROM campaign_version v
      WHERE v.campaign = r.campaign AND v.version IN (r.version, r.reviewed_version)) x
    WHERE r.campaign = ${campaign} ORDER BY r.number`)

/** The versions that share one version's experiment: the arms and weights that drew, and the metric they are drawn for. */
export function sharing(editions: readonly Edition[], version: number): number[] {
  const key = (edition: Edition | undefined) => experimentKey(edition?.document.experiment)
  const wanted = key(editions.find(edition => edition.version === version))
  return editions.filter(edition => key(edition) === wanted).map(edition => edition.version)
}

/** The published versions of a campaign that these runs may have walked, oldest first. */
export async function editionsOf(db: Queryable, campaign: number, upTo: number): Promise<Edition[]> {
  const rows = await db.rows<{ version: number; document: unknown; program: Program }>(
    sql`SELECT version, document, program FROM campaign_version WHERE campaign = ${campaign} AND version <= ${upTo} ORDER BY version`,
  )
  return rows.map(row => ({ ...row, document: campaignSchema.parse(row.document) }))
}

/** Whether any subscription was ever seen: then churn means those. */
export const hasSubscriptions = async (db: Queryable): Promise<boolean> =>
  (await db.row(sql`SELECT 1 FROM subscription LIMIT 1`)) !== undefined

export const measureFor = async (
  db: Queryable,
  kind: MeasureKind,
  editions: readonly Pick<Edition, 'version' | 'document'>[],
  query: MeasureQuery,
) => measureOf(kind, editions, query, kind === 'churn' && (await hasSubscriptions(db)))

const dayMs = 86_400_000
/** n* of an experiment whose author did not plan its size. */
const plannedByDefault = 5_000

/** Reads everything of one measure in a few passes over sets. Call it within `atOneMoment`, so that all its numbers agree. */
export async function readOutcomes(tx: Queryable, request: OutcomeRequest): Promise<Outcomes> {
  const { measure, at, runs, editions } = request
  const ids = runs.map(run => run.id)
  const unit = curveUnit(horizonOf(measure))
  const reenters = runs.length > 0 && editions.some(edition => edition.document.reentry !== 'never')
  const population: Population = {
    runs: ids,
    measure,
    at,
    unit,
    reenters,
    ...(request.who ? { who: request.who } : {}),
    ...(request.versions ? { versions: request.versions } : {}),
  }
  // Nobody enters before the first run starts; a day for clocks that disagree.
  const since = runs.length > 0 ? new Date(Math.min(...runs.map(run => run.startedAt.getTime())) - dayMs) : null
  const before = measure.kind === 'revenue'
  const cap = request.cap ?? (measure.cap === undefined ? undefined : { amount: measure.cap })
  const options: HitOptions | null = since && {
    since,
    before,
    steps: request.whole,
    parts: await partsOf(tx, ids),
    ...(cap ? { cap } : {}),
  }
  const reactions = request.whole || measure.by === 'consents' || measure.by === 'complaints'
  // All at once: they rest on one snapshot, and a machine of several cores reads them beside each other.
  const [first, base, subscribers, unsubscribes, funnel, moved] = await Promise.all([
    options && hitsOf(tx, population, options),
    since ? baseOf(tx, population) : [],
    since && measure.by === 'subscription' ? subscriptionHitsOf(tx, population) : null,
    since && reactions ? unsubscribesOf(tx, population, since) : [],
    since && reactions ? funnelOf(tx, ids) : [],
    since && request.whole ? movedOf(tx, ids, at) : [],
  ])
  const guardrails = [...unsubscribes, ...(await complaintsOf(tx, population, funnel))]
  const { reporting } = request.currencies
  const own = first?.currencies?.[0].toUpperCase() ?? reporting
  const several = first?.currencies && own !== first.currencies[1].toUpperCase()
  // Stored amounts are in the reporting currency: only orders of another one are worth a second look, at what they said.
  const by = several ? request.currencies : { reporting: own, rates: {} }
  const hits = options && (several || own !== reporting) ? await hitsOf(tx, population, { ...options, convert: by }) : first
  const exposed =
    since && request.whole
      ? await exposedOf(
          tx,
          population,
          funnel,
          sumOf(moved, row => row.n),
        )
      : []

  const unconvertible = Boolean(several && hits?.unconverted)
  const cells = subscribers?.cells ?? hits?.cells ?? []
  const stood = editions.filter(edition => base.some(row => row.version === edition.version))
  const last = editions.at(-1)?.document.experiment
  const evidence = evidenceOf(request, last, base, subscribers?.atRisk ?? null, cells, hits, guardrails, exposed)
  return {
    evidence: {
      ...evidence,
      before,
      moved: sumOf(moved, row => row.n),
      broken: brokenBy(
        measure,
        changeOf(stood.map(({ version, document }) => ({ version, experiment: document.experiment }))),
        unconvertible,
      ),
    },
    base: (subscribers?.atRisk ?? base.filter(row => row.measured)).map(({ arm, age, n }) => ({ arm, age, n })),
    cells,
    unit,
    moved,
    funnel: request.whole ? funnel : [],
    convertedBySteps: hits?.steps ?? [],
    guardrails,
    currency: unconvertible ? null : by.reporting,
    unconverted: hits?.unconverted ?? 0,
    cap: hits?.cap ?? null,
  }
}

function brokenBy(measure: Measure, changed: Change | null, unconvertible: boolean): Evidence['broken'] {
  if (measure.goals.length > 0 && measure.goals.every(goal => goal.counted === null))
    return {
      cause: 'noMeasure',
      because: textsIn.en.decision.noMeasure,
    }
  if (measure.kind === 'revenue' && unconvertible)
    return {
      cause: 'mixedCurrency',
      because: textsIn.en.decision.mixedCurrency,
    }
  return changed ? { cause: 'experimentChanged', because: changeIn(changed, textsIn.en), change: changed } : null
}

const sumOf = <Row>(rows: readonly Row[], value: (row: Row) => number): number => rows.reduce((sum, row) => sum + value(row), 0)

function evidenceOf(
  request: OutcomeRequest,
  experiment: Experiment | undefined,
  base: readonly BaseRow[],
  atRisk: readonly { arm: string; n: number; matured: number }[] | null,
  cells: readonly OutcomeCount[],
  hits: Hits | null,
  guardrails: readonly GuardrailRow[],
  exposed: readonly { arm: string; n: number }[],
): Omit<Evidence, 'before' | 'broken' | 'moved'> {
  const { measure, at, runs, editions } = request
  const keys = [...new Set([...armsOf(experiment).map(arm => arm.key), ...base.map(row => row.arm)])]
  const arms = keys.map((key): CountedArm => {
    const mine = base.filter(row => row.arm === key)
    const measured = mine.filter(row => row.measured)
    const seen = atRisk?.filter(row => row.arm === key) ?? measured
    const matured = sumOf(seen, row => row.matured)
    const successes =
      measure.by === 'consents' || measure.by === 'complaints'
        ? sumOf(
            guardrails.filter(row => row.arm === key && row.kind === measure.kind),
            row => row.matured,
          )
        : sumOf(
            cells.filter(cell => cell.arm === key && cell.matured && cell.success),
            cell => cell.n,
          )
    return {
      key,
      enrolled: sumOf(mine, row => row.n),
      unmeasured: sumOf(mine, row => row.n) - sumOf(seen, row => row.n),
      matured,
      maturing: sumOf(seen, row => row.n) - matured,
      converted: measure.inverted ? matured - successes : successes,
      exposed: exposed.find(row => row.arm === key)?.n ?? 0,
      sums: hits?.money.find(row => row.arm === key),
    }
  })
  const firstMatured = Math.min(...base.flatMap(row => (row.spanMs === null ? [] : [row.firstEntered.getTime() + row.spanMs])))
  const maturedDays = Math.max(0, (at.getTime() - firstMatured) / dayMs)
  const recent = sumOf(base, row => row.recent)
  return {
    measure: {
      kind: measure.kind,
      outcome: measure.outcome,
      better: measure.better,
      name: measure.name,
      ...(measure.called ? { called: measure.called } : {}),
    },
    plan: {
      error: experiment?.error ?? 0.05,
      // What was planned at the first launch: it is never changed by a later one.
      nStar:
        (editions.find(edition => edition.version === runs[0]?.version)?.document.experiment ?? experiment)?.plannedTotal ??
        plannedByDefault,
      minimumEffect: experiment?.minimumEffect ?? 0.02,
      minimumDays: experiment?.minimumDays ?? 7,
    },
    arms,
    stopped: [...new Set(runs.flatMap(run => run.stoppedArms))],
    idle: arms
      .filter(arm => arm.enrolled === 0 && armsOf(experiment).every(each => each.key !== arm.key || each.share === 0))
      .map(arm => arm.key),
    draws: editions.flatMap(edition => drawOf(edition, base, runs) ?? []),
    smallestSrmP: Math.min(1, ...runs.map(run => run.srmP ?? 1)),
    maturedDays,
    maturingPerDay: maturedDays > 0 ? recent / Math.min(7, Math.max(1, maturedDays)) : null,
    over:
      runs.length > 0 &&
      runs.every(run => run.status === 'completed' || run.status === 'stopped') &&
      sumOf(arms, arm => arm.maturing) === 0,
  }
}

/** Customers drawn under one version's weights. Those of a stopped arm are left out: nobody is drawn into it any more. */
function drawOf(edition: Edition, base: readonly BaseRow[], runs: OutcomeRequest['runs']): Draw | null {
  const rows = base.filter(row => row.version === edition.version)
  const { experiment } = edition.document
  if (rows.length === 0 || !experiment) return null
  const stopped = new Set(runs.flatMap(run => run.stoppedArms))
  const shares = new Map(armsOf(experiment).map(({ key, share }) => [key, share]))
  const keys = [...new Set([...shares.keys(), ...rows.map(row => row.arm)])].filter(key => !stopped.has(key))
  return {
    arms: keys.map(key => ({
      key,
      weight: shares.get(key) ?? 0,
      count: sumOf(
        rows.filter(row => row.arm === key),
        row => row.drawn,
      ),
    })),
  }
}
