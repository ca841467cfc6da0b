import { type BitSum, bitSums, countsOf, mostSets } from '../../../domain/metric/bit-sums.ts'
import type { CohortCounts, CohortQuery, Column, Grouped } from '../../../domain/metric/facts.ts'
import { raw, type Sql, sql } from '../../../domain/sql.ts'
import { type CustomerRange, inFewerParts, partsByWork, within } from '../customer-range.ts'
import { bucket, type Clock, clockOf } from './cohort-clock.ts'
import type { Asking } from './facts.ts'

/**
 * Cohorts and who of them came back when, in one pass over their events: what falls into a column sets its bit, and each
 * bit is counted by cohort and by how much of it is over. Where any event counts, customers are read in parts beside each other.
 */
export async function cohortCounts(given: Asking, query: CohortQuery): Promise<Grouped<CohortCounts>[]> {
  const { tx } = given
  const asking = { ...given, population: await given.population.settled(tx) }
  const { columns } = query
  if (columns.length > 60) throw new RangeError('more columns than bits')
  const time = await clockOf(asking, query)
  const { statements, sums } =
    query.returnEvent === undefined
      ? await ofAnyEvent(asking, query, time)
      : await ofNamedEvent(asking, query, time, query.returnEvent)
  const rows = (await tx.shares<CohortRow>(statements)).flat()
  return gather(rows, columns, time.show, ({ came }) => (sums ? countsOf(sums, came) : came.map(Number)))
}

type CohortRow = Grouped<{ label: string | number; whole: number; size: number; came: (string | null)[] }>

/** Statements to ask, and the sums that their answers are to be read by; without, they are counts. */
interface Asked {
  statements: Sql[]
  sums: readonly BitSum[] | undefined
}

/**
 * Everybody of the cohorts: customer, t0, last_at (where all columns are open-ended), label, origin and what else is asked of these; in the order in which their events lie,
 * where each is looked up.
 */
function membersOf(
  asking: Asking,
  { window, cohortEvent, columns }: CohortQuery,
  time: Clock,
  part?: CustomerRange,
  more = raw(''),
  ordered = false,
): Sql {
  const { population, eventId, asOf } = asking
  const first =
    cohortEvent === undefined
      ? sql`SELECT customer, first_at AS t0, at AS last_at FROM last_seen WHERE true${within('customer', part)}`
      : sql`SELECT s.customer, s.first_at AS t0, ${openEnded(columns) ? raw('l.at') : raw('NULL::timestamptz')} AS last_at
          FROM event_stat s ${raw(openEnded(columns) ? 'JOIN last_seen l ON l.customer = s.customer' : '')} WHERE s.name = ${eventId(cohortEvent) ?? 0}::int${within('s.customer', part)}`
  return sql`SELECT x.*, who."group" FROM (SELECT first.customer, t0, last_at, ${time.label} AS label, ${time.origin} AS origin${time.also}${more}
    FROM (${first} ${raw(ordered ? 'ORDER BY customer OFFSET 0' : '')}) first ${time.joinIn(part)}
    WHERE t0 >= ${window.from}::timestamptz AND t0 < ${window.to}::timestamptz AND t0 <= ${asOf}::timestamptz) x ${population.joinIn(part)}`
}

/** Whether the last event says it all. */
const openEnded = (columns: readonly Column[]): boolean => columns.every(({ to }) => to === null)

/** The largest distance that a column tells apart. */
const lastOf = (columns: readonly Column[]): number => Math.max(0, ...columns.map(({ from, to }) => to ?? from))

/** The bit of each column in the set of a customer: as far apart as they can be. */
function placesOf(columns: readonly Column[]): bigint[] {
  const apart = Math.min(20, Math.floor(62 / Math.max(1, columns.length - 1)))
  return columns.map((_, i) => BigInt(i * apart))
}

/** The bits of a distance: those of the columns it falls into. */
const bitsAt = (columns: readonly Column[], d: number): bigint => {
  const places = placesOf(columns)
  return columns.reduce(
    (all, { from, to }, i) => (d >= from && d <= (to ?? Infinity) ? all | (1n << (places[i] ?? 0n)) : all),
    0n,
  )
}

/** The bits that an event sets: one entry for each distance, the last for all beyond. */
function bitOf({ columns }: CohortQuery, time: Clock, moment: Sql): Sql {
  const last = lastOf(columns)
  const bits = Array.from({ length: last + 2 }, (_, d) => String(bitsAt(columns, d)))
  return sql`(${bits}::bigint[])[1 + least(${time.distance(moment)}, ${last + 1}::int)]`
}

/** Counts of `members` by group, label and how much of the cohort is over, with those who came back in each column. */
function counted(asking: Asking, time: Clock, from: Sql, hit: Sql, came: Came): Sql {
  const { population, asOf } = asking
  const whole = time.whole ?? time.distance(sql`${asOf}::timestamptz`)
  if ('sums' in came)
    return sql`SELECT ${population.keys}, label, whole, count(*)::int AS size, ARRAY[${raw(came.sums.map(({ mask }) => `sum(hit & ${mask})`).join(', '))}]::text[] AS came
    FROM (SELECT m."group", m.label, ${whole} AS whole, m.customer >> ${raw(String(mostSets))} AS so_many, ${hit} AS hit FROM ${from} OFFSET 0) who
    ${population.groupBy(sql`whole, label, so_many`)}`
  const retained = came.masks.map(mask => `coalesce(sum(n) FILTER (WHERE hit & ${mask} <> 0), 0)`)
  return sql`SELECT ${population.keys}, label, whole, sum(n)::int AS size, ARRAY[${raw(retained.join(', '))}]::text[] AS came
    FROM (SELECT m."group", m.label, ${whole} AS whole, ${hit} AS hit, count(*) AS n FROM ${from} GROUP BY 1, 2, 3, 4) who
    ${population.groupBy(sql`whole, label`)}`
}

/** What of a set says that somebody came back: for each column one bit of its own, or any of several. */
type Came = { sums: readonly BitSum[] } | { masks: readonly bigint[] }

/** A column `until`, before which every event lies that can set a bit and is known. */
function untilOf({ columns }: CohortQuery, { asOf }: Asking, time: Clock): Sql {
  const known = sql`${new Date(asOf.getTime() + 1)}::timestamptz`
  return columns.some(({ to }) => to === null)
    ? sql`, ${known} AS until`
    : sql`, least(${time.until(lastOf(columns))}, ${known}) AS until`
}

/**
 * All events of one name lie together in an index, which each part reads whole: few parts, one for each session. The cohort is made once
 * for both sides.
 */
async function ofNamedEvent(asking: Asking, query: CohortQuery, time: Clock, returnEvent: string): Promise<Asked> {
  const { tx, eventId } = asking
  const name = eventId(returnEvent) ?? 0
  const sums = bitSums(placesOf(query.columns))
  const statements = inFewerParts(asking.parts ?? (await partsByWork(tx)), partsOfNamed).map(part => {
    const members = membersOf(asking, query, time, part, untilOf(query, asking, time))
    return sql`WITH member AS MATERIALIZED (${members}) ${counted(
      asking,
      time,
      sql`member m LEFT JOIN (SELECT e.customer, bit_or(${bitOf(query, time, sql`e.at`)}) AS hit
        FROM member m JOIN event e ON e.customer = m.customer AND e.at >= m.t0 AND e.at < m.until AND e.name = ${name}::int${within('e.customer', part)}
        GROUP BY e.customer) s ON s.customer = m.customer`,
      raw('s.hit'),
      { sums },
    )}`
  })
  return { statements, sums }
}

const partsOfNamed = 3

/** Each customer's events lie together in one index: who are many are read in its order, who are few are looked up. */
async function ofAnyEvent(asking: Asking, query: CohortQuery, time: Clock): Promise<Asked> {
  const { tx, population, asOf } = asking
  const { columns, window, cohortEvent } = query
  const parts = asking.parts ?? (await partsByWork(tx))
  const sums = bitSums(placesOf(columns))
  if (openEnded(columns)) {
    // Where every column is open to the end, the last event says it all; it is known but for those who were there after this moment.
    const last = sql`CASE WHEN m.last_at <= ${asOf}::timestamptz THEN m.last_at
      ELSE (SELECT max(e.at) FROM event e WHERE e.customer = m.customer AND e.at >= m.t0 AND e.at <= ${asOf}::timestamptz) END`
    const statements = parts.map(part => {
      const from = sql`(SELECT m.*, ${last} AS last FROM (${membersOf(asking, query, time, part)}) m) m`
      return counted(asking, time, from, bitOf(query, time, sql`m.last`), { sums })
    })
    return { statements, sums }
  }
  // Where the first event of all begins a cohort, there are few periods and many customers, the set of each customer's periods is
  // gathered from all their events at once, without a look for each customer, and counted from the beginning afterwards.
  const periods = cohortEvent === undefined && population.everybody ? (time.periods?.starts ?? []) : []
  if (periods.length > 0 && periods.length < mostPeriods && (await areMany(tx, window))) {
    const came = cameBack(columns)
    const known = (await areAllBy(tx, asOf)) ? raw('true') : sql`at <= ${asOf}::timestamptz`
    const statements = parts.map(part => {
      const sets = sql`SELECT customer, bit_or(1::bigint << ${bucket(raw('at'), periods)}) AS periods
        FROM (SELECT customer, at FROM event WHERE ${known}${within('customer', part)} ORDER BY customer, at OFFSET 0) e GROUP BY customer`
      const from = sql`(${membersOf(asking, query, time, part, raw(''), true)}) m LEFT JOIN (${sets}) s ON s.customer = m.customer`
      return counted(asking, time, from, raw('CASE WHEN m.origin >= 0 THEN s.periods >> m.origin END'), came)
    })
    return { statements, sums: 'sums' in came ? came.sums : undefined }
  }
  // The event that began the cohort is known; what came after it is looked up for each customer who came again at all.
  const statements = parts.map(part => {
    const later = sql`CASE WHEN m.last_at <= m.t0 THEN 0 ELSE coalesce((SELECT bit_or(${bitOf(query, time, sql`e.at`)}) FROM event e
      WHERE e.customer = m.customer AND e.at > m.t0 AND e.at < m.until), 0) END`
    const from = sql`(${membersOf(asking, query, time, part, untilOf(query, asking, time), true)}) m`
    return counted(asking, time, from, sql`${String(bitsAt(columns, 0))}::bigint | ${later}`, { sums })
  })
  return { statements, sums }
}

/** Whether nothing later is stored than this: then events need not be asked for their time. */
const areAllBy = async (tx: Asking['tx'], asOf: Date): Promise<boolean> =>
  (await tx.row<{ all: boolean }>(sql`SELECT NOT EXISTS (SELECT 1 FROM last_seen WHERE at > ${asOf}::timestamptz) AS "all"`))
    ?.all ?? false

/**
 * Whether so large a part of all was first seen in the window that a look at everybody's events costs less than one for each. Of many
 * customers, some are looked at.
 */
async function areMany(tx: Asking['tx'], { from, to }: CohortQuery['window']): Promise<boolean> {
  const size = await tx.row<{ rows: number }>(sql`SELECT reltuples AS rows FROM pg_class WHERE oid = 'last_seen'::regclass`)
  const percent = Math.min(100, (100 * 50_000) / Math.max(1, size?.rows ?? 0))
  const row = await tx.row<{ many: boolean }>(sql`
    SELECT count(*) FILTER (WHERE first_at >= ${from}::timestamptz AND first_at < ${to}::timestamptz) * 8 > count(*) AS many
    FROM last_seen TABLESAMPLE SYSTEM (${percent}) REPEATABLE (1)`)
  return row?.many ?? false
}

/** As many periods as a set of bits holds, and one. */
const mostPeriods = 62

/** The bits of the distances from `from` to `to`, or of all from there on. */
const distances = (from: number, to: number | null): bigint =>
  (1n << BigInt(Math.min((to ?? mostPeriods) + 1, mostPeriods + 1))) - (1n << BigInt(Math.min(from, mostPeriods + 1)))

/** How columns are counted in a set of periods since the first: where each is one period, by sums. */
const cameBack = (columns: readonly Column[]): Came =>
  columns.every(({ from, to }) => to === from && from < mostPeriods)
    ? { sums: bitSums(columns.map(({ from }) => BigInt(from))) }
    : { masks: columns.map(({ from, to }) => distances(from, to)) }

/** Puts the rows of one cohort together; who has not lived through a column (`whole` days are begun) is left out of it. */
function gather(
  rows: readonly CohortRow[],
  columns: readonly Column[],
  show: (label: string | number) => string,
  retainedOf: (row: CohortRow) => number[],
): Grouped<CohortCounts>[] {
  const cohorts = new Map<string, Grouped<CohortCounts>>()
  for (const row of rows) {
    const { group, total, label, whole, size } = row
    const retained = retainedOf(row)
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
