import { sql } from '../../../domain/sql.ts'
import type { Queryable } from '../../client.ts'

/**
 * Common zones of customers, each in a lane of time of its own: a moment moved into the lane of its zone is looked up in one list of all
 * zones' turns of the clock, and so a million moments of different zones are read without asking the calendar for each.
 */
export interface ZoneLanes {
  /** Zones in the order of their lanes. */
  names: string[]
  /** How far each zone's moments are moved. */
  lanes: string[]
  /** When a clock was turned, moved into its lane, in ascending order, as milliseconds since 1970. */
  turns: number[]
  /** How far from UTC it was from then on. */
  offsets: string[]
  /** How far from UTC each zone is at the end, in milliseconds. */
  last: number[]
  /** Every zone the server knows. */
  known: string[]
}

interface Turn {
  name: string
  /** Milliseconds since 1970; of the first of each zone: before everything asked about. */
  at: number
  /** Seconds. */
  away: number
}

const hour = 3_600_000

/** As many customers are asked for their zone: who has a rarer one is told by the calendar. */
const asked = 20_000

/**
 * Lanes for zones that some customers have and the server knows, and for `zone`: by the server's own calendar, for moments from `from`
 * to `to`. `only`: for no others than these.
 */
export async function zoneLanes(
  tx: Queryable,
  zone: string,
  { from, to }: { from: Date; to: Date },
  only?: readonly string[],
): Promise<ZoneLanes> {
  const size = await tx.row<{ rows: number }>(sql`SELECT reltuples AS rows FROM pg_class WHERE oid = 'customer'::regclass`)
  const percent = Math.min(100, (100 * asked) / Math.max(1, size?.rows ?? 0))
  const some = only
    ? sql`SELECT unnest(${only}::text[])`
    : sql`SELECT timezone FROM customer TABLESAMPLE SYSTEM (${percent}) REPEATABLE (1) WHERE timezone IS NOT NULL GROUP BY 1`
  const [known, turns] = await Promise.all([
    tx.row<{ names: string[] }>(sql`SELECT array_agg(name) AS names FROM pg_timezone_names`),
    tx.rows<Turn>(sql`
    WITH RECURSIVE used AS MATERIALIZED (
      SELECT name FROM pg_timezone_names WHERE name IN (${some}) UNION SELECT ${zone}
    ), first_of_all AS MATERIALIZED (
      SELECT date_trunc('day', greatest(${from}::timestamptz, least(min(first_at), ${to}::timestamptz)) - interval '24 hours', 'UTC') AS at FROM last_seen
    ), daily AS (
      SELECT name, at, away, lag(away) OVER (PARTITION BY name ORDER BY at) AS before
      FROM (SELECT name, d AS at, extract(epoch FROM (d AT TIME ZONE name) - (d AT TIME ZONE 'UTC'))::int AS away
        FROM used, first_of_all f, generate_series(f.at, ${to}::timestamptz + interval '48 hours', interval '24 hours') AS d OFFSET 0) known
    ), narrowed AS (
      SELECT name, at - interval '24 hours' AS lo, at AS hi, before FROM daily WHERE away <> before
      UNION ALL
      SELECT name, CASE WHEN held THEN middle ELSE lo END, CASE WHEN held THEN hi ELSE middle END, before
      FROM (SELECT *, extract(epoch FROM (middle AT TIME ZONE name) - (middle AT TIME ZONE 'UTC')) = before AS held
        FROM (SELECT *, date_trunc('second', lo + (hi - lo) / 2) AS middle FROM narrowed WHERE hi - lo > interval '1 second' OFFSET 0) halved OFFSET 0) asked
    )
    SELECT name, extract(epoch FROM at)::float8 * 1000 AS at, away FROM daily WHERE before IS NULL
    UNION ALL
    SELECT name, extract(epoch FROM hi)::float8 * 1000, extract(epoch FROM (hi AT TIME ZONE name) - (hi AT TIME ZONE 'UTC'))::int
    FROM narrowed WHERE hi - lo <= interval '1 second'
    ORDER BY name, at`),
  ])
  const names = [...new Set(turns.map(turn => turn.name))]
  const width = Math.ceil((to.getTime() - (turns[0]?.at ?? 0)) / hour) + 4 * 24
  return {
    names,
    lanes: names.map((_, lane) => `${lane * width} hours`),
    turns: turns.map(({ name, at }) => names.indexOf(name) * width * hour + at),
    offsets: turns.map(({ away }) => `${away} seconds`),
    last: names.map(name => 1_000 * (turns.findLast(turn => turn.name === name && turn.at <= to.getTime())?.away ?? 0)),
    known: known?.names ?? [],
  }
}
