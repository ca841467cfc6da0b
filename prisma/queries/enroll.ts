import { onlyVariant } from '../../domain/campaign/campaign.ts'
import { globalSalt, holdoutKey } from '../../domain/experiment/assign.ts'
import { join, raw, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** What enrollment needs of a published campaign, rules already compiled to conditions over `c`. */
export interface EnrollmentPlan {
  campaign: number
  run: number
  version: number
  salt: string
  audience: Sql
  goals: readonly { key: string; when: Sql | null; place: number; watching: readonly number[] }[]
  /** Upper bounds of u for each arm, the holdout first; null: everybody gets the only variant. */
  arms: readonly { key: string; below: number }[] | null
  /** Milliseconds since the last entry; null: never again; 0: as soon as the last stay ended. */
  reentryAfter: number | null
  /** `ignore` for transactional campaigns that write to the global holdout too. */
  globalHoldout: 'respect' | 'ignore'
}

/** The first eight hex digits of the published hash as a number in [0, 1): the same everywhere, recomputable by anyone. */
export const unit = (salt: string): Sql =>
  sql`(('x' || encode(substring(sha256(convert_to(${`${salt}:`} || c.external_id, 'UTF8')) FROM 1 FOR 4), 'hex'))::bit(32)::bigint / 4294967296.0::float8)`

function drawnOf(arms: EnrollmentPlan['arms']): Sql {
  if (!arms) return sql`${onlyVariant}::text`
  const cases = arms.slice(0, -1).map(arm => sql`WHEN h.u < ${arm.below}::float8 THEN ${arm.key}::text`)
  return sql`CASE ${join(cases, ' ')} ELSE ${arms.at(-1)?.key}::text END`
}

/** What reviews and settings have said about who enters where. */
interface Standing {
  globalHoldout: number
  promoted: string | null
  stopped: readonly string[]
}

/** A decision holds for every run of the campaign whose experiment is still the one it was about. */
const standingOf = async (tx: Queryable, plan: EnrollmentPlan): Promise<Standing> =>
  (await tx.row<Standing>(sql`
    WITH same AS (
      SELECT r.promoted, r.promoted_at, r.stopped_arms FROM run r JOIN campaign_version v ON v.campaign = r.campaign AND v.version = r.reviewed_version
      WHERE r.campaign = ${plan.campaign} AND (r.promoted IS NOT NULL OR r.stopped_arms <> '{}') AND v.document -> 'experiment'
        = (SELECT document -> 'experiment' FROM campaign_version WHERE campaign = ${plan.campaign} AND version = ${plan.version})
    )
    SELECT coalesce((SELECT (value ->> 'globalHoldout')::float8 FROM setting WHERE id = 1), 0) AS "globalHoldout",
      (SELECT promoted FROM same WHERE promoted IS NOT NULL ORDER BY promoted_at DESC LIMIT 1) AS promoted,
      ARRAY(SELECT DISTINCT unnest(stopped_arms) FROM same) AS stopped`)) ?? { globalHoldout: 0, promoted: null, stopped: [] }

/** Who would have gone to a stopped arm goes to the widest one left, or is held out where none is. */
function replacementOf(arms: NonNullable<EnrollmentPlan['arms']>, stopped: readonly string[]): string {
  const left = arms
    .map((arm, i) => ({ key: arm.key, width: arm.below - (arms[i - 1]?.below ?? 0) }))
    .filter(arm => arm.key !== holdoutKey && !stopped.includes(arm.key) && arm.width > 0)
  return left.sort((a, b) => b.width - a.width)[0]?.key ?? holdoutKey
}

/**
 * The arm over `d.drawn` (the hash's) and `k.kept` (of the customer's first stay), and why it is not the hash's: whoever was
 * assigned keeps the arm whatever weights say now; a promoted arm takes everybody but the holdout; a stopped one takes nobody.
 */
function assignmentOf(plan: EnrollmentPlan, standing: Standing): { variant: Sql; assigned: Sql } {
  if (!plan.arms) return { variant: raw('d.drawn'), assigned: raw('NULL::text') }
  const open = plan.arms.map(arm => arm.key).filter(key => !standing.stopped.includes(key))
  const cases: { when: Sql; variant: Sql; assigned: string }[] = []
  if (plan.reentryAfter !== null)
    cases.push({ when: sql`k.kept = ANY(${open}::text[])`, variant: raw('k.kept'), assigned: 'kept' })
  if (standing.promoted !== null && !standing.stopped.includes(standing.promoted))
    cases.push({
      when: raw('true'),
      variant: sql`CASE WHEN d.drawn = ${holdoutKey} THEN d.drawn ELSE ${standing.promoted}::text END`,
      assigned: 'promoted',
    })
  if (standing.stopped.length > 0)
    cases.push({
      when: sql`d.drawn = ANY(${[...standing.stopped]}::text[])`,
      variant: sql`${replacementOf(plan.arms, standing.stopped)}::text`,
      assigned: 'replaced',
    })
  if (cases.length === 0) return { variant: raw('d.drawn'), assigned: raw('NULL::text') }
  const choose = (then: (each: (typeof cases)[number]) => Sql, otherwise: Sql) =>
    sql`CASE ${join(
      cases.map(each => sql`WHEN ${each.when} THEN ${then(each)}`),
      ' ',
    )} ELSE ${otherwise} END`
  return {
    variant: choose(each => each.variant, raw('d.drawn')),
    assigned: choose(each => sql`${each.assigned}::text`, raw('NULL::text')),
  }
}

const firstStay = (plan: EnrollmentPlan): Sql => sql`
      LEFT JOIN LATERAL (SELECT x.variant AS kept FROM enrollment x JOIN run r ON r.id = x.run
        WHERE r.campaign = ${plan.campaign} AND x.customer = c.id ORDER BY x.id LIMIT 1) k ON true`

/**
 * Whether the customer may enter (again): judged over all runs of the campaign. Asked by the index for each candidate: `OFFSET 0` keeps
 * the planner from hashing everybody who ever entered for each part of a snapshot.
 */
function mayEnter(plan: EnrollmentPlan, at: Date): Sql {
  const not = (which: Sql) => sql`NOT EXISTS (SELECT 1 FROM enrollment x WHERE x.customer = c.id
    AND x.run = ANY(ARRAY(SELECT id FROM run WHERE campaign = ${plan.campaign}))${which} OFFSET 0)`
  if (plan.reentryAfter === null) return not(raw(''))
  if (plan.reentryAfter === 0) return not(raw(` AND x.state <> 'ended'`))
  return not(sql` AND (x.state <> 'ended' OR x.entered_at > ${new Date(at.getTime() - plan.reentryAfter)})`)
}

/** Whether anybody was in a run of the campaign: one probe of the index a run. */
const anybodyStayed = async (tx: Queryable, campaign: number): Promise<boolean> =>
  (await tx.row(sql`SELECT 1 FROM run r CROSS JOIN LATERAL (SELECT 1 FROM enrollment x WHERE x.run = r.id ORDER BY x.customer, x.stay LIMIT 1) one
    WHERE r.campaign = ${campaign} LIMIT 1`)) !== undefined

/** Whom a statement looks at: `from` names the customer `c`, once each, and `event` what brought them. */
interface Candidates {
  first: Sql
  from: Sql
  event: Sql
}

/** Of a query of `customer`, `event`: each once, with their latest event. */
const named = (candidates: Sql): Candidates => ({
  first: sql`candidate AS (SELECT DISTINCT ON (customer) customer, event FROM (${candidates}) x ORDER BY customer, event DESC NULLS LAST), `,
  from: raw('candidate JOIN customer c ON c.id = candidate.customer'),
  event: raw('candidate.event'),
})

const within = ({ from, to }: { from: number; to: number }): Candidates => ({
  first: raw(''),
  from: sql`(SELECT * FROM customer WHERE id > ${from} AND id <= ${to}) c`,
  event: raw('NULL::bigint'),
})

/**
 * The statement that enrolls those of the candidates who are in the audience, may enter and match a goal. They wait to be claimed, or,
 * with `firstWave`, move in a wave for each goal, numbered from there: so only a snapshot enters, beside which nobody does, and no row is
 * written as a guess; a stay that stands nevertheless ends the transaction.
 */
async function entering(
  tx: Queryable,
  plan: EnrollmentPlan,
  candidates: Candidates,
  at: Date,
  firstWave: number | null,
): Promise<Sql> {
  const goalCases = join(
    plan.goals.map((goal, i) => sql`WHEN ${goal.when ?? raw('true')} THEN ${i}::int`),
    ' ',
  )
  // Asked beforehand where nobody can have stayed before: a table that fills as it is read is read anew for every row.
  const stayed = await anybodyStayed(tx, plan.campaign)
  const fresh = plan.reentryAfter === null || !stayed
  const stay = fresh
    ? raw('1')
    : sql`1 + coalesce((SELECT max(stay) FROM enrollment x WHERE x.run = ${plan.run} AND x.customer = m.id), 0)`
  const standing = await standingOf(tx, plan)
  const { variant, assigned } = assignmentOf(plan, standing)
  const spared = plan.globalHoldout === 'respect' && standing.globalHoldout > 0
  const goals = JSON.stringify(plan.goals.map((goal, i) => ({ i, key: goal.key, place: goal.place, watching: goal.watching })))
  const into =
    firstWave === null ? { state: 'waiting', wave: raw('NULL::int') } : { state: 'moving', wave: sql`${firstWave}::int + goal.i` }
  return sql`
    WITH ${candidates.first}goal AS (SELECT * FROM jsonb_to_recordset(${goals}::jsonb) AS g(i int, key text, place int, watching int[])),
    matched AS (
      SELECT c.id, ${candidates.event} AS event, CASE ${goalCases} END AS goal, ${variant} AS variant, ${assigned} AS assigned
      FROM ${candidates.from}
      CROSS JOIN LATERAL (SELECT ${plan.arms ? unit(plan.salt) : raw('0::float8')} AS u) h
      CROSS JOIN LATERAL (SELECT ${drawnOf(plan.arms)} AS drawn) d${plan.arms && plan.reentryAfter !== null ? firstStay(plan) : raw('')}
      WHERE (${plan.audience}) AND ${stayed ? mayEnter(plan, at) : raw('true')}${spared ? sql` AND ${unit(globalSalt)} >= ${standing.globalHoldout}::float8` : raw('')}
    )
    INSERT INTO enrollment (run, customer, stay, version, goal, variant, assigned, state, place, due, wave, watching, event, entered_at, ended_at, reason)
    SELECT ${plan.run}::int, m.id, ${stay}, ${plan.version}::int,
      goal.key, m.variant, m.assigned, CASE WHEN m.variant = 'holdout' THEN 'ended' ELSE ${into.state} END::enrollment_state, goal.place,
      CASE WHEN m.variant <> 'holdout' THEN ${at}::timestamptz END, CASE WHEN m.variant <> 'holdout' THEN ${into.wave} END, CASE WHEN m.variant = 'holdout' THEN '{}' ELSE goal.watching END, m.event, ${at}::timestamptz,
      CASE WHEN m.variant = 'holdout' THEN ${at}::timestamptz END, CASE WHEN m.variant = 'holdout' THEN 'holdout' END
    FROM matched m JOIN goal ON goal.i = m.goal${firstWave === null ? raw(' ON CONFLICT (run, customer, stay) DO NOTHING') : raw('')}`
}

/**
 * Enrolls those of `candidates` (a query of `customer`, `event`) who are in the audience, may enter and match a goal.
 * Everybody gets a goal and a variant; a holdout's stay ends as it begins and keeps its row in the population. Who is in the
 * global holdout does not enter at all, so that no arm of the campaign is the fuller for it. The caller holds the run's row, so
 * that a promotion is either before all of these entries or after.
 */
export const enroll = async (tx: Queryable, plan: EnrollmentPlan, candidates: Sql, at: Date): Promise<number> =>
  await tx.run(await entering(tx, plan, named(candidates), at, null))

/** The next range of customer numbers of a run's snapshot, held until the transaction ends; null when nobody is left. */
async function nextRange(
  tx: Queryable,
  run: number,
  size: number,
): Promise<{ from: number; to: number; customers: number } | null> {
  await tx.run(sql`INSERT INTO snapshot_reach (run) VALUES (${run}) ON CONFLICT DO NOTHING`)
  const reach = await tx.row<{ from: number }>(sql`SELECT customer AS "from" FROM snapshot_reach WHERE run = ${run} FOR UPDATE`)
  if (!reach) return null
  const part = await tx.row<{ to: number | null; customers: number }>(
    sql`SELECT max(id) AS "to", count(*)::int AS customers FROM (SELECT id FROM customer WHERE id > ${reach.from} ORDER BY id LIMIT ${size}) part`,
  )
  if (!part || part.to === null) return null
  await tx.run(sql`UPDATE snapshot_reach SET customer = ${part.to} WHERE run = ${run}`)
  return { from: reach.from, to: part.to, customers: part.customers }
}

/** The next part of the audience snapshot: a range of customer numbers, so that a restart goes on where it was. */
export async function enrollPart(
  tx: Queryable,
  plan: EnrollmentPlan,
  size: number,
  at: Date,
): Promise<{ entered: number; more: boolean }> {
  const range = await nextRange(tx, plan.run, size)
  if (!range) return { entered: 0, more: false }
  return { entered: await tx.run(await entering(tx, plan, within(range), at, null)), more: true }
}

/**
 * The next part of the snapshot straight into waves, one for each goal: who enters so is written once less than who waits first.
 * Answers which share of the customers looked at entered; 0 when nobody is left.
 */
export async function enrollWaves(
  tx: Queryable,
  plan: EnrollmentPlan,
  size: number,
  firstWave: number,
  at: Date,
): Promise<{ waves: { wave: number; place: number; size: number }[]; share: number }> {
  const range = await nextRange(tx, plan.run, size)
  if (!range) return { waves: [], share: 0 }
  const entered = await entering(tx, plan, within(range), at, firstWave)
  const groups = await tx.rows<{ wave: number | null; place: number; size: number }>(sql`
    WITH entered AS (${entered} RETURNING wave, place)
    SELECT wave, min(place) AS place, count(*)::int AS size FROM entered GROUP BY wave ORDER BY wave`)
  return {
    // Who is held out has ended and is in no wave.
    waves: groups.flatMap(({ wave, ...group }) => (wave === null ? [] : [{ wave, ...group }])),
    share: groups.reduce((sum, group) => sum + group.size, 0) / range.customers,
  }
}
