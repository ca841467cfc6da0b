import { join, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** How far a segment's history goes. */
export interface Look {
  segment: string
  /** Hash of the rule it was looked through by. */
  rule: string
  sweptTo: Date
  /** When everybody was last asked. */
  wholeAt: Date
}

const columns = sql`segment, rule, swept_to AS "sweptTo", whole_at AS "wholeAt"`

/** The looks at all segments, held so that two sweeps do not do the same. */
export const holdLooks = (tx: Queryable): Promise<Look[]> =>
  tx.rows(sql`SELECT ${columns} FROM segment_look ORDER BY segment FOR UPDATE`)

export const holdLook = (tx: Queryable, segment: string): Promise<Look | undefined> =>
  tx.row(sql`SELECT ${columns} FROM segment_look WHERE segment = ${segment} FOR UPDATE`)

export const keepLook = (tx: Queryable, look: Look) =>
  tx.run(sql`INSERT INTO segment_look (segment, rule, swept_to, whole_at) VALUES (${look.segment}, ${look.rule}, ${look.sweptTo}, ${look.wholeAt})
    ON CONFLICT (segment) DO UPDATE SET rule = excluded.rule, swept_to = excluded.swept_to, whole_at = excluded.whole_at`)

/** Takes up to `atMost` notes of who was touched; whoever is touched while we look has a new note. */
export const takeTouched = async (tx: Queryable, atMost: number): Promise<{ customers: number[]; more: boolean }> => {
  const rows = await tx.rows<{ customer: number }>(
    sql`DELETE FROM touched WHERE id IN (SELECT id FROM touched ORDER BY id LIMIT ${atMost}) RETURNING customer`,
  )
  return { customers: [...new Set(rows.map(row => row.customer))], more: rows.length === atMost }
}

/** Some customers by number, and whoever these queries of `id` find. */
export const candidatesOf = (customers: readonly number[], queries: readonly Sql[]): Sql =>
  join([sql`SELECT unnest(${customers}::int[]) AS id`, ...queries], ' UNION ')

/**
 * Brings what is known of a segment's members to what the condition `where` (over `c`) says now about the candidates, a query of
 * `id`, or about everybody (null). Who entered and who left is written down, unless it is the first look. Answers how many moved.
 */
export async function lookThrough(
  tx: Queryable,
  look: { segment: string; candidates: Sql | null; where: Sql; at: Date; first: boolean },
): Promise<number> {
  const { segment, at, first } = look
  // Read whole before it is joined: the planner must not ask everybody and pick the candidates afterwards.
  const member = look.candidates
    ? sql`SELECT c.id FROM candidate x JOIN customer c ON c.id = x.id WHERE ${look.where}`
    : sql`SELECT c.id FROM customer c WHERE ${look.where}`
  const asked = look.candidates ? sql`m.customer IN (SELECT id FROM candidate)` : sql`true`
  return await tx.run(sql`
    WITH candidate AS MATERIALIZED (${look.candidates ?? sql`SELECT NULL::int AS id WHERE false`}),
    member AS MATERIALIZED (${member}),
    gone AS (
      DELETE FROM segment_member m WHERE m.segment = ${segment} AND ${asked} AND NOT EXISTS (SELECT 1 FROM member WHERE member.id = m.customer)
      RETURNING m.customer
    ), come AS (
      INSERT INTO segment_member (segment, customer, since) SELECT ${segment}::text, id, ${at}::timestamptz FROM member ON CONFLICT DO NOTHING RETURNING customer
    )
    INSERT INTO segment_change (segment, customer, entered, at)
    SELECT ${segment}::text, customer, entered, ${at}::timestamptz
    FROM (SELECT customer, false AS entered FROM gone UNION ALL SELECT customer, true FROM come WHERE ${!first}::boolean) moved ORDER BY customer`)
}

export interface SegmentMove {
  id: number
  externalId: string
  entered: boolean
  at: Date
}

/** Who entered and left, newest first, those before `before`. */
export const movesOf = (db: Queryable, segment: string, limit: number, before?: number): Promise<SegmentMove[]> =>
  db.rows(sql`SELECT h.id, c.external_id AS "externalId", h.entered, h.at FROM segment_change h JOIN customer c ON c.id = h.customer
    WHERE h.segment = ${segment} AND h.id < ${before ?? Number.MAX_SAFE_INTEGER}::bigint ORDER BY h.id DESC LIMIT ${limit}`)

export async function forgetHistory(tx: Queryable, segment: string): Promise<void> {
  await tx.run(sql`DELETE FROM segment_look WHERE segment = ${segment}`)
  await tx.run(sql`DELETE FROM segment_member WHERE segment = ${segment}`)
  await tx.run(sql`DELETE FROM segment_change WHERE segment = ${segment}`)
}
