import type { Recent } from '../../domain/segment/predicate-kind.ts'
import { join, raw, type Sql, sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'
import { type Stretches, stretchOf } from './simulated-past.ts'

/**
 * Works out beforehand in which stretch of a past whose answer to a part of a rule changes by what they do or by its becoming too long
 * ago: a row for each customer and stretch. Everything they do is known, so that nobody need be asked who only did more of the same.
 */
export async function layOutCrossings(db: Db, parts: readonly Recent[], stretches: Stretches): Promise<void> {
  await db.run(sql`CREATE TEMP TABLE crossing AS
    ${join([sql`SELECT NULL::int AS customer, NULL::int AS stretch WHERE false`, ...parts.map(part => crossingsOf(part, stretches))], ' UNION ')}`)
  await db.run(raw('CREATE INDEX ON pg_temp.crossing (stretch)'))
  await db.run(raw('ANALYZE pg_temp.crossing'))
}

/** Who crosses in which stretch, as a query of `customer`, `stretch`. */
function crossingsOf({ events, forMs, enough }: Recent, { from, to, origin, stretchMs }: Stretches): Sql {
  const life = sql`${forMs ?? 0}::float8 * interval '1 millisecond'`
  const stretch = (at: Sql) => stretchOf(at, { origin, stretchMs })
  const counted = forMs === null ? sql`e.at <= ${to}` : sql`e.at <= ${to} AND e.at > ${from}::timestamptz - ${life}`
  const comes = sql`SELECT e.customer, CASE WHEN e.at <= ${from} THEN 0 ELSE ${stretch(raw('e.at'))} END AS stretch, 1 AS n
    FROM event e JOIN simulated s ON s.id = e.customer WHERE ${events} AND ${counted}`
  const goes = sql`SELECT e.customer, ${stretch(sql`e.at + ${life}`)} AS stretch, -1 AS n
    FROM event e JOIN simulated s ON s.id = e.customer WHERE ${events} AND ${counted} AND e.at <= ${to}::timestamptz - ${life}`
  const moves = sql`SELECT customer, stretch, sum(n)::int AS n FROM (${forMs === null ? comes : sql`${comes} UNION ALL ${goes}`}) m GROUP BY 1, 2`
  if (enough === null) return sql`SELECT customer, stretch FROM (${moves}) m WHERE stretch > 0`
  return sql`
    SELECT customer, stretch FROM (
      SELECT customer, stretch, holds, lag(holds, 1, ${enough(raw('0'))}) OVER (PARTITION BY customer ORDER BY stretch) AS held
      FROM (SELECT customer, stretch, ${enough(sql`sum(n) OVER (PARTITION BY customer ORDER BY stretch)`)} AS holds FROM (${moves}) m) counted
    ) told WHERE stretch > 0 AND holds <> held`
}

/** Notes who crosses in a stretch for the look at its end, which need not look for them. */
export async function noteCrossings(db: Queryable, segment: string, stretch: number, at: Date): Promise<void> {
  await db.run(sql`INSERT INTO touched (customer) SELECT customer FROM crossing WHERE stretch = ${stretch}`)
  await db.run(sql`UPDATE segment_look SET swept_to = ${at} WHERE segment = ${segment}`)
}
