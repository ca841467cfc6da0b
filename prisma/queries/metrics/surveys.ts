import type { Grouped, Survey, SurveyCounts } from '../../../domain/metric/facts.ts'
import type { Window } from '../../../domain/metric/periods.ts'
import { type Sql, sql } from '../../../domain/sql.ts'
import type { Asking } from './facts.ts'

/** The score of a survey's answer as a number, also where it was sent as text; unknown where it is none. */
export const scoreOf = (event: Sql): Sql => sql`CASE WHEN ${event}.properties ->> 'score' ~ '^-?[0-9]{1,6}(\\.[0-9]{1,6})?$'
  THEN (${event}.properties ->> 'score')::float8 END`

/**
 * Answers of the window, the latest of each customer that is one: what lies outside the scale takes nobody's answer away. Only whole
 * numbers are answers to NPS.
 */
export function surveyCounts(
  { tx, population, eventId }: Asking,
  { from, to }: Window,
  { survey, min, max, highFrom, lowTo }: Survey,
): Promise<Grouped<SurveyCounts>[]> {
  const whole = survey === 'nps' ? sql`AND score = trunc(score)` : sql``
  const given = sql`SELECT e.customer, e.at, e.id, ${scoreOf(sql`e`)} AS score FROM event e
    WHERE e.name = ${eventId('Survey Answered') ?? 0}::int AND e.at >= ${from}::timestamptz AND e.at < ${to}::timestamptz AND e.properties ->> 'survey' = ${survey}`
  const latest = sql`SELECT DISTINCT ON (customer) customer, score, valid
    FROM (SELECT *, coalesce(score >= ${min}::float8 AND score <= ${max}::float8 ${whole}, false) AS valid FROM (${given}) given) judged
    ORDER BY customer, valid DESC, at DESC, id DESC`
  return tx.rows(sql`SELECT ${population.keys}, count(*) FILTER (WHERE valid) AS n, count(*) FILTER (WHERE NOT valid) AS invalid,
      count(*) FILTER (WHERE valid AND score >= ${highFrom}::float8) AS high, count(*) FILTER (WHERE valid AND score <= ${lowTo}::float8) AS low
    FROM (${latest}) x
    ${population.join} ${population.groupBy()}`)
}
