import { type CurveUnit, type Measure, unitMs } from '../../domain/experiment/measure.ts'
import { raw, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { type CustomerRange, rangesBetween, within } from './customer-range.ts'

/** Whose outcomes are asked for: everybody who entered these runs, each customer once, by the first of their stays in them. */
export interface Population {
  runs: readonly number[]
  measure: Measure
  at: Date
  unit: CurveUnit
  /** Whether anybody can have more than one stay in these runs. */
  reenters: boolean
  /** Only customers who entered under these versions: those that share one experiment. */
  versions?: readonly number[]
  /** A condition over `c` (customer) that narrows it down: for breakdowns. */
  who?: Sql
  /** Only customers with these numbers: a part that is read by itself. */
  part?: CustomerRange
  /** Only these enrollments. */
  enrollments?: readonly number[]
}

/** Fewer customers than this are read at once. */
const worthDividing = 50_000

/** The customers of these runs in parts that can be read beside each other: two, where there may be many. */
export async function partsOf(tx: Queryable, runs: readonly number[]): Promise<CustomerRange[]> {
  const row = await tx.row<{ low: number | null; high: number | null }>(sql`
    SELECT min(x.low) AS low, max(x.high) AS high FROM unnest(${[...runs]}::int[]) AS r (id) CROSS JOIN LATERAL
      (SELECT (SELECT customer FROM enrollment WHERE run = r.id ORDER BY customer LIMIT 1) AS low, (SELECT customer FROM enrollment WHERE run = r.id ORDER BY customer DESC LIMIT 1) AS high) x`)
  if (row?.low == null || row.high == null || row.high - row.low < worthDividing) return rangesBetween([])
  return rangesBetween([Math.floor((row.low + row.high) / 2)])
}

/** Everybody of an arm and version who has been in for `age` whole units (no longer than they are watched). */
export interface BaseRow {
  arm: string
  version: number
  /** False for customers of goals that say nothing about success. */
  measured: boolean
  age: number
  n: number
  /** Those whom the hash put there at this entry: what the sample ratio is judged by. */
  drawn: number
  matured: number
  /** Those who matured in the last seven days. */
  recent: number
  firstEntered: Date
  /** How long they are watched; null where nothing is counted. */
  spanMs: number | null
}

/** The version whose weights drew the arm and whose goals say what success is, whatever the customer was moved to since. */
const entered = raw('coalesce(e.entered_version, e.version)')

const span = (ms: number): Sql => sql`${ms}::float8 * interval '1 millisecond'`

/** A column that has one of these numbers: of one, the plainest comparison, which is made millions of times. */
export const oneOf = (column: Sql, numbers: readonly number[]): Sql =>
  numbers.length === 1 ? sql`${column} = ${numbers[0]}::int` : sql`${column} = ANY(${[...numbers]}::int[])`

/** How long each goal's customers are watched: constants where all goals agree, else a row for each version and goal. */
function windows(measure: Measure, at: Date): { columns: Sql; join: Sql } {
  const [first] = measure.goals
  const alike = measure.goals.every(
    each => each.counted !== null && each.counted.from === first?.counted?.from && each.counted.to === first.counted.to,
  )
  const kinds = definitionsOf(measure)
  if (first?.counted && alike && kinds.length === 1)
    return {
      columns: sql`true AS measured, 0 AS def, ${span(first.counted.from)} AS start, ${span(first.counted.to)} AS span, ${first.counted.to}::float8 AS span_ms,
        ${new Date(at.getTime() - first.counted.to)}::timestamptz AS cutoff`,
      join: raw(''),
    }
  return {
    columns: raw('w.def IS NOT NULL AS measured, w.def, w.start, w.span, w.span_ms, w.cutoff'),
    join: sql`LEFT JOIN (
      SELECT version, goal, def, lo * interval '1 millisecond' AS start, hi * interval '1 millisecond' AS span, hi AS span_ms,
        ${at}::timestamptz - hi * interval '1 millisecond' AS cutoff
      FROM unnest(${kinds.flatMap(kind => kind.of.map(each => each.version))}::int[], ${kinds.flatMap(kind => kind.of.map(each => each.goal))}::text[],
        ${kinds.flatMap((kind, i) => kind.of.map(() => i))}::int[], ${kinds.flatMap(kind => kind.of.map(() => kind.counted.from))}::float8[],
        ${kinds.flatMap(kind => kind.of.map(() => kind.counted.to))}::float8[]) AS u(version, goal, def, lo, hi)
    ) w ON w.version = ${entered} AND w.goal = e.goal`,
  }
}

/** The distinct definitions of what counts, each with the versions and goals that share it. */
export function definitionsOf(measure: Measure) {
  const found = new Map<string, { counted: NonNullable<Measure['goals'][number]['counted']>; of: Measure['goals'][number][] }>()
  for (const each of measure.goals) {
    if (!each.counted) continue
    const key = JSON.stringify(each.counted)
    const kind = found.get(key) ?? { counted: each.counted, of: [] }
    kind.of.push(each)
    found.set(key, kind)
  }
  return [...found.values()]
}

/**
 * The population as rows of id, customer, arm, version, entered_at, drawn, measured, def, start, span, span_ms, cutoff (who entered until then has matured). Entrants that a
 * promotion or a stopped arm has moved are left out: nobody drew their arm.
 */
export function populationOf(population: Population): Sql {
  const { columns, join } = windows(population.measure, population.at)
  const runs = [...population.runs]
  const { versions } = population
  // Who came back to an experiment that was changed meanwhile was not drawn by it.
  const drawn = versions
    ? sql`e.assigned IS NULL AND ${entered} = ANY(${[...versions]}::int[])`
    : raw(`(e.assigned IS NULL OR e.assigned = 'kept')`)
  return sql`SELECT e.id, e.customer, e.variant AS arm, ${entered} AS version, e.entered_at, e.assigned IS NULL AS drawn, ${columns}
    FROM enrollment e ${join}${population.who ? sql` JOIN customer c ON c.id = e.customer` : raw('')}
    WHERE ${oneOf(raw('e.run'), runs)} AND e.entered_at <= ${population.at} AND ${drawn}${within('e.customer', population.part)}
      ${population.enrollments ? sql`AND e.id = ANY(${[...population.enrollments]}::bigint[])` : raw('')}
      ${population.reenters ? sql`AND NOT EXISTS (SELECT 1 FROM enrollment x WHERE ${oneOf(raw('x.run'), runs)} AND x.customer = e.customer AND x.id < e.id)` : raw('')}
      ${population.who ? sql`AND (${population.who})` : raw('')}`
}

/** Whole units that a customer of `p` has been in, at most as many as they are watched. */
export const ageOf = (at: Date, unit: CurveUnit): Sql =>
  // Differences of seconds are a hair off in doubles; whole milliseconds are not.
  sql`floor(least(round((${at.getTime() / 1_000}::float8 - date_part('epoch', p.entered_at)) * 1000), p.span_ms) / ${unitMs[unit]}::float8)::int`

/** Counts of everybody, by arm, version and age: one pass over the enrollments. */
export async function baseOf(tx: Queryable, population: Population): Promise<BaseRow[]> {
  const { at, unit } = population
  // Times are whole milliseconds: bins that begin one of them later have their edges where an age is complete.
  const edge = at.getTime() + 1
  const rows = await tx.rows<Omit<BaseRow, 'age'> & { bin: Date }>(sql`
    SELECT p.arm, p.version, p.measured, date_bin(${span(unitMs[unit])}, greatest(p.entered_at, coalesce(p.cutoff, ${at})), ${new Date(edge)}::timestamptz) AS bin,
      count(*) AS n, count(*) FILTER (WHERE p.drawn) AS drawn, count(*) FILTER (WHERE p.entered_at <= p.cutoff) AS matured,
      count(*) FILTER (WHERE p.entered_at <= p.cutoff AND p.entered_at > p.cutoff - interval '7 days') AS recent,
      min(p.entered_at) AS "firstEntered", p.span_ms AS "spanMs"
    FROM (${populationOf(population)}) p GROUP BY 1, 2, 3, 4, p.span_ms`)
  return rows.map(({ bin, ...row }) => ({ ...row, age: Math.round((edge - bin.getTime()) / unitMs[unit]) - 1 }))
}

/** Entrants of these runs whose arm a promotion or a stopped arm has said: shown, not compared. */
export const movedOf = (tx: Queryable, runs: readonly number[], at: Date) =>
  tx.rows<{ arm: string; assigned: string; n: number }>(sql`SELECT variant AS arm, assigned, count(*) AS n FROM enrollment
    WHERE run = ANY(${[...runs]}::int[]) AND assigned IN ('promoted', 'replaced') AND entered_at <= ${at} GROUP BY 1, 2`)

/** A word that changes whenever something is stored that results rest on: the newest of each kind, one probe of an index each. */
export const storedSoFar = async (db: Queryable): Promise<string> =>
  JSON.stringify(
    await db.row(sql`SELECT (SELECT max(id) FROM event) AS event, (SELECT max(id) FROM enrollment) AS enrollment, (SELECT max(id) FROM provider_event) AS news,
      (SELECT max(id) FROM audit) AS audit, (SELECT max(id) FROM consent_change) AS consent, (SELECT id FROM message ORDER BY id DESC LIMIT 1) AS message,
      (SELECT max(version) FROM setting) AS setting, (SELECT max(updated_at) FROM segment) AS segment, (SELECT max(id) FROM run) AS run`),
  )
