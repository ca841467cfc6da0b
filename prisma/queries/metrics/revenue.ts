import type { Grouped, RecurringRevenue } from '../../../domain/metric/facts.ts'
import type { Window } from '../../../domain/metric/periods.ts'
import { type Sql, sql } from '../../../domain/sql.ts'
import type { Asking } from './facts.ts'
import { statesUntil } from './subscription-states.ts'

/** Recurring revenue at both edges of those who paid at the first: what it was, what is left of each, what it is now. */
export async function recurringRevenue(asking: Asking, window: Window): Promise<Grouped<RecurringRevenue>[]> {
  const rows = await asking.tx.rows<
    Grouped<
      Pick<RecurringRevenue, 'customers' | 'currencies' | 'unrated'> &
        Record<'startRaw' | 'start' | 'keptRaw' | 'kept' | 'endRaw' | 'end', number>
    >
  >(sql`SELECT ${asking.population.keys}, count(*) AS customers,
      coalesce(sum(s), 0) AS "startRaw", coalesce(sum(s * s_rate), 0) AS start, coalesce(sum(least(s, e)), 0) AS "keptRaw",
      coalesce(sum(least(s * s_rate, e * e_rate)), 0) AS kept, coalesce(sum(e), 0) AS "endRaw", coalesce(sum(e * e_rate), 0) AS "end",
      coalesce(bool_or(s_rate IS NULL OR e_rate IS NULL), false) AS unrated,
      coalesce((SELECT array_agg(DISTINCT c) FROM unnest(array_agg(s_currency) || array_agg(CASE WHEN e > 0 THEN e_currency END)) AS c WHERE c IS NOT NULL), '{}') AS currencies
    FROM (${edges(asking, window)}) x ${asking.population.join} WHERE x.s > 0 ${asking.population.groupBy()}`)
  return rows.map(({ startRaw, start, keptRaw, kept, endRaw, end, ...row }) => ({
    ...row,
    start: { raw: startRaw, converted: start },
    kept: { raw: keptRaw, converted: kept },
    end: { raw: endRaw, converted: end },
  }))
}

/** What each customer paid at the edges: the last amount told before it, while active; in which currency, at which rate. */
function edges({ eventId, reporting, rates }: Asking, { from, to }: Window): Sql {
  const last = (column: Sql, edge: Date) =>
    sql`(array_agg(${column} ORDER BY at DESC, id DESC) FILTER (WHERE ${column} IS NOT NULL AND at < ${edge}::timestamptz))[1]`
  const amount = (edge: Date) => sql`CASE WHEN ${last(sql`active`, edge)} THEN coalesce(${last(sql`mrr`, edge)}, 0) ELSE 0 END`
  const currency = (edge: Date) => sql`coalesce(${last(sql`currency`, edge)}, ${reporting})`
  const rate = (currency: Sql) =>
    sql`CASE WHEN ${currency} = ${reporting} THEN 1 ELSE (${JSON.stringify(rates)}::jsonb ->> ${currency})::float8 END`
  return sql`SELECT *, ${rate(sql`s_currency`)} AS s_rate, CASE WHEN e = 0 THEN 1 ELSE ${rate(sql`e_currency`)} END AS e_rate
    FROM (SELECT customer, ${amount(from)} AS s, ${amount(to)} AS e, ${currency(from)} AS s_currency, ${currency(to)} AS e_currency
      FROM (${statesUntil(eventId, to)}) told GROUP BY customer) paid`
}
