import type { Grouped, LifeCount } from '../../../domain/metric/facts.ts'
import type { Window } from '../../../domain/metric/periods.ts'
import { type Sql, sql } from '../../../domain/sql.ts'
import type { Asking } from './facts.ts'
import { ordersOf } from './orders.ts'
import { statesUntil } from './subscription-states.ts'

/** How many lived so many days: ended then, or were last seen then. They begin in the window; what came until `asOf` is known. */
export function lifeCounts(asking: Asking, { from, to }: Window, until: 'churn' | 'secondOrder'): Promise<Grouped<LifeCount>[]> {
  const { tx, population, asOf, zone } = asking
  const day = (moment: Sql) => sql`(${moment} AT TIME ZONE ${zone})::date`
  const span = until === 'churn' ? subscribed(asking) : ordered(asking)
  return tx.rows(sql`SELECT ${population.keys}, time, count(*) FILTER (WHERE ended) AS events, count(*) FILTER (WHERE NOT ended) AS censored
    FROM (SELECT customer, ${day(sql`coalesce(ends, ${asOf}::timestamptz)`)} - ${day(sql`begins`)} AS time, ends IS NOT NULL AS ended
      FROM (${span}) span WHERE begins >= ${from}::timestamptz AND begins < ${to}::timestamptz) x
    ${population.join} ${population.groupBy(sql`time`)}`)
}

/** From the first paid day to the first time it ended. */
const subscribed = ({ eventId, asOf }: Asking): Sql =>
  sql`SELECT customer, begins, min(at) FILTER (WHERE at >= begins AND NOT active) AS ends
    FROM (SELECT customer, at, active, min(at) FILTER (WHERE active) OVER (PARTITION BY customer) AS begins
      FROM (${statesUntil(eventId, new Date(asOf.getTime() + 1))}) told WHERE active IS NOT NULL) turns
    WHERE begins IS NOT NULL GROUP BY customer, begins`

/** From the first order to the second. */
const ordered = (asking: Asking): Sql =>
  sql`SELECT customer, min(at) AS begins, min(at) FILTER (WHERE nth = 2) AS ends
    FROM (SELECT customer, at, row_number() OVER (PARTITION BY customer ORDER BY at) AS nth
      FROM (${ordersOf(asking, { from: new Date(0), to: new Date(asking.asOf.getTime() + 1) })}) o) placed
    GROUP BY customer`
