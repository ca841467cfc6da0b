import { type Measure, orderEvent, subscriptionEvents, unitMs } from '../../domain/experiment/measure.ts'
import { mergeSums } from '../../domain/experiment/outcome.ts'
import { filterWhere } from '../../domain/segment/filter.ts'
import { join, raw, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { type CustomerRange, within } from './customer-range.ts'
import { type Convert, faceAmount, rateOf } from './order-amount.ts'
import { ageOf, definitionsOf, oneOf, type Population, populationOf } from './outcomes.ts'

/** Customers of an arm with an outcome: when it came (`time` units after entering, null where not yet seen for certain). */
export interface CellRow {
  arm: string
  age: number
  time: number | null
  matured: boolean
  success: boolean
  n: number
}

/** Sums over matured customers with any money; y within the window after entering, x in the window of that length before it. */
export interface MoneyRow {
  arm: string
  n: number
  buyers: number
  y: number
  x: number
  yy: number
  xx: number
  xy: number
}

export interface Hits {
  cells: CellRow[]
  money: MoneyRow[]
  /** Customers reached by a step's message before they succeeded. */
  steps: { version: number; step: number; n: number }[]
  /** The one currency of all orders, or both ends of several; null where none is named. */
  currencies: [string, string] | null
  /** Orders in a currency without a rate. */
  unconverted: number
  cap: number | null
}

export interface HitOptions {
  /** No customer of the population entered before. */
  since: Date
  /** Money counts at most this much a customer; or at most the q-quantile of what customers spent before they entered. */
  cap?: { amount: number } | { quantile: number }
  /** Whether spending before the entry is wanted too. */
  before: boolean
  steps: boolean
  /**
   * Amounts by these rates, from what was said. Without it they are added as they are stored, which is all there is to know while every
   * order is in the reporting currency.
   */
  convert?: Convert
  /** All customers in parts, each read by itself and beside the others; a cap by quantile needs everybody at once. */
  parts?: readonly CustomerRange[]
}

const nothing: Hits = { cells: [], money: [], steps: [], currencies: null, unconverted: 0, cap: null }

/** Numbers of event names; names never seen have none. */
export async function eventIds(tx: Queryable, names: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx.rows<{ id: number; name: string }>(
    sql`SELECT id, name FROM event_name WHERE name = ANY(${[...names]}::text[])`,
  )
  return new Map(rows.map(row => [row.name, row.id]))
}

/** The condition that an event `ev` is the one that counts for customer `p`. */
function countsFor(measure: Measure, ids: ReadonlyMap<string, number>): Sql {
  const kinds = definitionsOf(measure)
  const cases = kinds.flatMap(({ counted }, def) => {
    const id = ids.get(counted.event)
    if (id === undefined) return []
    const is = sql`ev.name = ${id} AND (${filterWhere(counted.where, raw('ev.properties'))})`
    return [kinds.length === 1 ? is : sql`p.def = ${def} AND ${is}`]
  })
  return join(
    cases.map(each => sql`(${each})`),
    ' OR ',
    raw('false'),
  )
}

/** What customers did in their windows, counted by arm: a join of the population with the events that matter, for each part of the customers. */
export async function hitsOf(tx: Queryable, population: Population, options: HitOptions): Promise<Hits> {
  const { measure } = population
  const names = new Set([orderEvent])
  if (measure.by === 'events') for (const goal of measure.goals) if (goal.counted) names.add(goal.counted.event)
  const ids = await eventIds(tx, [...names])
  if (ids.size === 0) return nothing
  const whole = options.cap && 'quantile' in options.cap
  const parts = whole || !options.parts?.length ? [undefined] : options.parts
  const read = parts.map(part => summed(tx, hitOf(part ? { ...population, part } : population, options, ids), options))
  return together(await Promise.all(read))
}

/** A row for each customer who did anything that matters in their window. */
function hitOf(population: Population, options: HitOptions, ids: ReadonlyMap<string, number>): Sql {
  const { measure } = population
  const counts = measure.by === 'events' ? countsFor(measure, ids) : raw('false')
  const longest = Math.max(...measure.goals.map(goal => goal.counted?.to ?? 0))
  const since = new Date(options.since.getTime() - (options.before ? longest : 0))
  const order = sql`ev.name = ${ids.get(orderEvent) ?? -1}`
  const { convert } = options
  const money = convert ? sql`${faceAmount('ev')} * ${rateOf('ev', convert)}` : raw('ev.value')
  const after = sql`ev.at > p.entered_at`
  const matured = sql`p.entered_at <= p.cutoff`
  return sql`
    SELECT p.id, p.arm, ${ageOf(population.at, population.unit)} AS age, ${matured} AS matured,
      ceil(date_part('epoch', min(ev.at) FILTER (WHERE ${after} AND (${counts})) - p.entered_at) * 1000 / ${unitMs[population.unit]}::float8)::int AS time,
      min(ev.at) FILTER (WHERE ${after} AND (${counts})) AS first_at,
      coalesce(bool_or(${after} AND ev.at >= p.entered_at + p.start AND (${counts})), false) AS success,
      coalesce(sum(${money}) FILTER (WHERE ${order} AND ${after}), 0)::float8 AS y,
      ${options.before ? sql`coalesce(sum(${money}) FILTER (WHERE ${order} AND ev.at <= p.entered_at), 0)::float8` : raw('0::float8')} AS x,
      min(ev.currency COLLATE "C") FILTER (WHERE ${order}) AS low, max(ev.currency COLLATE "C") FILTER (WHERE ${order}) AS high,
      ${convert ? sql`count(*) FILTER (WHERE ${order} AND ${faceAmount('ev')} IS NOT NULL AND ${rateOf('ev', convert)} IS NULL)` : raw('0')} AS unconverted
    FROM (${populationOf(population)}) p JOIN event ev ON ev.customer = p.customer
    WHERE p.measured AND ${oneOf(raw('ev.name'), [...ids.values()])} AND ev.at > ${since} AND ev.at <= ${population.at}${within('ev.customer', population.part)}
      AND ev.at > p.entered_at${options.before ? raw(' - p.span') : raw('')} AND ev.at <= p.entered_at + p.span
    GROUP BY p.id, p.arm, p.entered_at, p.span, p.span_ms, p.cutoff`
}

/** Several parts as one. */
function together(parts: readonly Hits[]): Hits {
  const ends = parts.flatMap(part => part.currencies ?? []).toSorted((x, y) => (x < y ? -1 : x > y ? 1 : 0))
  const more = <Row extends { n: number }>(x: Row, y: Row): Row => ({ ...x, n: x.n + y.n })
  return {
    cells: keyed(
      parts.flatMap(part => part.cells),
      cell => `${cell.arm}/${cell.age}/${cell.time}/${cell.matured}/${cell.success}`,
      more,
    ),
    money: keyed(
      parts.flatMap(part => part.money),
      row => row.arm,
      (x, y) => ({ ...mergeSums(x, y), buyers: x.buyers + y.buyers }),
    ),
    steps: keyed(
      parts.flatMap(part => part.steps),
      row => `${row.version}/${row.step}`,
      more,
    ),
    currencies: ends.length > 0 ? [ends[0]!, ends.at(-1)!] : null,
    unconverted: parts.reduce((sum, part) => sum + part.unconverted, 0),
    cap: parts.find(part => part.cap !== null)?.cap ?? null,
  }
}

/** One row for each key. */
function keyed<Row>(rows: readonly Row[], key: (row: Row) => string, add: (a: Row, b: Row) => Row): Row[] {
  const found = new Map<string, Row>()
  for (const row of rows) {
    const before = found.get(key(row))
    found.set(key(row), before ? add(before, row) : row)
  }
  return [...found.values()]
}

/** The same for churn of subscriptions: only customers whose subscription ran when they entered are at risk. */
export async function subscriptionHitsOf(
  tx: Queryable,
  population: Population,
): Promise<{ atRisk: { arm: string; age: number; n: number; matured: number }[]; cells: CellRow[] }> {
  const ids = await eventIds(tx, [...subscriptionEvents.on, subscriptionEvents.off])
  const off = sql`ev.name = ${ids.get(subscriptionEvents.off) ?? -1}`
  const rows = await tx.rows<CellRow>(sql`
    WITH at_risk AS (
      SELECT p.arm, ${ageOf(population.at, population.unit)} AS age, p.entered_at <= p.cutoff AS matured,
        ceil(date_part('epoch', min(ev.at) FILTER (WHERE ${off} AND ev.at > p.entered_at) - p.entered_at) * 1000 / ${unitMs[population.unit]}::float8)::int AS time,
        max(ev.at) FILTER (WHERE NOT ${off} AND ev.at <= p.entered_at) AS ran, max(ev.at) FILTER (WHERE ${off} AND ev.at <= p.entered_at) AS had_ended,
        max(ev.at) FILTER (WHERE NOT ${off}) AS last_on, max(ev.at) FILTER (WHERE ${off}) AS last_off
      FROM (${populationOf(population)}) p JOIN event ev ON ev.customer = p.customer
      WHERE p.measured AND ev.name = ANY(${[...ids.values()]}::int[]) AND ev.at <= ${population.at} AND ev.at <= p.entered_at + p.span
      GROUP BY p.id, p.arm, p.entered_at, p.span, p.span_ms, p.cutoff
    )
    SELECT arm, age, CASE WHEN time <= age THEN time END AS time, matured, coalesce(last_off > last_on, false) AS success, count(*) AS n
    FROM at_risk WHERE ran IS NOT NULL AND (had_ended IS NULL OR had_ended < ran) GROUP BY 1, 2, 3, 4, 5`)
  const atRisk = rows.map(row => ({ arm: row.arm, age: row.age, n: row.n, matured: row.matured ? row.n : 0 }))
  return { atRisk, cells: rows }
}

/** A statement that sets something is not divided among processes: a part has one to itself, and need not be gathered from several. */
const alone = raw(`set_config('jit', 'off', true)`)

/** What the rows of `hit` say together: read once for its sums, and once more for the messages that went before. */
async function summed(tx: Queryable, hit: Sql, options: HitOptions): Promise<Hits> {
  const cap = !options.cap
    ? raw(`'Infinity'::float8`)
    : 'amount' in options.cap
      ? sql`${options.cap.amount}::float8`
      : sql`coalesce((SELECT percentile_cont(${options.cap.quantile}::float8) WITHIN GROUP (ORDER BY x) FROM hit WHERE x > 0), 'Infinity')`
  const y = options.cap ? raw('least(y, cap.value)') : raw('y')
  const x = options.cap ? raw('least(x, cap.value)') : raw('x')
  const paid = raw('FILTER (WHERE y <> 0 OR x <> 0)')
  const row = await tx.row<{
    sums: (CellRow & {
      happened: boolean
      paid: number
      buyers: number
      y: number | null
      x: number | null
      yy: number | null
      xx: number | null
      xy: number | null
      low: string | null
      high: string | null
      unconverted: number
    })[]
    steps: Hits['steps'] | null
    cap: number | null
  }>(sql`
    WITH hit AS MATERIALIZED (${hit}), cap AS MATERIALIZED (SELECT ${cap} AS value), summed AS (
      SELECT arm, age, CASE WHEN time <= age THEN time END AS time, time IS NOT NULL AS happened, matured, success, count(*) AS n,
        count(*) ${paid} AS paid, count(*) FILTER (WHERE ${y} > 0) AS buyers, avg(${y}) ${paid} AS y, avg(${x}) ${paid} AS x,
        var_pop(${y}) ${paid} AS yy, var_pop(${x}) ${paid} AS xx, covar_pop(${y}, ${x}) ${paid} AS xy, min(low) AS low, max(high) AS high, sum(unconverted) AS unconverted
      FROM hit CROSS JOIN cap GROUP BY 1, 2, 3, 4, 5, 6
    ), passed AS (
      SELECT m.version, m.step, count(*) AS n FROM (SELECT id, first_at FROM hit WHERE success ORDER BY id) h
        CROSS JOIN LATERAL (SELECT version, step FROM message m WHERE m.enrollment = h.id AND m.accepted_at < h.first_at OFFSET 0) m
      WHERE ${raw(options.steps ? 'true' : 'false')} GROUP BY 1, 2
    )
    SELECT (SELECT json_agg(summed) FROM summed) AS sums, (SELECT json_agg(passed) FROM passed) AS steps, (SELECT nullif(value, 'Infinity') FROM cap) AS cap,
      ${alone}`)
  const sums = row?.sums ?? []
  const one = sums.map((sum): Hits => {
    const { arm, age, time, matured, success, n, paid } = sum
    const money = {
      arm,
      n: paid,
      buyers: sum.buyers,
      y: sum.y ?? 0,
      x: sum.x ?? 0,
      yy: (sum.yy ?? 0) * paid,
      xx: (sum.xx ?? 0) * paid,
      xy: (sum.xy ?? 0) * paid,
    }
    return {
      cells: sum.happened ? [{ arm, age, time, matured, success, n }] : [],
      money: matured && paid > 0 ? [money] : [],
      steps: [],
      currencies: sum.low !== null && sum.high !== null ? [sum.low, sum.high] : null,
      unconverted: sum.unconverted,
      cap: null,
    }
  })
  return together([...one, { ...nothing, steps: row?.steps ?? [], cap: row?.cap ?? null }])
}
