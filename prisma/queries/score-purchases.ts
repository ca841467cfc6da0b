import { raw, type Sql, sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'
import type { Asking } from './metrics/facts.ts'
import { ordersOf } from './metrics/orders.ts'

/** What purchases are read with: the zone whose days count, what was known when, what money is worth. */
export type Reading = Pick<Asking, 'eventId' | 'asOf' | 'reporting' | 'rates' | 'zone'>

/** Purchase days until `asOf`, as rows (customer, day, spend, orders): orders of one day are one purchase. Money without a rate counts nothing. */
export const purchaseDays = (reading: Reading, only: Sql = raw('TRUE')): Sql => {
  const window = { from: new Date(0), to: new Date(reading.asOf.getTime() + 1) }
  return sql`SELECT o.customer, (o.at AT TIME ZONE ${reading.zone})::date - date '1970-01-01' AS day, coalesce(sum(o.amount * o.rate), 0) AS spend, count(*)::int AS orders
    FROM (${ordersOf(reading, window)}) o WHERE ${only} GROUP BY 1, 2`
}

/** One customer's purchases. */
export interface Purchases {
  customer: number
  days: number[]
  spends: number[]
  orders: number
}

/**
 * Everybody's purchases in the order of their numbers, beginning after `after`, so many at a time: a cursor, so that neither side
 * holds them all. Within a transaction.
 */
export async function* readPurchases(
  tx: Queryable,
  reading: Reading,
  { after = 0, batch = 10_000 } = {},
): AsyncGenerator<Purchases[]> {
  // As JSON: arrays of PostgreSQL's own are slow to read, and a million of them make half the time.
  await tx.run(sql`DECLARE purchases NO SCROLL CURSOR FOR
    SELECT customer, json_agg(day ORDER BY day)::text AS days, json_agg(spend ORDER BY day)::text AS spends, sum(orders)::int AS orders
    FROM (${purchaseDays(reading, sql`o.customer > ${after}::int`)}) d GROUP BY customer ORDER BY customer`)
  for (;;) {
    const rows = await tx.rows<{ customer: number; days: string; spends: string; orders: number }>(
      sql`FETCH ${raw(String(Math.trunc(batch)))} FROM purchases`,
    )
    if (rows.length === 0) break
    yield rows.map(row => ({ ...row, days: JSON.parse(row.days) as number[], spends: JSON.parse(row.spends) as number[] }))
  }
  await tx.run(sql`CLOSE purchases`)
}

/** Keeps everybody's purchase days for the rest of the transaction, so that what follows need not gather them again. Answers their source. */
export async function holdPurchaseDays(tx: Queryable, reading: Reading): Promise<Sql> {
  await tx.run(sql`CREATE TEMP TABLE held_purchase_day ON COMMIT DROP AS ${purchaseDays(reading)}`)
  await tx.run(sql`ANALYZE held_purchase_day`)
  return raw('SELECT customer, day, spend, orders FROM held_purchase_day')
}

/** How often each gap between two purchase days occurs, by the period (1, 2, …) of `ends` by whose end the later one had come. */
export const gapCounts = (
  tx: Queryable,
  days: Sql,
  endDays: readonly number[],
): Promise<{ period: number; value: number; n: number }[]> =>
  tx.rows(sql`SELECT (SELECT count(*) FROM unnest(${[...endDays]}::int[]) AS ends (day) WHERE ends.day < later.day)::int AS period, gap AS value, count(*) AS n
    FROM (SELECT day, day - lag(day) OVER (PARTITION BY customer ORDER BY day) AS gap FROM (${days}) d) later
    WHERE gap IS NOT NULL GROUP BY 1, 2`)

/** How many bought, in how many purchases after their first. */
export const countBuyers = async (tx: Queryable, reading: Reading): Promise<number> =>
  (
    await tx.row<{ n: number }>(sql`SELECT count(*) AS n FROM event_stat
    WHERE name = ${reading.eventId('Order Completed') ?? 0}::int AND first_at <= ${reading.asOf}::timestamptz`)
  )?.n ?? 0

/** Purchase histories in days, equal ones counted; `every`: of each so many-th customer. */
export const historyCounts = (
  tx: Queryable,
  days: Sql,
  asOfDay: number,
  every: number,
): Promise<{ x: number; tx: number; t: number; n: number }[]> =>
  tx.rows(sql`SELECT x, tx, t, count(*) AS n FROM (
      SELECT count(*)::int - 1 AS x, max(day) - min(day) AS tx, ${asOfDay}::int - min(day) AS t
      FROM (${days}) d WHERE customer % ${every}::int = 0 GROUP BY customer) h GROUP BY 1, 2, 3`)

/** Repeat purchases and their mean spend, of each so many-th customer who has some. */
export const repeatSpends = (tx: Queryable, days: Sql, every: number): Promise<{ x: number; m: number }[]> =>
  tx.rows(sql`SELECT count(*)::int AS x, avg(spend) AS m
    FROM (SELECT *, row_number() OVER (PARTITION BY customer ORDER BY day) AS nth FROM (${days}) d WHERE customer % ${every}::int = 0) r
    WHERE nth > 1 GROUP BY customer HAVING avg(spend) > 0`)

/** The least value of each score 1–5 by rank: 1 + ⌊5 · (customers strictly worse) / n⌋; greater is better. */
export async function rankCuts(tx: Queryable, days: Sql, asOfDay: number) {
  const rows = await tx.rows<{ part: 'recency' | 'frequency' | 'monetary'; score: number; least: number }>(sql`
    WITH each AS MATERIALIZED (
      SELECT max(day) - ${asOfDay}::int AS recency, sum(orders)::int AS frequency, round(sum(spend)::numeric, 6)::float8 AS monetary
      FROM (${days}) d GROUP BY customer
    ), counted AS (
      SELECT 'recency' AS part, recency::float8 AS value, count(*) AS n FROM each GROUP BY 2
      UNION ALL SELECT 'frequency', frequency::float8, count(*) FROM each GROUP BY 2
      UNION ALL SELECT 'monetary', monetary, count(*) FROM each GROUP BY 2
    ), ranked AS (
      SELECT part, value, sum(n) OVER (PARTITION BY part ORDER BY value) - n AS worse, sum(n) OVER (PARTITION BY part) AS total FROM counted
    )
    SELECT part, 1 + (5 * worse / total)::int AS score, min(value) AS least FROM (SELECT part, value, worse::bigint, total::bigint FROM ranked) r GROUP BY 1, 2`)
  const of = (part: string) => rows.filter(row => row.part === part).map(({ score, least }) => ({ score, least }))
  return { recency: of('recency'), frequency: of('frequency'), monetary: of('monetary') }
}

/** One snapshot to read everybody's purchases in, with memory for large sorts; it takes the time it takes. */
export const inOneReading = <T>(db: Db, work: (tx: Queryable) => Promise<T>): Promise<T> =>
  db.transaction(async tx => {
    await tx.run(sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`)
    await tx.run(
      sql`SELECT set_config('statement_timeout', '0', true), set_config('work_mem', '96MB', true), set_config('jit', 'off', true), set_config('cursor_tuple_fraction', '1', true)`,
    )
    return await work(tx)
  })
