import { type Measure, orderEvent, subscriptionEvents } from '../../domain/experiment/measure.ts'
import { filterWhere } from '../../domain/segment/filter.ts'
import { raw, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { eventIds } from './outcome-hits.ts'

/** What a metric was like for these people before any experiment; `buyers` counts those with any money. */
export interface Baseline {
  customers: number
  successes: number
  mean: number
  sd: number
}

/**
 * The measure read over the past: `people` is a query of (customer, t), each with the moment their window would have begun. The
 * counted event of the first goal that has one speaks for all.
 */
export async function baselineOf(tx: Queryable, people: Sql, measure: Measure, since: Date, at: Date): Promise<Baseline | null> {
  const counted = measure.goals.find(goal => goal.counted !== null)?.counted
  if (!counted || measure.by === 'consents' || measure.by === 'complaints') return null
  const events = measure.by === 'subscription' ? [...subscriptionEvents.on, subscriptionEvents.off] : [counted.event, orderEvent]
  const ids = await eventIds(tx, events)
  const id = (name: string) => ids.get(name) ?? -1
  const ms = (length: number) => sql`${length}::float8 * interval '1 millisecond'`
  const off = sql`ev.name = ${id(subscriptionEvents.off)}`
  const success =
    measure.by === 'subscription'
      ? sql`max(ev.at) FILTER (WHERE ${off}) > max(ev.at) FILTER (WHERE NOT ${off})`
      : sql`bool_or(ev.name = ${id(counted.event)} AND ev.at > p.t AND ev.at >= p.t + ${ms(counted.from)} AND (${filterWhere(counted.where, raw('ev.properties'))}))`
  // Only customers whose subscription ran at the beginning can lose it.
  const atRisk =
    measure.by === 'subscription'
      ? sql`max(ev.at) FILTER (WHERE NOT ${off} AND ev.at <= p.t) > coalesce(max(ev.at) FILTER (WHERE ${off} AND ev.at <= p.t), '-infinity')`
      : raw('true')
  const row = await tx.row<{ customers: number; of: number; successes: number; mean: number | null; sd: number | null }>(sql`
    WITH person AS MATERIALIZED (${people}), did AS (
      SELECT p.customer, coalesce(${success}, false) AS success, ${atRisk} AS at_risk,
        least(coalesce(sum(ev.value) FILTER (WHERE ev.name = ${id(orderEvent)} AND ev.at > p.t), 0), ${measure.cap ?? Infinity}::float8)::float8 AS y
      FROM person p JOIN event ev ON ev.customer = p.customer
      WHERE ev.name = ANY(${[...ids.values()]}::int[]) AND ev.at > ${measure.by === 'subscription' ? new Date(0) : since} AND ev.at <= ${at}
        AND ${measure.by === 'subscription' ? raw('true') : raw('ev.at > p.t')} AND ev.at <= p.t + ${ms(counted.to)}
      GROUP BY p.customer, p.t
    ), everybody AS (SELECT coalesce(d.y, 0) AS y FROM person p LEFT JOIN did d USING (customer))
    SELECT (SELECT count(*) FROM person) AS customers, (SELECT count(*) FROM did WHERE at_risk) AS of, (SELECT count(*) FROM did WHERE success AND at_risk) AS successes,
      (SELECT avg(y) FROM everybody) AS mean, (SELECT stddev_samp(y) FROM everybody) AS sd`)
  if (!row) return null
  const customers = measure.by === 'subscription' ? row.of : row.customers
  return {
    customers,
    successes: measure.inverted ? customers - row.successes : row.successes,
    mean: row.mean ?? 0,
    sd: row.sd ?? 0,
  }
}

/** How many people a query of (customer, t) names, each once. */
export const countPeople = async (tx: Queryable, people: Sql): Promise<number> =>
  (await tx.row<{ n: number }>(sql`SELECT count(DISTINCT customer) AS n FROM (${people}) p`))?.n ?? 0
