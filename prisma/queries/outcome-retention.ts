import { globalSalt } from '../../domain/experiment/assign.ts'
import { orderEvent } from '../../domain/experiment/measure.ts'
import type { Buyers } from '../../domain/experiment/retention-report.ts'
import { type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { unit } from './enroll.ts'
import { eventIds } from './outcome-hits.ts'

/** What a group bought, and what its money is in. */
export interface BuyerCounts extends Buyers {
  /** Orders whose amount could not be added to the others': several currencies, and no rate for theirs. */
  unconverted: number
  /** What the sums are in: the one currency of all orders, else the reporting currency. */
  currency: string
}

/**
 * Counts buyers by group over `people`: a query of id, "group", at (the moment between `before` and `after`). Money stands in the
 * reporting currency where orders came in several; orders without a rate are left out of sums and counted.
 */
async function countBuyers(
  tx: Queryable,
  people: Sql,
  windowMs: number,
  since: Date,
  until: Date,
  convert: { reporting: string; rates: Readonly<Record<string, number>> },
): Promise<BuyerCounts[]> {
  const order = (await eventIds(tx, [orderEvent])).get(orderEvent) ?? -1
  const rate = sql`coalesce((${JSON.stringify(convert.rates)}::jsonb ->> ev.currency)::float8,
    CASE WHEN coalesce(ev.currency, ${convert.reporting}) = ${convert.reporting} THEN 1 END)`
  const span = sql`${windowMs}::float8 * interval '1 millisecond'`
  return await tx.rows<BuyerCounts>(sql`
    WITH person AS MATERIALIZED (${people}), bought AS (
      SELECT p.id, p."group",
        count(*) FILTER (WHERE ev.at <= p.at - ${span}) AS c0, count(*) FILTER (WHERE ev.at > p.at - ${span} AND ev.at <= p.at) AS c1, count(*) FILTER (WHERE ev.at > p.at) AS c2,
        coalesce(sum(ev.value * k.rate) FILTER (WHERE ev.at > p.at - ${span} AND ev.at <= p.at), 0)::float8 AS r1,
        coalesce(sum(ev.value * k.rate) FILTER (WHERE ev.at > p.at), 0)::float8 AS r2,
        coalesce(sum(ev.value) FILTER (WHERE ev.at > p.at - ${span} AND ev.at <= p.at), 0)::float8 AS raw1, coalesce(sum(ev.value) FILTER (WHERE ev.at > p.at), 0)::float8 AS raw2,
        count(*) FILTER (WHERE ev.value IS NOT NULL AND k.rate IS NULL) AS lost, min(ev.currency) AS low, max(ev.currency) AS high
      FROM person p JOIN event ev ON ev.customer = p.id CROSS JOIN LATERAL (SELECT ${rate} AS rate) k
      WHERE ev.name = ${order} AND ev.at > ${since} AND ev.at <= ${until} AND ev.at > p.at - 2 * ${span} AND ev.at <= p.at + ${span}
      GROUP BY p.id, p."group"
    ), one AS (SELECT min(low) IS NOT DISTINCT FROM max(high) AS currency, min(low) AS named FROM bought), money AS (
      SELECT b.*, CASE WHEN one.currency THEN raw1 ELSE r1 END AS y1, CASE WHEN one.currency THEN raw2 ELSE r2 END AS y2 FROM bought b CROSS JOIN one
    ), total AS (SELECT "group", count(*) AS n FROM person GROUP BY 1)
    SELECT t."group", t.n AS customers,
      count(*) FILTER (WHERE c0 > 0) AS "activeEarlier", count(*) FILTER (WHERE c1 > 0) AS "activeBefore", count(*) FILTER (WHERE c2 > 0) AS "activeAfter",
      count(*) FILTER (WHERE c0 > 0 AND c1 > 0) AS "keptBefore", count(*) FILTER (WHERE c1 > 0 AND c2 > 0) AS "keptAfter",
      count(*) FILTER (WHERE c1 > 1) AS "repeatersBefore", count(*) FILTER (WHERE c2 > 1) AS "repeatersAfter",
      coalesce(sum(y1), 0)::float8 AS "revenueBefore", coalesce(sum(y2), 0)::float8 AS "revenueAfter",
      coalesce(var_pop(y2) * count(y2) + avg(y2) ^ 2 * count(y2) * (t.n - count(y2)) / t.n, 0)::float8 AS "squaresAfter",
      coalesce(CASE WHEN bool_and(one.currency) THEN 0 ELSE sum(lost) END, 0)::int AS unconverted,
      CASE WHEN bool_and(one.currency) THEN coalesce(min(one.named), ${convert.reporting}) ELSE ${convert.reporting} END AS currency
    FROM total t CROSS JOIN one LEFT JOIN money m ON m."group" = t."group" GROUP BY t."group", t.n ORDER BY 1`)
}

export interface RetentionRequest {
  windowMs: number
  at: Date
  convert: { reporting: string; rates: Readonly<Record<string, number>> }
}

/** Treated and held-out customers of a campaign whose window after entering is over, each by the first stay. */
export async function campaignBuyers(tx: Queryable, campaign: number, request: RetentionRequest): Promise<BuyerCounts[]> {
  const { at, windowMs } = request
  const cutoff = new Date(at.getTime() - windowMs)
  const first = await tx.row<{ at: Date | null }>(sql`SELECT min(started_at) AS at FROM run WHERE campaign = ${campaign}`)
  if (!first?.at) return []
  const people = sql`SELECT DISTINCT ON (e.customer) e.customer AS id, CASE WHEN e.variant = 'holdout' THEN 'holdout' ELSE 'treated' END AS "group", e.entered_at AS at
    FROM enrollment e WHERE e.run IN (SELECT id FROM run WHERE campaign = ${campaign}) AND e.assigned IS NULL AND e.entered_at <= ${cutoff} ORDER BY e.customer, e.id`
  return await countBuyers(tx, people, windowMs, new Date(first.at.getTime() - 2 * windowMs), at, request.convert)
}

/** Everybody known before the window, by whether they are in the global holdout. */
export const programmeBuyers = (
  tx: Queryable,
  share: number,
  from: Date,
  to: Date,
  convert: RetentionRequest['convert'],
): Promise<BuyerCounts[]> => {
  const windowMs = to.getTime() - from.getTime()
  const people = sql`SELECT c.id, CASE WHEN ${unit(globalSalt)} < ${share}::float8 THEN 'holdout' ELSE 'contactable' END AS "group", ${from}::timestamptz AS at
    FROM customer c WHERE c.created_at <= ${from} AND NOT c.anonymous`
  return countBuyers(tx, people, windowMs, new Date(from.getTime() - 2 * windowMs), to, convert)
}

/** Members of the global holdout to whom a marketing message left in the window all the same: entered before, or before the share was raised. */
export const contactedInHoldout = async (tx: Queryable, share: number, from: Date, to: Date): Promise<number> =>
  (
    await tx.row<{ n: number }>(sql`SELECT count(*) AS n FROM customer c WHERE ${unit(globalSalt)} < ${share}::float8
      AND EXISTS (SELECT 1 FROM message m WHERE m.customer = c.id AND m.class = 'marketing' AND m.created_at > ${from}::timestamptz - interval '30 days' AND m.accepted_at > ${from} AND m.accepted_at <= ${to})`)
  )?.n ?? 0
