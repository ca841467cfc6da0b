import type { Grouped, PurchaseRow, RfmCount } from '../../../domain/metric/facts.ts'
import type { Window } from '../../../domain/metric/periods.ts'
import { raw, type Sql, sql } from '../../../domain/sql.ts'
import { gapCounts, purchaseDays } from '../score-purchases.ts'
import type { Asking } from './facts.ts'
import { ordersOf } from './orders.ts'

/** Purchase days of each customer of the population, some thousands at a time. */
export async function* readPurchaseDays(asking: Asking): AsyncGenerator<PurchaseRow[]> {
  const { on, done } = await asking.tx.hold()
  try {
    await on.run(sql`DECLARE purchase_days NO SCROLL CURSOR FOR
      SELECT who."group", json_agg(x.day ORDER BY x.day)::text AS days FROM (${purchaseDays(asking)}) x ${asking.population.join} GROUP BY x.customer, who."group"`)
    for (;;) {
      const rows = await on.rows<{ group: string | null; days: string }>(sql`FETCH 20000 FROM purchase_days`)
      if (rows.length === 0) break
      yield rows.map(({ group, days }) => ({ group, days: JSON.parse(days) as number[] }))
    }
    await on.run(sql`CLOSE purchase_days`)
  } finally {
    done()
  }
}

/** The gaps between purchases of all customers, in or out of the population: what is usual does not depend on who asks. */
export const purchaseGaps = (asking: Asking, endDays: readonly number[]) => gapCounts(asking.tx, purchaseDays(asking), endDays)

/** How many customers have which three scores, over the orders of the window. Greater is better; recency is the day of the last order. */
export function rfmCounts(asking: Asking, window: Window, method: 'rank' | 'ntile'): Promise<Grouped<RfmCount>[]> {
  const score = (value: Sql) =>
    method === 'rank'
      ? sql`1 + (5 * (rank() OVER (ORDER BY ${value}) - 1) / count(*) OVER ())::int`
      : sql`ntile(5) OVER (ORDER BY ${value}, name COLLATE "C")`
  return asking.tx.rows(sql`WITH bought AS (
      SELECT x.customer, who."group", max((x.at AT TIME ZONE ${asking.zone})::date) AS last, count(*) AS orders, round(coalesce(sum(x.amount * x.rate), 0)::numeric, 6) AS spend
      FROM (${ordersOf(asking, window)}) x ${asking.population.join} GROUP BY x.customer, who."group"
    ), who AS (
      SELECT "group", ${score(raw('last'))} AS recency, ${score(raw('orders'))} AS frequency, ${score(raw('spend'))} AS monetary
      FROM (SELECT b.*, c.external_id AS name FROM bought b JOIN customer c ON c.id = b.customer) named
    )
    SELECT ${asking.population.keys}, recency::int, frequency::int, monetary::int, count(*) AS customers FROM who
    ${asking.population.groupBy(raw('recency, frequency, monetary'))}`)
}
