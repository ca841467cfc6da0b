import { writtenIn } from '../../domain/campaign/triggers/date.ts'
import { forOthers, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** The days of an attribute as `customer_date` keeps them, read from the profiles of everybody, or of those `whom` (over `c`) holds for. */
export const datesOf = (attribute: string, whom: Sql = sql`true`): Sql => sql`
  SELECT ${attribute}::text AS attribute, c.id AS customer, coalesce(c.timezone, '') AS zone, x.day,
    (extract(month FROM x.day) * 100 + extract(day FROM x.day))::smallint AS month_day, CASE WHEN length(x.written) > 10 THEN x.moment END AS moment
  FROM customer c CROSS JOIN LATERAL (SELECT ${writtenIn(attribute)} AS value) v
  CROSS JOIN LATERAL (SELECT v.value #>> '{}' AS written, moment_of(v.value) AS moment, CASE WHEN moment_of(v.value) IS NOT NULL THEN left(v.value #>> '{}', 10)::date END AS day) x
  WHERE x.moment IS NOT NULL AND ${whom}`

/** Keeps what is kept of an attribute's days as it is until the transaction is over: what is noted after it is for the next sweep. */
export const keepDates = (tx: Queryable, attribute: string) =>
  tx.run(forOthers(sql`SELECT 1 FROM followed_date WHERE attribute = ${attribute} FOR SHARE`))

/** The attributes whose days are followed, held so that two sweeps do not do the same. */
export const holdFollowed = (tx: Queryable) =>
  tx.rows<{ attribute: string; whole: boolean }>(sql`SELECT attribute, whole FROM followed_date ORDER BY attribute FOR UPDATE`)

/** Follows these attributes from now on, and no others. */
export async function followOnly(tx: Queryable, attributes: readonly string[]): Promise<void> {
  if (attributes.length > 0)
    await tx.run(sql`INSERT INTO followed_date (attribute, since)
    SELECT a, pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM unnest(${[...new Set(attributes)].sort()}::text[]) AS a ON CONFLICT DO NOTHING`)
  const gone = await tx.rows<{ attribute: string }>(
    sql`DELETE FROM followed_date WHERE NOT attribute = ANY(${attributes}::text[]) RETURNING attribute`,
  )
  if (gone.length > 0)
    await tx.run(sql`DELETE FROM customer_date WHERE attribute = ANY(${gone.map(each => each.attribute)}::text[])`)
}

/**
 * Brings the followed days to what the profiles say, of these customers (null: of everybody); of an attribute that was not read whole yet, of everybody. That
 * is done again as long as somebody may write who began before it was followed, and so noted nothing. A date that is new or another is noted
 * as of `at`, and in any case after every sweep so far.
 */
export async function refreshDates(tx: Queryable, customers: readonly number[] | null, at: Date): Promise<void> {
  for (const { attribute, whole } of await holdFollowed(tx)) {
    if (whole && customers?.length === 0) continue
    const settled = await tx.row<{ whole: boolean }>(
      sql`UPDATE followed_date SET whole = whole OR pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= since WHERE attribute = ${attribute} RETURNING whole`,
    )
    if (!settled) continue
    const some = whole && customers !== null
    // Of an attribute that is read for the first time nothing is news.
    const noted = whole
      ? sql`greatest(${at}::timestamptz, (SELECT max(swept_to) + interval '1 millisecond' FROM run))`
      : sql`NULL::timestamptz`
    const whom = some ? sql`c.id = ANY(${customers}::int[])` : sql`true`
    await tx.run(sql`
      WITH dated AS MATERIALIZED (${datesOf(attribute, whom)}),
      gone AS (DELETE FROM customer_date d WHERE d.attribute = ${attribute} AND ${some ? sql`d.customer = ANY(${customers}::int[])` : sql`true`}
        AND NOT EXISTS (SELECT 1 FROM dated WHERE dated.customer = d.customer))
      INSERT INTO customer_date AS d (attribute, customer, zone, day, month_day, moment, noted_at) SELECT attribute, customer, zone, day, month_day, moment, ${noted} FROM dated
      ON CONFLICT (attribute, customer) DO UPDATE SET zone = excluded.zone, day = excluded.day, month_day = excluded.month_day, moment = excluded.moment,
        noted_at = CASE WHEN (d.day, d.moment) IS DISTINCT FROM (excluded.day, excluded.moment) THEN excluded.noted_at ELSE d.noted_at END
      WHERE (d.zone, d.day, d.moment) IS DISTINCT FROM (excluded.zone, excluded.day, excluded.moment)`)
  }
}

/** Every zone there is among the days of an attribute, as written: by hopping from one to the next in the index. */
export const zonesOf = async (tx: Queryable, attribute: string): Promise<string[]> =>
  (
    await tx.rows<{ zone: string }>(sql`
      WITH RECURSIVE hop AS (
        (SELECT zone FROM customer_date WHERE attribute = ${attribute} ORDER BY zone LIMIT 1)
        UNION ALL
        SELECT (SELECT d.zone FROM customer_date d WHERE d.attribute = ${attribute} AND d.zone > hop.zone ORDER BY d.zone LIMIT 1) FROM hop WHERE hop.zone IS NOT NULL
      ) SELECT zone FROM hop WHERE zone IS NOT NULL`)
  ).map(row => row.zone)
