import { type Measure, orderEvent, subscriptionEvents, unitMs } from '../../domain/experiment/measure.ts'
import { filterWhere } from '../../domain/segment/filter.ts'
import { join, raw, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
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
  /** What one unit of a currency is worth in `reporting`; without it amounts are added as they stand. */
  convert?: { reporting: string; rates: Readonly<Record<string, number>> }
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

/** What customers did in their windows, counted by arm: one join of the population with the events that matter. */
export async function hitsOf(tx: Queryable, population: Population, options: HitOptions): Promise<Hits> {
  const { measure } = population
  const names = new Set([orderEvent])
  if (measure.by === 'events') for (const goal of measure.goals) if (goal.counted) names.add(goal.counted.event)
  const ids = await eventIds(tx, [...names])
  if (ids.size === 0) return nothing
  const counts = measure.by === 'events' ? countsFor(measure, ids) : raw('false')
  const longest = Math.max(...measure.goals.map(goal => goal.counted?.to ?? 0))
  const since = new Date(options.since.getTime() - (options.before ? longest : 0))
  const order = sql`ev.name = ${ids.get(orderEvent) ?? -1}`
  const factor = options.convert
    ? sql`coalesce((${JSON.stringify(options.convert.rates)}::jsonb ->> ev.currency)::float8,
        CASE WHEN coalesce(ev.currency, ${options.convert.reporting}) = ${options.convert.reporting} THEN 1 END)`
    : raw('1')
  const money = sql`ev.value * ${factor}`
  const after = sql`ev.at > p.entered_at`
  const matured = sql`p.entered_at <= p.cutoff`
  const hit = sql`
    SELECT p.id, p.arm, ${ageOf(population.at, population.unit)} AS age, ${matured} AS matured,
      ceil(date_part('epoch', min(ev.at) FILTER (WHERE ${after} AND (${counts})) - p.entered_at) * 1000 / ${unitMs[population.unit]}::float8)::int AS time,
      min(ev.at) FILTER (WHERE ${after} AND (${counts})) AS first_at,
      coalesce(bool_or(${after} AND ev.at >= p.entered_at + p.start AND (${counts})), false) AS success,
      coalesce(sum(${money}) FILTER (WHERE ${order} AND ${after}), 0)::float8 AS y,
      ${options.before ? sql`coalesce(sum(${money}) FILTER (WHERE ${order} AND ev.at <= p.entered_at), 0)::float8` : raw('0::float8')} AS x,
      min(ev.currency COLLATE "C") FILTER (WHERE ${order}) AS low, max(ev.currency COLLATE "C") FILTER (WHERE ${order}) AS high,
      ${options.convert ? sql`count(*) FILTER (WHERE ${order} AND ev.value IS NOT NULL AND ${factor} IS NULL)` : raw('0')} AS unconverted
    FROM (${populationOf(population)}) p JOIN event ev ON ev.customer = p.customer
    WHERE p.measured AND ${oneOf(raw('ev.name'), [...ids.values()])} AND ev.at > ${since} AND ev.at <= ${population.at}
      AND ev.at > p.entered_at${options.before ? raw(' - p.span') : raw('')} AND ev.at <= p.entered_at + p.span
    GROUP BY p.id, p.arm, p.entered_at, p.span, p.span_ms, p.cutoff`
  return await summed(tx, hit, options)
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

async function summed(tx: Queryable, hit: Sql, options: HitOptions): Promise<Hits> {
  const cap = !options.cap
    ? raw(`'Infinity'::float8`)
    : 'amount' in options.cap
      ? sql`${options.cap.amount}::float8`
      : sql`coalesce((SELECT percentile_cont(${options.cap.quantile}::float8) WITHIN GROUP (ORDER BY x) FROM hit WHERE x > 0), 'Infinity')`
  const row = await tx.row<{
    cells: CellRow[] | null
    money: MoneyRow[] | null
    steps: Hits['steps'] | null
    low: string | null
    high: string | null
    unconverted: number | null
    cap: number | null
  }>(sql`
    WITH hit AS MATERIALIZED (${hit}), cap AS MATERIALIZED (SELECT ${cap} AS value), capped AS (
      SELECT arm, least(y, cap.value) AS y, least(x, cap.value) AS x FROM hit CROSS JOIN cap WHERE matured AND (y <> 0 OR x <> 0)
    ), money AS (
      SELECT arm, count(*) AS n, count(*) FILTER (WHERE y > 0) AS buyers, avg(y) AS y, avg(x) AS x,
        var_pop(y) * count(*) AS yy, var_pop(x) * count(*) AS xx, covar_pop(y, x) * count(*) AS xy FROM capped GROUP BY arm
    ), cell AS (
      SELECT arm, age, CASE WHEN time <= age THEN time END AS time, matured, success, count(*) AS n FROM hit WHERE time IS NOT NULL GROUP BY 1, 2, 3, 4, 5
    ), passed AS (
      SELECT m.version, m.step, count(*) AS n FROM hit h JOIN message m ON m.enrollment = h.id
      WHERE ${raw(options.steps ? 'true' : 'false')} AND h.success AND m.accepted_at < h.first_at GROUP BY 1, 2
    )
    SELECT (SELECT json_agg(cell) FROM cell) AS cells, (SELECT json_agg(money) FROM money) AS money, (SELECT json_agg(passed) FROM passed) AS steps,
      (SELECT nullif(value, 'Infinity') FROM cap) AS cap, paid.* FROM (SELECT min(low) AS low, max(high) AS high, sum(unconverted) AS unconverted FROM hit) paid`)
  return {
    cells: row?.cells ?? [],
    money: row?.money ?? [],
    steps: row?.steps ?? [],
    currencies: row?.low && row.high ? [row.low, row.high] : null,
    unconverted: Number(row?.unconverted ?? 0),
    cap: row?.cap ?? null,
  }
}
