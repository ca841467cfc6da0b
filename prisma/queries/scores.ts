import type { CustomerScore, ScoreFacts } from '../../domain/metric/score.ts'
import { type ScoreModel, type ScoreSettings, scoreSettingsSchema } from '../../domain/metric/score-model.ts'
import { raw, type Sql, sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'
import { scoreOf } from './metrics/surveys.ts'
import type { Reading } from './score-purchases.ts'

/** What can be set about scores, and the version that stands: 0 until somebody sets it. */
export async function readScoreSettings(db: Queryable): Promise<{ settings: ScoreSettings; version: number }> {
  const row = await db.row<{ value: unknown; version: number }>(sql`SELECT value, version FROM score_setting WHERE id = 1`)
  return row
    ? { settings: scoreSettingsSchema.parse(row.value), version: row.version }
    : { settings: scoreSettingsSchema.parse({}), version: 0 }
}

/** Replaces them; `check` sees the version that stands and may refuse. Answers the new version. */
export const writeScoreSettings = (
  db: Db,
  settings: ScoreSettings,
  check: (standing: number, tx: Queryable) => void | Promise<void>,
): Promise<number> =>
  db.transaction(async tx => {
    await tx.run(sql`LOCK TABLE score_setting IN SHARE ROW EXCLUSIVE MODE`)
    const standing = (await tx.row<{ version: number }>(sql`SELECT version FROM score_setting WHERE id = 1`))?.version ?? 0
    await check(standing, tx)
    await tx.run(sql`INSERT INTO score_setting (id, value, version) VALUES (1, ${JSON.stringify(settings)}::jsonb, ${standing + 1})
      ON CONFLICT (id) DO UPDATE SET value = excluded.value, version = excluded.version`)
    return standing + 1
  })

export const insertModel = async (db: Queryable, at: Date, model: ScoreModel): Promise<number> =>
  (await db.row<{ id: number }>(
    sql`INSERT INTO score_model (at, model) VALUES (${at}, ${JSON.stringify(model)}::jsonb) RETURNING id`,
  ))!.id

export interface ModelRow {
  id: number
  at: Date
  model: ScoreModel
  scored: number | null
  completedAt: Date | null
}

const modelColumns = sql`id, at, model, scored, completed_at AS "completedAt"`
export const findModel = (db: Queryable, id: number): Promise<ModelRow | undefined> =>
  db.row(sql`SELECT ${modelColumns} FROM score_model WHERE id = ${id}`)

/** The newest refreshes, the last one first. */
export const lastModels = (db: Queryable, limit: number): Promise<ModelRow[]> =>
  db.rows(sql`SELECT ${modelColumns} FROM score_model ORDER BY id DESC LIMIT ${limit}`)

export const completeModel = (db: Queryable, id: number, scored: number, at: Date): Promise<number> =>
  db.run(sql`UPDATE score_model SET scored = ${scored}, completed_at = ${at} WHERE id = ${id}`)

/** The highest customer number there is. */
export const lastCustomer = async (tx: Queryable): Promise<number> =>
  (await tx.row<{ id: number | null }>(sql`SELECT max(id) AS id FROM customer`))?.id ?? 0

type Rest = Pick<ScoreFacts, 'engagement' | 'subscription' | 'nps' | 'csat'> & { customer: number }

/** What else is known of customers in (after, upTo] who ever did or have anything, as of the reading. */
export async function readSignals(tx: Queryable, { eventId, asOf }: Reading, after: number, upTo: number): Promise<Rest[]> {
  const ago = (days: number) => new Date(asOf.getTime() - days * 86_400_000)
  const survey = eventId('Survey Answered') ?? 0
  // What lies outside the scale is no answer, and takes none away.
  const latest = (name: string, isAnswer: Sql) =>
    sql`(array_agg(a.score ORDER BY e.at DESC, e.id DESC) FILTER (WHERE e.properties ->> 'survey' = ${name} AND ${isAnswer}))[1]`
  const rows = await tx.rows<Omit<Rest, 'engagement'> & { seen: boolean; recent: number; before: number }>(sql`
    SELECT c.id AS customer, l.at IS NOT NULL AS seen, coalesce(d.recent, 0)::int AS recent, coalesce(d.before, 0)::int AS before,
      s.status AS subscription, a.nps, a.csat
    FROM customer c
    LEFT JOIN last_seen l ON l.customer = c.id
    LEFT JOIN subscription s ON s.customer = c.id
    LEFT JOIN (SELECT e.customer, count(*) FILTER (WHERE e.at > ${ago(30)}::timestamptz) AS recent, count(*) FILTER (WHERE e.at <= ${ago(30)}::timestamptz) AS before
      FROM event e WHERE e.customer > ${after} AND e.customer <= ${upTo} AND e.at > ${ago(60)}::timestamptz AND e.at <= ${asOf}::timestamptz GROUP BY e.customer) d ON d.customer = c.id
    LEFT JOIN (SELECT e.customer, ${latest('nps', sql`a.score BETWEEN 0 AND 10 AND a.score = trunc(a.score)`)} AS nps, ${latest('csat', sql`a.score BETWEEN 1 AND 5`)} AS csat
      FROM event_stat t JOIN event e ON e.customer = t.customer AND e.name = t.name AND e.at <= ${asOf}::timestamptz CROSS JOIN LATERAL (SELECT ${scoreOf(sql`e`)} AS score) a
      WHERE t.name = ${survey}::int AND t.customer > ${after} AND t.customer <= ${upTo} GROUP BY e.customer) a ON a.customer = c.id
    WHERE c.id > ${after} AND c.id <= ${upTo} AND (l.at IS NOT NULL OR s.customer IS NOT NULL) ORDER BY c.id`)
  return rows.map(({ seen, recent, before, ...row }) => ({ ...row, engagement: seen ? { recent, before } : null }))
}

/** Whether a saved segment asks for scores: then whose changed is to be looked at again. */
const isAsked = raw(
  `EXISTS (SELECT 1 FROM segment WHERE ${['lifecycle', 'rfm', 'health', 'churnRisk', 'superHealthy'].map(kind => `rule @? '$.**.${kind}'`).join(' OR ')})`,
)

/**
 * Stores scores as of `at`, and keeps a change where the stage or the whole number of the health is another. Scores that are
 * newer stay; who was erased meanwhile gets none.
 */
export async function storeScores(
  db: Queryable,
  at: Date,
  scores: readonly { customer: number; score: CustomerScore }[],
): Promise<void> {
  const rows = scores.map(({ customer, score }) => {
    const { lifecycle, rfm, health, churn, superHealthy } = score
    return {
      c: customer,
      r: rfm?.recency ?? null,
      f: rfm?.frequency ?? null,
      m: rfm?.monetary ?? null,
      l: lifecycle.stage,
      h: health.value,
      k: churn.risk,
      s: superHealthy,
      x: score,
    }
  })
  await db.run(sql`
    WITH input AS MATERIALIZED (
      SELECT i.* FROM json_to_recordset(${JSON.stringify(rows)}::json) AS i (c int, r int2, f int2, m int2, l text, h float8, k float8, s boolean, x jsonb)
      JOIN customer ON customer.id = i.c
    ), old AS MATERIALIZED (
      SELECT o.customer, o.at, o.recency, o.frequency, o.monetary, o.lifecycle, o.health, o.churn_risk, o.super_healthy FROM customer_score o JOIN input i ON i.c = o.customer
    ), change AS (
      INSERT INTO customer_score_change (customer, at, lifecycle, health, churn_risk)
      SELECT i.c, ${at}::timestamptz, i.l, i.h, i.k FROM input i LEFT JOIN old o ON o.customer = i.c
      WHERE o.customer IS NULL OR (o.at < ${at}::timestamptz AND (o.lifecycle IS DISTINCT FROM i.l OR round(o.health) IS DISTINCT FROM round(i.h)))
    ), note AS (
      INSERT INTO touched (customer) SELECT i.c FROM input i LEFT JOIN old o ON o.customer = i.c
      WHERE (o.recency, o.frequency, o.monetary, o.lifecycle, o.health, o.churn_risk, o.super_healthy) IS DISTINCT FROM (i.r, i.f, i.m, i.l, i.h, i.k, i.s)
        AND ${isAsked}
    )
    INSERT INTO customer_score AS t (customer, at, recency, frequency, monetary, lifecycle, health, churn_risk, super_healthy, facts)
    SELECT c, ${at}::timestamptz, r, f, m, l, h, k, s, x FROM input
    ON CONFLICT (customer) DO UPDATE SET at = excluded.at, recency = excluded.recency, frequency = excluded.frequency, monetary = excluded.monetary,
      lifecycle = excluded.lifecycle, health = excluded.health, churn_risk = excluded.churn_risk, super_healthy = excluded.super_healthy, facts = excluded.facts
    WHERE t.at <= excluded.at`)
}

export interface ScoreRow {
  customer: number
  externalId: string
  at: Date | null
  score: CustomerScore | null
}

/** A customer with their scores, if they were ever scored; undefined where there is no such customer. */
export const findScore = (db: Queryable, externalId: string): Promise<ScoreRow | undefined> =>
  db.row(sql`SELECT c.id AS customer, c.external_id AS "externalId", s.at, s.facts AS score FROM customer c
    LEFT JOIN customer_score s ON s.customer = c.id WHERE c.external_id = ${externalId}`)

export interface ScoreChange {
  at: Date
  lifecycle: string | null
  health: number | null
  churnRisk: number | null
}

/** How a customer's scores changed, newest first. */
export const scoreChanges = (db: Queryable, customer: number, limit: number): Promise<ScoreChange[]> =>
  db.rows(sql`SELECT at, lifecycle, health, churn_risk AS "churnRisk" FROM customer_score_change
    WHERE customer = ${customer} ORDER BY id DESC LIMIT ${limit}`)
