import type { Active, Grouped, MovementCounts } from '../../../domain/metric/facts.ts'
import type { Window } from '../../../domain/metric/periods.ts'
import { raw, type Sql, sql } from '../../../domain/sql.ts'
import { milliseconds } from '../../../domain/time.ts'
import { type CustomerRange, within } from '../customer-range.ts'
import type { Asking } from './facts.ts'
import { inParts } from './in-parts.ts'
import { statesUntil } from './subscription-states.ts'

/** Who was there at both edges of the window, who came, who went: counted by customer, each once. */
export const movementCounts = (asking: Asking, window: Window, active: Active): Promise<Grouped<MovementCounts>[]> =>
  active.kind === 'subscription'
    ? asking.tx.rows(counted(asking, bySubscription(asking, window)))
    : inParts<Grouped<MovementCounts>>(
        asking,
        (of, part) => counted(of, byEvent(of, window, active, part), part, formerly(of, window, active)),
        addMovement,
      )

const addMovement = (a: Grouped<MovementCounts>, b: Grouped<MovementCounts>): Grouped<MovementCounts> => ({
  ...a,
  start: a.start + b.start,
  end: a.end + b.end,
  new: a.new + b.new,
  reactivated: a.reactivated + b.reactivated,
  lostNet: a.lostNet + b.lostNet,
  lostGross: a.lostGross + b.lostGross,
  newLost: a.newLost + b.newLost,
})

/** What `moved` brings, with whether somebody who is new at the end was there before, where that is asked apart: of those it matters for. */
const counted = ({ population }: Asking, moved: Sql, part?: CustomerRange, former = raw('former')): Sql =>
  sql`SELECT ${population.keys},
      count(*) FILTER (WHERE at_start) AS start, count(*) FILTER (WHERE at_end) AS "end",
      count(*) FILTER (WHERE at_end AND NOT at_start AND NOT former) AS new, count(*) FILTER (WHERE at_end AND NOT at_start AND former) AS reactivated,
      count(*) FILTER (WHERE at_start AND NOT at_end) AS "lostNet", count(*) FILTER (WHERE at_start AND (gone OR NOT at_end)) AS "lostGross",
      count(*) FILTER (WHERE gone AND NOT at_start AND NOT at_end) AS "newLost"
    FROM (SELECT x.at_start, x.at_end, x.gone, who."group", ${former} AS former FROM (${moved}) x ${population.joinIn(part)} OFFSET 0) who ${population.groupBy()}`

/** The state at an edge is what the last event before it said. */
function bySubscription({ eventId }: Asking, { from, to }: Window): Sql {
  const at = (edge: Date) =>
    sql`coalesce((array_agg(active ORDER BY at DESC, id DESC) FILTER (WHERE at < ${edge}::timestamptz))[1], false)`
  return sql`SELECT customer, ${at(from)} AS at_start, ${at(to)} AS at_end,
      coalesce(bool_or(active) FILTER (WHERE at < ${from}::timestamptz), false) AS former,
      coalesce(bool_or(was AND NOT active) FILTER (WHERE at >= ${from}::timestamptz), false) AS gone
    FROM (SELECT *, lag(active) OVER (PARTITION BY customer ORDER BY at, id) AS was FROM (${statesUntil(eventId, to)}) told WHERE active IS NOT NULL) turns
    GROUP BY customer`
}

/** An event keeps its customer active for the time that follows it: at an instant t when t − within ≤ event < t. */
function byEvent({ eventId }: Asking, { from, to }: Window, active: Active & { kind: 'event' }, part: CustomerRange): Sql {
  const name = eventId(active.event) ?? 0
  const ms = milliseconds(active.within)
  const earlier = (edge: Date) => new Date(edge.getTime() - ms)
  const lapse = sql`at + ${ms}::float8 * interval '1 millisecond'`
  return sql`SELECT customer, bool_or(at < ${from}::timestamptz) AS at_start, bool_or(at >= ${earlier(to)}::timestamptz) AS at_end, bool_or(lapsed) AS gone
    FROM (SELECT customer, at, ${lapse} >= ${from}::timestamptz AND ${lapse} < ${to}::timestamptz
        AND coalesce(lead(at) OVER (PARTITION BY customer ORDER BY at) > ${lapse}, true) AS lapsed
      FROM event WHERE name = ${name}::int AND at >= ${earlier(from)}::timestamptz AND at < ${to}::timestamptz${within('customer', part)}) told
    GROUP BY customer`
}

/** Whether somebody of `x` who is new at the end did it before the window: few of all who ever did. */
const formerly = ({ eventId }: Asking, { from }: Window, active: Active & { kind: 'event' }): Sql =>
  sql`CASE WHEN x.at_end AND NOT x.at_start THEN coalesce((SELECT s.first_at < ${from}::timestamptz FROM event_stat s
    WHERE s.customer = x.customer AND s.name = ${eventId(active.event) ?? 0}::int), false) END`
