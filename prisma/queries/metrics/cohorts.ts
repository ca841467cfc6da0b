import { dayStarts, localDay } from '../../../domain/metric/calendar.ts'
import type { CohortCounts, CohortQuery, Column, Grouped } from '../../../domain/metric/facts.ts'
import { periodsOf, type Unit } from '../../../domain/metric/periods.ts'
import { join, raw, type Sql, sql } from '../../../domain/sql.ts'
import { type CustomerRange, inFewerParts, partsByWork, within } from '../customer-range.ts'
import type { Asking } from './facts.ts'

/**
 * Cohorts and who of them came back when, in one pass over their events: what falls into a column sets its bit, and each
 * bit is counted by cohort and by how much of it is over. Where any event counts, customers are read in parts beside each other.
 */
export async function cohortCounts(asking: Asking, query: CohortQuery): Promise<Grouped<CohortCounts>[]> {
  const { tx } = asking
  const { columns } = query
  if (columns.length > 60) throw new RangeError('more columns than bits')
  const time = clockOf(asking, query)
  const asked =
    query.returnEvent === undefined
      ? await ofAnyEvent(asking, query, time)
      : await ofNamedEvent(asking, query, time, query.returnEvent)
  return gather((await Promise.all(asked.map(each => tx.rows<CohortRow>(each)))).flat(), columns, time.show)
}

type CohortRow = Grouped<{ label: string | number; whole: number; size: number; retained: number[] }>

/**
 * Everybody of the cohorts: customer, t0, last_at, label, origin and what else is asked of these; in the order in which their events lie,
 * where each is looked up.
 */
function membersOf(
  asking: Asking,
  { window, cohortEvent }: CohortQuery,
  time: Clock,
  part?: CustomerRange,
  more = raw(''),
  ordered = false,
): Sql {
  const { population, eventId, asOf } = asking
  const first =
    cohortEvent === undefined
      ? sql`SELECT customer, first_at AS t0, at AS last_at FROM last_seen WHERE true${within('customer', part)}`
      : sql`SELECT s.customer, s.first_at AS t0, l.at AS last_at FROM event_stat s JOIN last_seen l ON l.customer = s.customer
          WHERE s.name = ${eventId(cohortEvent) ?? 0}::int${within('s.customer', part)}`
  return sql`SELECT x.*, who."group" FROM (SELECT first.customer, t0, last_at, ${time.label} AS label, ${time.origin} AS origin${more}
    FROM (${first} ${raw(ordered ? 'ORDER BY customer OFFSET 0' : '')}) first ${time.join}
    WHERE t0 >= ${window.from}::timestamptz AND t0 < ${window.to}::timestamptz AND t0 <= ${asOf}::timestamptz) x ${population.join}`
}

/** The largest distance that a column tells apart. */
const lastOf = (columns: readonly Column[]): number => Math.max(0, ...columns.map(({ from, to }) => to ?? from))

/** The bits of a distance: those of the columns it falls into. */
const bitsAt = (columns: readonly Column[], d: number): bigint =>
  columns.reduce((all, { from, to }, i) => (d >= from && d <= (to ?? Infinity) ? all | (1n << BigInt(i)) : all), 0n)

/** The bits that an event sets: one entry for each distance, the last for all beyond. */
function bitOf({ columns }: CohortQuery, time: Clock, moment: Sql): Sql {
  const last = lastOf(columns)
  const bits = Array.from({ length: last + 2 }, (_, d) => String(bitsAt(columns, d)))
  return sql`(${bits}::bigint[])[1 + least(${time.distance(moment)}, ${last + 1}::int)]`
}

/** Counts of `members` by group, label and how much of the cohort is over, with those who came back in each column. */
function counted(asking: Asking, query: CohortQuery, time: Clock, from: Sql, hit: Sql, maskOf = oneBit): Sql {
  const { population, asOf } = asking
  const whole = time.distance(sql`${asOf}::timestamptz`)
  const bits = query.columns.map(maskOf)
  if (bits.length >= worthPacking && bits.every((bit, i) => bit === oneBit(query.columns[i] as Column, i)))
    return sql`SELECT ${population.keys}, label, whole, count(*)::int AS size, ARRAY[${join(countedInPairs(bits.length), ', ')}]::int[] AS retained
    FROM (SELECT m."group", m.label, ${whole} AS whole, ${hit} AS hit FROM ${from} OFFSET 0) who ${population.groupBy(sql`label, whole`)}`
  const retained = query.columns.map(
    (column, i) => sql`coalesce(sum(n) FILTER (WHERE hit & ${raw(String(maskOf(column, i)))} <> 0), 0)`,
  )
  return sql`SELECT ${population.keys}, label, whole, sum(n)::int AS size, ARRAY[${join(retained, ', ')}]::int[] AS retained
    FROM (SELECT m."group", m.label, ${whole} AS whole, ${hit} AS hit, count(*) AS n FROM ${from} GROUP BY 1, 2, 3, 4) who
    ${population.groupBy(sql`label, whole`)}`
}

/** From so many columns on, few customers have the same set of them. */
const worthPacking = 20

/** How many rows have each bit of `hit`, two bits in one sum: the second lies so high that no count of the first reaches it. */
function countedInPairs(bits: number): Sql[] {
  const apart = Math.max(27, Math.ceil(bits / 2))
  const sum = (low: number) => `coalesce(sum((hit >> ${low}) & ${2 ** apart + 1}), 0)::bigint`
  return Array.from({ length: bits }, (_, i) =>
    raw(i < apart ? `${sum(i)} & ${2 ** apart - 1}` : `${sum(i - apart)} >> ${apart}`),
  )
}

const oneBit = (_: Column, i: number): bigint => 1n << BigInt(i)
const periodBits = ({ from, to }: Column): bigint => distances(from, to)

/** A column `until`, before which every event lies that can set a bit. */
const untilOf = ({ columns }: CohortQuery, time: Clock): Sql => sql`, ${time.until(lastOf(columns))} AS until`

/** The events of member `m` that can set a bit. */
const laterOf = ({ columns }: CohortQuery, asOf: Date): Sql =>
  sql`e.customer = m.customer AND e.at >= m.t0 AND e.at <= ${asOf}::timestamptz ${raw(columns.some(({ to }) => to === null) ? '' : 'AND e.at < m.until')}`

/**
 * All events of one name lie together in an index, which each part reads whole: few parts, one for each session. The cohort is made once
 * for both sides.
 */
async function ofNamedEvent(asking: Asking, query: CohortQuery, time: Clock, returnEvent: string): Promise<Sql[]> {
  const { tx, eventId, asOf } = asking
  const name = eventId(returnEvent) ?? 0
  return inFewerParts(asking.parts ?? (await partsByWork(tx)), partsOfNamed).map(part => {
    const members = membersOf(asking, query, time, part, untilOf(query, time))
    return sql`WITH member AS MATERIALIZED (${members}) ${counted(
      asking,
      query,
      time,
      sql`member m LEFT JOIN (SELECT e.customer, bit_or(${bitOf(query, time, sql`e.at`)}) AS hit
        FROM member m JOIN event e ON ${laterOf(query, asOf)} AND e.name = ${name}::int${within('e.customer', part)}
        GROUP BY e.customer) s ON s.customer = m.customer`,
      raw('s.hit'),
    )}`
  })
}

const partsOfNamed = 3

/** Each customer's events lie together in one index: who are many are read in its order, who are few are looked up. */
async function ofAnyEvent(asking: Asking, query: CohortQuery, time: Clock): Promise<Sql[]> {
  const { tx, population, asOf } = asking
  const { columns, window, cohortEvent } = query
  const parts = asking.parts ?? (await partsByWork(tx))
  if (columns.every(({ to }) => to === null)) {
    // Where every column is open to the end, the last event says it all; it is known but for those who were there after this moment.
    const last = sql`CASE WHEN m.last_at <= ${asOf}::timestamptz THEN m.last_at
      ELSE (SELECT max(e.at) FROM event e WHERE e.customer = m.customer AND e.at >= m.t0 AND e.at <= ${asOf}::timestamptz) END`
    return parts.map(part =>
      counted(
        asking,
        query,
        time,
        sql`(SELECT m.*, ${last} AS last FROM (${membersOf(asking, query, time, part)}) m) m`,
        bitOf(query, time, sql`m.last`),
      ),
    )
  }
  // Where the first event of all begins a cohort, there are few periods and many customers, the set of each customer's periods is
  // gathered from all their events at once, without a look for each customer, and counted from the beginning afterwards.
  const periods = cohortEvent === undefined && population.everybody ? (time.periods?.starts ?? []) : []
  if (periods.length > 0 && periods.length < mostPeriods && (await areMany(tx, window)))
    return parts.map(part => {
      const sets = sql`SELECT customer, bit_or(1::bigint << width_bucket(at, ${periods}::timestamptz[])) AS periods
        FROM (SELECT customer, at FROM event WHERE at <= ${asOf}::timestamptz${within('customer', part)} ORDER BY customer, at OFFSET 0) e GROUP BY customer`
      const from = sql`(${membersOf(asking, query, time, part)}) m LEFT JOIN (${sets}) s ON s.customer = m.customer`
      return counted(asking, query, time, from, raw('CASE WHEN m.origin >= 0 THEN s.periods >> m.origin END'), periodBits)
    })
  // The event that began the cohort is known; what came after it is looked up for each customer.
  return parts.map(part => {
    const from = sql`(SELECT any_value(m."group") AS "group", any_value(m.label) AS label, any_value(m.origin) AS origin, ${String(bitsAt(columns, 0))}::bigint | coalesce(bit_or(${bitOf(query, time, sql`e.at`)}), 0) AS hit
      FROM (${membersOf(asking, query, time, part, untilOf(query, time), true)}) m
      LEFT JOIN LATERAL (SELECT e.at FROM event e WHERE ${laterOf(query, asOf)} AND e.at > m.t0 OFFSET 0) e ON true GROUP BY m.customer) m`
    return counted(asking, query, time, from, raw('m.hit'))
  })
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
  rows: readonly CohortRow[],
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
  /** A moment before which all events up to this distance from `t0` lie. */
  until(distance: number): Sql
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
    until: (distance: number) => sql`t0 + ${distance + 2}::int * interval '1 day'`,
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
      const until = (distance: number) => sql`t0 + ${(distance + 2) * daysIn[count]}::int * interval '1 day'`
      return {
        ...clock,
        origin: bucket(sql`t0`, all),
        distance: moment => sql`${bucket(moment, all)} - m.origin`,
        until,
        periods: { starts: all },
      }
    }
  }
}

const daysIn: Record<Unit, number> = { day: 1, week: 7, month: 31 }
const starts = (periods: readonly { from: Date }[]): Date[] => periods.map(period => period.from)
