import { dayStarts, localDay } from '../../../domain/metric/calendar.ts'
import type { CohortCounts, CohortQuery, Column, Grouped } from '../../../domain/metric/facts.ts'
import { periodsOf, type Unit } from '../../../domain/metric/periods.ts'
import { join, raw, type Sql, sql } from '../../../domain/sql.ts'
import type { Asking } from './facts.ts'

/**
 * Cohorts and who of them came back when, in one pass over their events: what falls into a column sets its bit, and each
 * bit is counted by cohort and by how much of it is over.
 */
export async function cohortCounts(asking: Asking, query: CohortQuery): Promise<Grouped<CohortCounts>[]> {
  const { tx, population, eventId, asOf } = asking
  const { window, columns, cohortEvent, returnEvent } = query
  if (columns.length > 60) throw new RangeError('more columns than bits')
  const time = clockOf(asking, query)
  const last = Math.max(0, ...columns.map(({ from, to }) => to ?? from))
  // One entry for each distance, the last for all beyond.
  const bits = Array.from({ length: last + 2 }, (_, d) =>
    columns.reduce((all, { from, to }, i) => (d >= from && d <= (to ?? Infinity) ? all | (1n << BigInt(i)) : all), 0n),
  )
  const first =
    cohortEvent === undefined
      ? sql`SELECT customer, first_at AS t0 FROM last_seen`
      : sql`SELECT customer, first_at AS t0 FROM event_stat WHERE name = ${eventId(cohortEvent) ?? 0}::int`
  const member = sql`SELECT x.*, who."group" FROM (SELECT customer, t0, ${time.label} AS label, ${time.origin} AS origin FROM (${first}) first ${time.join}
    WHERE t0 >= ${window.from}::timestamptz AND t0 < ${window.to}::timestamptz AND t0 <= ${asOf}::timestamptz) x ${population.join}`
  const soon = columns.some(({ to }) => to === null) ? raw('') : sql`AND ${time.upTo(last)}`
  const bitOf = (moment: Sql) => sql`(${bits.map(String)}::bigint[])[1 + least(${time.distance(moment)}, ${last + 1}::int)]`
  // Where every column is open to the end, the last event says it all.
  const hits = columns.every(({ to }) => to === null) ? bitOf(sql`max(e.at)`) : sql`bit_or(${bitOf(sql`e.at`)})`
  const later = sql`e.customer = m.customer AND e.at >= m.t0 AND e.at <= ${asOf}::timestamptz`
  // Any event: each customer's own lie together in one index, and several processes can look. A named one: all of that name lie
  // together in another, and the cohort is made once for both sides.
  const any = returnEvent === undefined
  const whoever = any ? raw('') : sql`WITH member AS MATERIALIZED (${member})`
  const members = any ? sql`(${member})` : raw('member')
  // Where the first event of all begins a cohort, there are few periods and many customers, each customer's set of them is gathered
  // in the order of the index, without a look for each customer, and counted from the beginning afterwards.
  const few =
    any &&
    cohortEvent === undefined &&
    time.periods !== undefined &&
    time.periods.starts.length < mostPeriods &&
    population.everybody &&
    (await areMany(tx, window))
  const sets = sql`SELECT customer, bit_or(1::bigint << width_bucket(at, ${time.periods?.starts ?? []}::timestamptz[])) AS periods
    FROM (SELECT customer, at FROM event WHERE at <= ${asOf}::timestamptz ORDER BY customer, at OFFSET 0) e GROUP BY customer`
  // One process that reads in order is faster than several that hash everybody; looks for each customer are shared among several.
  await tx.run(
    sql`SELECT set_config('max_parallel_workers_per_gather', ${few ? '0' : '2'}, true), set_config('parallel_tuple_cost', '0.01', true)`,
  )
  const seen = few
    ? sql`LEFT JOIN (${sets}) s ON s.customer = m.customer`
    : any
      ? sql`LEFT JOIN LATERAL (SELECT ${hits} AS hit FROM event e WHERE ${later} ${soon}) s ON true`
      : sql`LEFT JOIN (SELECT e.customer, ${hits} AS hit FROM member m JOIN event e ON ${later} AND e.name = ${eventId(returnEvent) ?? 0}::int ${soon}
        GROUP BY e.customer, m.origin) s ON s.customer = m.customer`
  const hit = few ? sql`CASE WHEN m.origin >= 0 THEN s.periods >> m.origin END` : raw('s.hit')
  const maskOf = ({ from, to }: Column, i: number) => (few ? distances(from, to) : 1n << BigInt(i))
  const retained = columns.map(
    (column, i) => sql`coalesce(sum(n) FILTER (WHERE hit & ${raw(String(maskOf(column, i)))} <> 0), 0)`,
  )
  const rows = await tx.rows<
    Grouped<{ label: string | number; whole: number; size: number; retained: number[] }>
  >(sql`${whoever} SELECT ${population.keys}, label, whole, sum(n)::int AS size, ARRAY[${join(retained, ', ')}]::int[] AS retained
    FROM (SELECT m."group", m.label, ${time.distance(sql`${asOf}::timestamptz`)} AS whole, ${hit} AS hit, count(*) AS n FROM ${members} m ${seen}
      GROUP BY 1, 2, 3, 4) who
    ${population.groupBy(sql`label, whole`)}`)
  return gather(rows, columns, time.show)
}

/** Whether so large a part of all was first seen in the window that a look at everybody's events costs less than one for each. */
const areMany = async (tx: Asking['tx'], { from, to }: CohortQuery['window']): Promise<boolean> =>
  (
    await tx.row<{
      many: boolean
    }>(sql`SELECT count(*) FILTER (WHERE first_at >= ${from}::timestamptz AND first_at < ${to}::timestamptz) * 8 > count(*) AS many
      FROM last_seen`)
  )?.many ?? false

/** As many periods as a set of bits holds, and one. */
const mostPeriods = 62

/** The bits of the distances from `from` to `to`, or of all from there on. */
const distances = (from: number, to: number | null): bigint =>
  (1n << BigInt(Math.min((to ?? mostPeriods) + 1, mostPeriods + 1))) - (1n << BigInt(Math.min(from, mostPeriods + 1)))

/** Puts the rows of one cohort together; who has not lived through a column (`whole` days are begun) is left out of it. */
function gather(
  rows: readonly Grouped<{ label: string | number; whole: number; size: number; retained: number[] }>[],
  columns: readonly Column[],
  show: (label: string | number) => string,
): Grouped<CohortCounts>[] {
  const cohorts = new Map<string, Grouped<CohortCounts>>()
  for (const { group, total, label, whole, size, retained } of rows) {
    const key = JSON.stringify([group, total, label])
    const none = () => columns.map(() => 0)
    const cohort = cohorts.get(key) ?? { group, total, label: show(label), size: 0, eligible: none(), retained: none() }
    cohorts.set(key, cohort)
    cohort.size += size
    for (const [i, { from, to }] of columns.entries()) {
      if (whole <= (to ?? from)) continue
      cohort.eligible[i] = (cohort.eligible[i] ?? 0) + size
      cohort.retained[i] = (cohort.retained[i] ?? 0) + (retained[i] ?? 0)
    }
  }
  return [...cohorts.values()]
}

/** How moments are counted from a member's `t0`: pieces over `first` joined so, and later over `member m`. */
interface Clock {
  join: Sql
  label: Sql
  /** What `distance` counts from. */
  origin: Sql
  distance(moment: Sql): Sql
  /** A condition on `e.at` that all up to this distance meet. */
  upTo(distance: number): Sql
  show(label: string | number): string
  /** Where each period begins, of clocks that count periods of the calendar; `distance` is how many began since. */
  periods?: { starts: readonly Date[] }
}

function clockOf(asking: Asking, { count, label, window }: CohortQuery): Clock {
  const { asOf, zone } = asking
  const span = { from: window.from, to: new Date(asOf.getTime() + 1) }
  const periods = label === undefined ? [] : periodsOf(span, label, zone)
  const bucket = (moment: Sql, starts: readonly Date[]) => sql`width_bucket(${moment}, ${starts}::timestamptz[])`
  const labelled = label === undefined ? raw('0') : bucket(sql`t0`, starts(periods))
  const clock = {
    join: raw(''),
    label: labelled,
    show: (index: string | number) => (label === undefined ? '' : (periods[Number(index) - 1]?.label ?? '')),
    upTo: (distance: number) => sql`e.at < m.t0 + ${distance + 2}::int * interval '1 day'`,
  }
  switch (count) {
    case 'rolling24h': {
      // Whole milliseconds: a division of doubles could miss a day by a hair.
      const ms = (moment: Sql) => sql`(extract(epoch FROM ${moment}) * 1000)::bigint`
      return { ...clock, origin: ms(sql`t0`), distance: moment => sql`((${ms(moment)} - m.origin) / 86400000)::int` }
    }
    case 'customerZone': {
      // A date of the customer's own; where nobody knows the zone, of the reporting one.
      const date = (moment: Sql, in_: Sql) => sql`(${moment} AT TIME ZONE ${in_})::date`
      const own = sql`coalesce(z.name, ${zone})`
      const form = label === 'month' ? 'YYYY-MM' : 'YYYY-MM-DD'
      return {
        ...clock,
        join: sql`JOIN customer c ON c.id = first.customer LEFT JOIN pg_timezone_names z ON z.name = c.timezone`,
        label: label === undefined ? raw(`''`) : sql`to_char(date_trunc(${label}, t0 AT TIME ZONE ${own}), ${form})`,
        origin: sql`jsonb_build_array(${own}, ${date(sql`t0`, own)})`,
        distance: moment => sql`${date(moment, sql`(m.origin ->> 0)`)} - (m.origin ->> 1)::date`,
        show: String,
      }
    }
    case 'calendar': {
      const days = dayStarts(localDay(span.from.getTime(), zone), localDay(asOf.getTime(), zone), zone)
      return {
        ...clock,
        origin: bucket(sql`t0`, days),
        distance: moment => sql`${bucket(moment, days)} - m.origin`,
        periods: { starts: days },
      }
    }
    default: {
      const all = starts(periodsOf(span, count, zone))
      const upTo = (distance: number) => sql`e.at < m.t0 + ${(distance + 2) * daysIn[count]}::int * interval '1 day'`
      return {
        ...clock,
        origin: bucket(sql`t0`, all),
        distance: moment => sql`${bucket(moment, all)} - m.origin`,
        upTo,
        periods: { starts: all },
      }
    }
  }
}

const daysIn: Record<Unit, number> = { day: 1, week: 7, month: 31 }
const starts = (periods: readonly { from: Date }[]): Date[] => periods.map(period => period.from)
