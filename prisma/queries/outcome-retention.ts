import { globalSalt } from '../../domain/experiment/assign.ts'
import { orderEvent } from '../../domain/experiment/measure.ts'
import type { Buyers } from '../../domain/experiment/retention-report.ts'
import { raw, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { unit } from './enroll.ts'
import { type Convert, faceAmount, rateOf } from './order-amount.ts'
import { eventIds } from './outcome-hits.ts'

/** What a group bought, and what its money is in. */
export interface BuyerCounts extends Buyers {
  /** Orders whose amount could not be added to the others': several currencies, and no rate for theirs. */
  unconverted: number
  /** What the sums are in: the one currency of all orders, else the reporting currency. */
  currency: string
}

/**
 * Counts buyers by group over `people`: a query of id, "group", at (the moment between `before` and `after`). Money is in the currency
 * of all orders where there is one, else in the reporting currency; orders without a rate are left out of sums and counted.
 */
async function countBuyers(
  tx: Queryable,
  people: Sql,
  windowMs: number,
  since: Date,
  until: Date,
  convert: Convert,
  activeEvent: string = orderEvent,
): Promise<BuyerCounts[]> {
  const ids = await eventIds(tx, [orderEvent, activeEvent])
  const [order, active] = [ids.get(orderEvent) ?? -1, ids.get(activeEvent) ?? -1]
  const span = sql`${windowMs}::float8 * interval '1 millisecond'`
  // One number when the two are the same, and then nothing to tell apart.
  const is = (name: number) => (order === active ? raw('true') : sql`ev.name = ${name}::int`)
  const count = (amount: Sql, lost: Sql) =>
    tx.rows<Omit<BuyerCounts, 'currency'> & { low: string | null; high: string | null }>(sql`
    WITH person AS MATERIALIZED (${people}), bought AS (
      SELECT p.id, p."group",
        count(*) FILTER (WHERE ${is(active)} AND ev.at <= p.at - ${span}) AS c0, count(*) FILTER (WHERE ${is(active)} AND ev.at > p.at - ${span} AND ev.at <= p.at) AS c1,
        count(*) FILTER (WHERE ${is(active)} AND ev.at > p.at) AS c2,
        count(*) FILTER (WHERE ${is(order)} AND ev.at > p.at - ${span} AND ev.at <= p.at) AS o1, count(*) FILTER (WHERE ${is(order)} AND ev.at > p.at) AS o2,
        coalesce(sum(${amount}) FILTER (WHERE ${is(order)} AND ev.at > p.at - ${span} AND ev.at <= p.at), 0)::float8 AS y1,
        coalesce(sum(${amount}) FILTER (WHERE ${is(order)} AND ev.at > p.at), 0)::float8 AS y2,
        count(*) FILTER (WHERE ${is(order)} AND ${lost}) AS lost, min(upper(ev.currency)) FILTER (WHERE ${is(order)}) AS low, max(upper(ev.currency)) FILTER (WHERE ${is(order)}) AS high
      FROM person p JOIN event ev ON ev.customer = p.id
      WHERE ev.name = ANY(${[...new Set([order, active])]}::int[]) AND ev.at > ${since} AND ev.at <= ${until} AND ev.at > p.at - 2 * ${span} AND ev.at <= p.at + ${span}
      GROUP BY p.id, p."group"
    ), one AS (SELECT min(low) AS low, max(high) AS high FROM bought), total AS (SELECT "group", count(*) AS n FROM person GROUP BY 1)
    SELECT t."group", t.n AS customers,
      count(*) FILTER (WHERE c0 > 0) AS "activeEarlier", count(*) FILTER (WHERE c1 > 0) AS "activeBefore", count(*) FILTER (WHERE c2 > 0) AS "activeAfter",
      count(*) FILTER (WHERE c0 > 0 AND c1 > 0) AS "keptBefore", count(*) FILTER (WHERE c1 > 0 AND c2 > 0) AS "keptAfter",
      count(*) FILTER (WHERE o1 > 0) AS "buyersBefore", count(*) FILTER (WHERE o2 > 0) AS "buyersAfter",
      count(*) FILTER (WHERE o1 > 1) AS "repeatersBefore", count(*) FILTER (WHERE o2 > 1) AS "repeatersAfter",
      coalesce(sum(y1), 0)::float8 AS "revenueBefore", coalesce(sum(y2), 0)::float8 AS "revenueAfter",
      coalesce(var_pop(y2) * count(y2) + avg(y2) ^ 2 * count(y2) * (t.n - count(y2)) / t.n, 0)::float8 AS "squaresAfter",
      coalesce(sum(y2) FILTER (WHERE c1 > 0), 0)::float8 AS "revenueOfActiveBefore", coalesce(sum(y2) FILTER (WHERE c2 > 0), 0)::float8 AS "revenueOfActive",
      coalesce(sum(y2) FILTER (WHERE c1 > 0 AND c2 > 0), 0)::float8 AS "revenueOfKept", coalesce(sum(lost), 0)::int AS unconverted, one.low, one.high
    FROM total t CROSS JOIN one LEFT JOIN bought m ON m."group" = t."group" GROUP BY t."group", t.n, one.low, one.high ORDER BY 1`)
  const stored = await count(raw('ev.value'), raw('false'))
  const { low = null, high = null } = stored[0] ?? {}
  // Stored amounts are in the reporting currency: only orders of another one are worth a look at what they said.
  const own = low === high ? low : null
  const by = own === null ? convert : { reporting: own, rates: {} }
  const isStored = low === null || (own !== null && own === convert.reporting)
  const face = faceAmount('ev')
  const rows = isStored
    ? stored
    : await count(sql`${face} * ${rateOf('ev', by)}`, sql`${face} IS NOT NULL AND ${rateOf('ev', by)} IS NULL`)
  return rows.map(({ low: _, high: __, ...row }) => ({ ...row, currency: by.reporting }))
}

export interface RetentionRequest {
  windowMs: number
  at: Date
  convert: Convert
  /** What somebody does who is active; an order when absent. */
  active?: string | undefined
}

/** Treated and held-out customers of a campaign whose window after entering is over, each by the first stay. */
export async function campaignBuyers(tx: Queryable, campaign: number, request: RetentionRequest): Promise<BuyerCounts[]> {
  const { at, windowMs } = request
  const cutoff = new Date(at.getTime() - windowMs)
  const first = await tx.row<{ at: Date | null }>(sql`SELECT min(started_at) AS at FROM run WHERE campaign = ${campaign}`)
  if (!first?.at) return []
  const people = sql`SELECT DISTINCT ON (e.customer) e.customer AS id, CASE WHEN e.variant = 'holdout' THEN 'holdout' ELSE 'treated' END AS "group", e.entered_at AS at
    FROM enrollment e WHERE e.run IN (SELECT id FROM run WHERE campaign = ${campaign}) AND e.assigned IS NULL AND e.entered_at <= ${cutoff} ORDER BY e.customer, e.id`
  return await countBuyers(tx, people, windowMs, new Date(first.at.getTime() - 2 * windowMs), at, request.convert, request.active)
}

/** Everybody known before the window, by whether they are in the global holdout. */
export const programmeBuyers = (
  tx: Queryable,
  share: number,
  from: Date,
  to: Date,
  convert: RetentionRequest['convert'],
  activeEvent?: string,
): Promise<BuyerCounts[]> => {
  const windowMs = to.getTime() - from.getTime()
  const people = sql`SELECT c.id, CASE WHEN ${unit(globalSalt)} < ${share}::float8 THEN 'holdout' ELSE 'contactable' END AS "group", ${from}::timestamptz AS at
    FROM customer c WHERE c.created_at <= ${from} AND NOT c.anonymous`
  return countBuyers(tx, people, windowMs, new Date(from.getTime() - 2 * windowMs), to, convert, activeEvent)
}

/** Members of the global holdout to whom a marketing message left in the window all the same: entered before, or before the share was raised. */
export const contactedInHoldout = async (tx: Queryable, share: number, from: Date, to: Date): Promise<number> =>
  (
    await tx.row<{ n: number }>(sql`SELECT count(*) AS n FROM customer c WHERE ${unit(globalSalt)} < ${share}::float8
      AND EXISTS (SELECT 1 FROM message m WHERE m.customer = c.id AND m.class = 'marketing' AND m.created_at > ${from}::timestamptz - interval '30 days' AND m.accepted_at > ${from} AND m.accepted_at <= ${to})`)
  )?.n ?? 0
