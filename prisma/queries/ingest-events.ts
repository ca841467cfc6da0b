import { amountOf, type Call } from '../../domain/customer/call.ts'
import type { Rates } from '../../domain/customer/money.ts'
import { kept, type Sql, sql } from '../../domain/sql.ts'
import { float8s, int4s, jsonbs, timestamptzs } from '../binary.ts'
import type { Queryable } from '../client.ts'
import { countOf } from './event-counts.ts'

interface Hit {
  run: number
  customer: number
  event: number
  name: number
}

/** Events and a nudge for each run that watches; then who was last seen when, and the counts. Answers the runs to ring. */
export async function storeEvents(
  tx: Queryable,
  events: readonly Call[],
  customerOf: (call: Call) => number,
  names: Map<string, number>,
  { receivedAt, rates }: { receivedAt: Date; rates?: Rates | undefined },
): Promise<number[]> {
  if (events.length === 0) return []
  // One customer's events lie side by side, in the table and in its index; those of one customer keep their order.
  const rows = events
    .map(call => ({
      c: customerOf(call),
      n: names.get(call.event!)!,
      a: call.at.getTime(),
      v: amountOf(call.properties, rates),
      call,
    }))
    .sort((one, other) => one.c - other.c)
  const properties = jsonbs(rows.map(row => JSON.stringify(row.call.properties)))
  const { stats, seen } = countOf(rows)
  const event = sql`
    INSERT INTO event (customer, name, at, received_at, value, properties)
    SELECT c, n, a, ${receivedAt}::timestamptz, v, p
    FROM unnest(${int4s(rows.map(row => row.c))}::int[], ${int4s(rows.map(row => row.n))}::int[], ${timestamptzs(rows.map(row => row.a))}::timestamptz[],
      ${float8s(rows.map(row => row.v))}::float8[], ${properties}::jsonb[]) AS i (c, n, a, v, p)`
  const isHeard = rows.length < few || (await areHeard(tx, new Set(rows.map(row => row.n))))
  const hits = isHeard ? await storeHeard(tx, event, receivedAt) : []
  if (!isHeard) await tx.run(kept('ingest-events', event))
  // Each customer's row is held from here on, changed or not: nobody else counts events of theirs before this transaction ends, so
  // that the counts, whose statement begins after, meet no row that they cannot see. Counted so, none is locked or written twice.
  // After the events and not before: batches share customers, and would wait for each other's whole work.
  await tx.run(
    kept(
      'ingest-seen',
      sql`
    WITH touch AS (
      INSERT INTO touched (customer) SELECT unnest(${seen.customer}::int[]) WHERE EXISTS (SELECT 1 FROM segment)
    )
    INSERT INTO last_seen (customer, at, first_at)
    SELECT * FROM unnest(${seen.customer}::int[], ${seen.lastAt}::timestamptz[], ${seen.firstAt}::timestamptz[])
    ON CONFLICT (customer) DO UPDATE SET at = greatest(last_seen.at, excluded.at), first_at = least(last_seen.first_at, excluded.first_at)
    WHERE last_seen.at < excluded.at OR last_seen.first_at > excluded.first_at`,
    ),
  )
  await tx.run(
    kept(
      'ingest-counts',
      sql`
    MERGE INTO event_stat AS s USING unnest(${stats.customer}::int[], ${stats.name}::int[], ${stats.count}::int[], ${stats.firstAt}::timestamptz[], ${stats.lastAt}::timestamptz[], ${stats.sum}::float8[])
      AS g (customer, name, count, first_at, last_at, sum) ON s.customer = g.customer AND s.name = g.name
    WHEN MATCHED THEN UPDATE SET count = s.count + g.count, sum = s.sum + g.sum, first_at = least(s.first_at, g.first_at), last_at = greatest(s.last_at, g.last_at)
    WHEN NOT MATCHED THEN INSERT VALUES (g.customer, g.name, g.count, g.first_at, g.last_at, g.sum)`,
    ),
  )
  if (hits.length === 0) return []
  const woken = await nudgeWaiting(tx, hits, receivedAt)
  return [...new Set([...hits.map(hit => hit.run), ...woken])]
}

/** So few events are stored as if somebody heard of them: to ask would cost more. */
const few = 20

/** Whether any run watches one of these events, by their names' numbers. */
const areHeard = async (tx: Queryable, names: ReadonlySet<number>): Promise<boolean> =>
  (await tx.row(kept('ingest-heard', sql`SELECT 1 FROM watch WHERE event = ANY(${int4s([...names])}::int[]) LIMIT 1`))) !==
  undefined

/** Stores events and tells the runs that watch them. */
const storeHeard = (tx: Queryable, event: Sql, receivedAt: Date): Promise<Hit[]> =>
  tx.rows<Hit>(
    kept(
      'ingest-heard-events',
      sql`
    WITH stored AS (${event} RETURNING id, customer, name), entry AS (
      INSERT INTO nudge (run, customer, event, at)
      SELECT w.run, s.customer, s.id, ${receivedAt}::timestamptz FROM stored s JOIN watch w ON w.event = s.name ORDER BY s.id, w.run
      RETURNING run, event
    )
    SELECT e.run, s.customer, s.id AS event, s.name FROM entry e JOIN stored s ON s.id = e.event`,
    ),
  )

/**
 * Nudges the enrollments that wait for one of these events. All open ones of these customers in runs that watch them are held, not only those that are
 * seen to wait: one that is just being parked is waited for, so that either this sees it waiting or its parking sees the event.
 */
async function nudgeWaiting(tx: Queryable, hits: readonly Hit[], receivedAt: Date): Promise<number[]> {
  const events = [...new Map(hits.map(({ customer, event, name }) => [event, { customer, event, name }])).values()]
  const rows = await tx.rows<{ run: number }>(sql`
    WITH open AS MATERIALIZED (
      SELECT id, run, customer, watching FROM enrollment
      WHERE run = ANY(${[...new Set(hits.map(hit => hit.run))]}::int[]) AND customer = ANY(${[...new Set(events.map(each => each.customer))]}::int[])
        AND state <> 'ended' ORDER BY id FOR SHARE
    )
    INSERT INTO nudge (run, enrollment, customer, event, at)
    SELECT o.run, o.id, o.customer, h.event, ${receivedAt}::timestamptz
    FROM json_to_recordset(${JSON.stringify(events)}::json) AS h (customer int, event bigint, name int)
    JOIN open o ON o.customer = h.customer AND h.name = ANY(o.watching)
    ORDER BY h.event, o.id RETURNING run`)
  return rows.map(row => row.run)
}
