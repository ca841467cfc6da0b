import { join, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** How far a segment's history goes. */
export interface Look {
  segment: string
  /** Hash of the rule it was looked through by. */
  rule: string
  sweptTo: Date
  /**
   * Set since everybody was asked by a rule that was new, until nobody writes any more who began before that and may have noted
   * nothing: a transaction's number, before which none may be under way.
   */
  since: number | null
}

const columns = sql`segment, rule, swept_to AS "sweptTo", since`

/** The looks at all segments, held so that two sweeps do not do the same. */
export const holdLooks = (tx: Queryable): Promise<Look[]> =>
  tx.rows(sql`SELECT ${columns} FROM segment_look ORDER BY segment FOR UPDATE`)

export const holdLook = (tx: Queryable, segment: string): Promise<Look | undefined> =>
  tx.row(sql`SELECT ${columns} FROM segment_look WHERE segment = ${segment} FOR UPDATE`)

export const keepLook = (tx: Queryable, look: Look) =>
  tx.run(sql`INSERT INTO segment_look (segment, rule, swept_to, since) VALUES (${look.segment}, ${look.rule}, ${look.sweptTo}, ${look.since})
    ON CONFLICT (segment) DO UPDATE SET rule = excluded.rule, swept_to = excluded.swept_to, since = excluded.since`)

/** The oldest transaction that is under way, and the one that begins next; whether no other writes, as in a simulation none does. */
export const transactionsNow = async (tx: Queryable): Promise<{ oldest: number; next: number; alone: boolean }> =>
  (await tx.row<{ oldest: number; next: number; alone: boolean }>(sql`
    SELECT pg_snapshot_xmin(s)::text::bigint AS oldest, pg_snapshot_xmax(s)::text::bigint AS next,
      current_setting('transaction_read_only') = 'on' OR NOT EXISTS (SELECT 1 FROM pg_snapshot_xip(s)) AS alone
    FROM pg_current_snapshot() s`))!

/** Has everybody asked again at the next look: something changed that nobody notes. Null: of all segments. */
export const lookAtEverybody = (tx: Queryable, segments: readonly string[] | null): Promise<number> =>
  tx.run(sql`UPDATE segment_look SET since = pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    WHERE ${segments === null ? sql`true` : sql`segment = ANY(${segments}::text[])`}`)

/**
 * Takes the notes of who was touched: who they are, or null where they are more than `atMost`. Whoever is touched while we look has a
 * new note.
 */
export async function takeTouched(tx: Queryable, atMost: number): Promise<readonly number[] | null> {
  const rows = await tx.rows<{ customer: number }>(
    sql`WITH taken AS (DELETE FROM touched RETURNING customer) SELECT DISTINCT customer FROM taken LIMIT ${atMost + 1}`,
  )
  return rows.length > atMost ? null : rows.map(row => row.customer)
}

/** Some customers by number, whoever these queries of `id` find, and those whose time has come. */
export const candidatesOf = (segment: string, customers: readonly number[], crossers: readonly Sql[], at: Date): Sql =>
  join(
    [
      sql`SELECT unnest(${customers}::int[]) AS id`,
      ...crossers,
      sql`SELECT d.customer AS id FROM segment_due d WHERE d.segment = ${segment} AND d.due <= ${at}::timestamptz`,
    ],
    ' UNION ',
  )

/** Has one segment be looked through by everybody at the next look, as if its rule were new: a look at it failed. */
export const lookAnew = (tx: Queryable, segment: string): Promise<number> =>
  tx.run(sql`UPDATE segment_look SET rule = '' WHERE segment = ${segment}`)

/** Has everybody be asked at the next look, whatever else is under way: more changed than can be told one by one. */
export const lookWhole = (tx: Queryable, segments: readonly string[]): Promise<number> =>
  tx.run(sql`UPDATE segment_look SET since = 0 WHERE segment = ANY(${segments}::text[])`)

/** One look at everybody of a segment after the other, also where there was none that could be held. */
export const oneLooks = (tx: Queryable, segment: string): Promise<number> =>
  tx.run(sql`SELECT pg_advisory_xact_lock(hashtext('segment_look'), hashtext(${segment}))`)

interface Looking {
  segment: string
  /** A query of `id`; null: everybody. */
  candidates: Sql | null
  /** The rule, over `c`. */
  where: Sql
  /** When time alone may next change the answer of `c`, where no index tells; undefined: never. */
  next: Sql | undefined
  at: Date
  /** Whether nothing is known yet: who is in it has not entered now. */
  first: boolean
}

/**
 * Brings what is known of a segment's members to what the rule says now about the candidates or everybody, and when each is to be
 * asked again. Who entered and who left is written down, unless it is the first look. Answers how many moved.
 */
export async function lookThrough(tx: Queryable, { segment, candidates, where, next, at, first }: Looking): Promise<number> {
  // Read whole before it is joined: the planner must not ask everybody and pick the candidates afterwards.
  const asked = candidates ? sql`candidate x JOIN customer c ON c.id = x.id` : sql`customer c`
  const isAsked = (customer: Sql) => (candidates ? sql`${customer} IN (SELECT id FROM candidate)` : sql`true`)
  return await tx.run(sql`
    WITH candidate AS MATERIALIZED (${candidates ?? sql`SELECT NULL::int AS id WHERE false`}),
    member AS MATERIALIZED (SELECT c.id FROM ${asked} WHERE ${where}),
    coming AS MATERIALIZED (${next ? sql`SELECT * FROM (SELECT c.id, ${next} AS due FROM ${asked}) n WHERE due IS NOT NULL` : sql`SELECT NULL::int AS id, NULL::timestamptz AS due WHERE false`}),
    past AS (
      DELETE FROM segment_due d WHERE d.segment = ${segment} AND ${isAsked(sql`d.customer`)} AND NOT EXISTS (SELECT 1 FROM coming WHERE coming.id = d.customer)
    ), due AS (
      INSERT INTO segment_due AS d (segment, customer, due) SELECT ${segment}::text, id, due FROM coming
      WHERE NOT EXISTS (SELECT 1 FROM segment_due k WHERE k.segment = ${segment} AND k.customer = coming.id AND k.due = coming.due)
      ON CONFLICT (segment, customer) DO UPDATE SET due = excluded.due
    ), gone AS (
      DELETE FROM segment_member m WHERE m.segment = ${segment} AND ${isAsked(sql`m.customer`)} AND NOT EXISTS (SELECT 1 FROM member WHERE member.id = m.customer)
      RETURNING m.customer
    ), come AS (
      INSERT INTO segment_member (segment, customer, since) SELECT ${segment}::text, id, ${at}::timestamptz FROM member
      WHERE NOT EXISTS (SELECT 1 FROM segment_member m WHERE m.segment = ${segment} AND m.customer = member.id) ON CONFLICT DO NOTHING RETURNING customer
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
  await tx.run(sql`DELETE FROM segment_due WHERE segment = ${segment}`)
  await tx.run(sql`DELETE FROM segment_change WHERE segment = ${segment}`)
}
