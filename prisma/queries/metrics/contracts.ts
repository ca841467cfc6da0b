import type { Grouped, ReasonCount, RenewalCounts, TrialCounts } from '../../../domain/metric/facts.ts'
import type { Window } from '../../../domain/metric/periods.ts'
import { sql } from '../../../domain/sql.ts'
import type { Asking } from './facts.ts'
import { idsOf, subscriptionEvents } from './subscription-states.ts'

/**
 * Terms that ended in the window, by what became of them. A term is told by an event with `renewsAt` and holds until another event
 * tells a later one. Renewed: a renewal before it ends or within the grace after. Cancelled: cancelled, or run out.
 */
export function renewalCounts(
  { tx, population, eventId, asOf }: Asking,
  { from, to }: Window,
  graceMs: number,
): Promise<Grouped<RenewalCounts>[]> {
  const names = idsOf(
    eventId,
    subscriptionEvents.filter(name => name !== 'Trial Started'),
  )
  const final = sql`ends + ${graceMs}::float8 * interval '1 millisecond'`
  const is = (name: string) => sql`next_name = ${eventId(name) ?? 0}::int`
  return tx.rows(sql`SELECT ${population.keys}, count(*) FILTER (WHERE outcome = 'renewed') AS renewed,
      count(*) FILTER (WHERE outcome = 'cancelled') AS cancelled, count(*) FILTER (WHERE outcome = 'pending') AS pending
    FROM (SELECT customer, CASE
          WHEN ${is('Subscription Renewed')} AND next_at <= ${final} THEN 'renewed'
          WHEN ${is('Subscription Cancelled')} AND next_at <= ${final} THEN 'cancelled'
          WHEN next_at < ends THEN 'superseded'
          WHEN next_at <= ${final} THEN 'renewed'
          WHEN ${final} <= ${asOf}::timestamptz THEN 'cancelled'
          ELSE 'pending' END AS outcome
      FROM (SELECT *, lead(name) OVER turn AS next_name, lead(at) OVER turn AS next_at
        FROM (SELECT e.customer, e.at, e.id, e.name, moment_of(e.properties -> 'renewsAt') AS ends FROM event e
          WHERE e.name = ANY(${names}::int[]) AND e.at <= ${asOf}::timestamptz) told
        WHERE ends IS NOT NULL OR name <> ${eventId('Subscription Updated') ?? 0}::int
        WINDOW turn AS (PARTITION BY customer ORDER BY at, id)) terms
      WHERE ends >= ${from}::timestamptz AND ends < ${to}::timestamptz) x ${population.join} WHERE outcome <> 'superseded' ${population.groupBy()}`)
}

/**
 * Trials whose end, as told last, lies in the window, counted by days of the zone. Each trial once; paid within the grace converted.
 * Of those that paid, a first renewal is open until the term told last (`renewsAt`) is over by its day and the grace, or somebody cancelled.
 */
export function trialCounts(
  { tx, population, eventId, asOf, zone }: Asking,
  { from, to }: Window,
  graceDays: number,
): Promise<Grouped<TrialCounts>[]> {
  const started = eventId('Trial Started') ?? 0
  const paying = idsOf(eventId, ['Trial Converted', 'Subscription Started', 'Subscription Renewed'])
  const renewed = eventId('Subscription Renewed') ?? 0
  const cancelled = eventId('Subscription Cancelled') ?? 0
  const day = (moment: ReturnType<typeof sql>) => sql`(${moment} AT TIME ZONE ${zone})::date`
  const over = sql`${day(sql`ends`)} + ${graceDays}::int <= ${day(sql`${asOf}::timestamptz`)}`
  const inTime = sql`coalesce(${day(sql`paid`)} <= ${day(sql`ends`)} + ${graceDays}::int, false)`
  return tx.rows(sql`SELECT ${population.keys}, count(*) FILTER (WHERE known) AS ended, count(*) FILTER (WHERE known AND NOT in_time) AS leaked,
      count(*) FILTER (WHERE NOT known) AS running, count(*) FILTER (WHERE known AND in_time) AS paid,
      count(*) FILTER (WHERE known AND in_time AND has_renewed) AS renewed, count(*) FILTER (WHERE known AND in_time AND NOT has_renewed AND open) AS renewing
    FROM (SELECT customer, ${over} AS known, ${inTime} AS in_time, coalesce(renewed > paid, false) AS has_renewed,
        NOT coalesce(cancelled > paid, false) AND NOT coalesce(${day(sql`renews`)} + ${graceDays}::int <= ${day(sql`${asOf}::timestamptz`)}, false) AS open
      FROM (SELECT customer, (array_agg(ends ORDER BY at DESC, id DESC) FILTER (WHERE ends IS NOT NULL))[1] AS ends,
          min(at) FILTER (WHERE name = ANY(${paying}::int[])) AS paid, max(at) FILTER (WHERE name = ${renewed}::int) AS renewed,
          max(at) FILTER (WHERE name = ${cancelled}::int) AS cancelled, (array_agg(renews ORDER BY at DESC, id DESC) FILTER (WHERE renews IS NOT NULL))[1] AS renews
        FROM (SELECT e.customer, e.at, e.id, e.name, moment_of(e.properties -> 'trialEndsAt') AS ends, moment_of(e.properties -> 'renewsAt') AS renews,
            count(*) FILTER (WHERE e.name = ${started}::int) OVER (PARTITION BY e.customer ORDER BY e.at, e.id) AS trial
          FROM event e WHERE e.name = ANY(${idsOf(eventId, subscriptionEvents)}::int[]) AND e.at <= ${asOf}::timestamptz) told
        WHERE trial > 0 GROUP BY customer, trial) trials
      WHERE ends >= ${from}::timestamptz AND ends < ${to}::timestamptz) x ${population.join} ${population.groupBy()}`)
}

/** Customers who cancelled in the window, by the reason of their last cancellation in it. */
export const churnReasonCounts = ({ tx, population, eventId }: Asking, { from, to }: Window): Promise<Grouped<ReasonCount>[]> =>
  tx.rows(sql`SELECT ${population.keys}, reason, count(*) AS customers
    FROM (SELECT DISTINCT ON (e.customer) e.customer, nullif(left(btrim(e.properties ->> 'reason'), 200), '') AS reason FROM event e
      WHERE e.name = ${eventId('Subscription Cancelled') ?? 0}::int AND e.at >= ${from}::timestamptz AND e.at < ${to}::timestamptz
      ORDER BY e.customer, e.at DESC, e.id DESC) x ${population.join} ${population.groupBy(sql`reason`)}
    ORDER BY customers DESC LIMIT 2000`)
