import { onlyVariant } from '../../domain/campaign/campaign.ts'
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
}

/** The first eight hex digits of the published hash as a number in [0, 1): the same everywhere, recomputable by anyone. */
const unit = (salt: string): Sql =>
  sql`(('x' || encode(substring(sha256(convert_to(${`${salt}:`} || c.external_id, 'UTF8')) FROM 1 FOR 4), 'hex'))::bit(32)::bigint / 4294967296.0::float8)`

function variantOf(arms: EnrollmentPlan['arms']): Sql {
  if (!arms) return sql`${onlyVariant}::text`
  const cases = arms.slice(0, -1).map(arm => sql`WHEN h.u < ${arm.below}::float8 THEN ${arm.key}::text`)
  return sql`CASE ${join(cases, ' ')} ELSE ${arms.at(-1)?.key}::text END`
}

/** Whether the customer may enter (again): judged over all runs of the campaign. */
function mayEnter(plan: EnrollmentPlan, at: Date): Sql {
  const earlier = sql`SELECT 1 FROM enrollment x JOIN run r ON r.id = x.run WHERE r.campaign = ${plan.campaign} AND x.customer = c.id`
  if (plan.reentryAfter === null) return sql`NOT EXISTS (${earlier})`
  if (plan.reentryAfter === 0) return sql`NOT EXISTS (${earlier} AND x.state <> 'ended')`
  const since = new Date(at.getTime() - plan.reentryAfter)
  return sql`NOT EXISTS (${earlier} AND (x.state <> 'ended' OR x.entered_at > ${since}))`
}

/**
 * Enrolls those of `candidates` (a query of `customer`, `event`) who are in the audience, may enter and match a goal.
 * Everybody gets a goal and a variant; a holdout's stay ends as it begins and keeps its row in the population.
 */
export async function enroll(tx: Queryable, plan: EnrollmentPlan, candidates: Sql, at: Date): Promise<number> {
  const goalCases = join(
    plan.goals.map((goal, i) => sql`WHEN ${goal.when ?? raw('true')} THEN ${i}::int`),
    ' ',
  )
  const goals = JSON.stringify(plan.goals.map((goal, i) => ({ i, key: goal.key, place: goal.place, watching: goal.watching })))
  return await tx.run(sql`
    WITH candidate AS (SELECT DISTINCT ON (customer) customer, event FROM (${candidates}) x ORDER BY customer, event DESC NULLS LAST),
    goal AS (SELECT * FROM jsonb_to_recordset(${goals}::jsonb) AS g(i int, key text, place int, watching int[])),
    matched AS (
      SELECT c.id, candidate.event, CASE ${goalCases} END AS goal, ${variantOf(plan.arms)} AS variant
      FROM candidate JOIN customer c ON c.id = candidate.customer
      CROSS JOIN LATERAL (SELECT ${plan.arms ? unit(plan.salt) : raw('0::float8')} AS u) h
      WHERE (${plan.audience}) AND ${mayEnter(plan, at)}
    )
    INSERT INTO enrollment (run, customer, stay, version, goal, variant, state, place, due, watching, event, entered_at, ended_at, reason)
    SELECT ${plan.run}::int, m.id, 1 + coalesce((SELECT max(stay) FROM enrollment x WHERE x.run = ${plan.run} AND x.customer = m.id), 0), ${plan.version}::int,
      goal.key, m.variant, CASE WHEN m.variant = 'holdout' THEN 'ended' ELSE 'waiting' END::enrollment_state, goal.place,
      CASE WHEN m.variant <> 'holdout' THEN ${at}::timestamptz END, CASE WHEN m.variant = 'holdout' THEN '{}' ELSE goal.watching END, m.event, ${at}::timestamptz,
      CASE WHEN m.variant = 'holdout' THEN ${at}::timestamptz END, CASE WHEN m.variant = 'holdout' THEN 'holdout' END
    FROM matched m JOIN goal ON goal.i = m.goal
    ON CONFLICT (run, customer, stay) DO NOTHING`)
}

/** The next part of the audience snapshot: a range of customer numbers, so that a restart goes on where it was. */
export async function enrollPart(
  tx: Queryable,
  plan: EnrollmentPlan,
  size: number,
  at: Date,
): Promise<{ entered: number; more: boolean }> {
  const range = await tx.row<{ from: number; to: number | null }>(sql`
    SELECT r.snapshot_to AS "from", (SELECT max(id) FROM (SELECT id FROM customer WHERE id > r.snapshot_to ORDER BY id LIMIT ${size}) part) AS "to"
    FROM run r WHERE r.id = ${plan.run} FOR UPDATE`)
  if (!range || range.to === null) return { entered: 0, more: false }
  const candidates = sql`SELECT id AS customer, NULL::bigint AS event FROM customer WHERE id > ${range.from} AND id <= ${range.to}`
  const entered = await enroll(tx, plan, candidates, at)
  await tx.run(sql`UPDATE run SET snapshot_to = ${range.to} WHERE id = ${plan.run}`)
  return { entered, more: true }
}
