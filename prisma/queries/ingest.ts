import { amountOf, type Call } from '../../domain/customer/call.ts'
import type { Rates } from '../../domain/customer/money.ts'
import { mergePatches, namesOf, patchOf } from '../../domain/customer/profile.ts'
import { isSubscriptionEvent } from '../../domain/customer/subscription.ts'
import { sql } from '../../domain/sql.ts'
import { float8s, int4s, jsonbs, timestamptzs } from '../binary.ts'
import type { Db, Queryable } from '../client.ts'
import { foldAccounts } from './accounts.ts'
import { firstSeen, isSeenBefore } from './calls-seen.ts'
import { recordConsents } from './consents.ts'
import { countOf } from './event-counts.ts'
import { eventNameIds } from './event-name-ids.ts'
import { besideMerges, mergeFormer } from './merge.ts'
import { applyPatches, ensureCustomers, type FirstSight, lockCustomers, type Patching } from './profiles.ts'
import { foldSubscriptions } from './subscriptions.ts'

export interface IngestOptions {
  receivedAt: Date
  /** Where phone numbers without a country code belong. */
  region: string
  /** What amounts in other currencies are worth; absent: amounts count at their face. */
  rates?: Rates | undefined
  /** The import whose lines these are. */
  file?: number
  /** Trusts that no call came before; one that did ends the transaction. */
  hopeful?: boolean
}

export interface Ingested {
  accepted: number
  duplicates: number
  /** Runs whose dispatcher should be rung: something was written for them. */
  rings: number[]
}

/**
 * Stores calls in one transaction, in the database when it answers: events with their counts, profiles, subscriptions and
 * consents, and a nudge for every run and every waiting customer that wants to hear of an event. A call whose messageId was seen
 * before changes nothing: all are trusted to be new at first, and looked at one by one where one is not. Locks are taken in one
 * order (calls, customers, last seen, counts, enrollments); should another part of the system cross it, the transaction is tried again.
 */
export async function ingest(db: Db, calls: readonly Call[], options: IngestOptions): Promise<Ingested> {
  if (calls.length === 0) return { accepted: 0, duplicates: 0, rings: [] }
  const names = await eventNameIds(
    db,
    calls.flatMap(call => call.event ?? []),
  )
  let hopeful = true
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction(tx => storeCalls(tx, calls, names, { ...options, hopeful }), { yields: true })
    } catch (error) {
      if (hopeful && isSeenBefore(error)) {
        hopeful = false
        continue
      }
      const code = (error as { code?: unknown }).code
      if ((code !== '40P01' && code !== '40001') || attempt >= 5) throw error
    }
  }
}

/** The same within a transaction of the caller's; `names` has the number of every event name in the calls. */
export async function storeCalls(
  tx: Queryable,
  calls: readonly Call[],
  names: Map<string, number>,
  options: IngestOptions,
): Promise<Ingested> {
  const { receivedAt: at, file, hopeful } = options
  const fresh = await firstSeen(tx, calls, { at, file, hopeful })
  const counts = { accepted: fresh.length, duplicates: calls.length - fresh.length }
  if (fresh.length === 0) return { ...counts, rings: [] }
  const former = fresh.filter(call => call.formerly !== undefined)
  const alone = await besideMerges(
    tx,
    former.flatMap(call => call.formerly ?? []),
  )
  const made = new Set<number>()
  const customers = await ensureCustomers(tx, firstSights(fresh), options.receivedAt, made)
  const customerOf = (call: Call) => customers.get(call.customer)!

  const changing = fresh.filter(
    call => call.kind === 'identify' || call.kind === 'group' || isSubscriptionEvent(call.event ?? ''),
  )
  if (changing.length > 0) {
    await lockCustomers(tx, [...new Set(changing.map(customerOf))])
    await applyPatches(tx, patchesOf(changing, customerOf, options.region), options.receivedAt)
    await foldSubscriptions(
      tx,
      changing.flatMap(call =>
        call.event ? [{ name: call.event, at: call.at, properties: call.properties, customer: customerOf(call) }] : [],
      ),
    )
    await recordConsents(
      tx,
      changing.flatMap(call => call.consents.map(said => ({ source: 'api', ...said, customer: customerOf(call), at: call.at }))),
    )
    await foldAccounts(
      tx,
      changing.map(call => ({ customer: customerOf(call), call })),
      options.receivedAt,
    )
  }
  const events = fresh.filter(call => call.event !== undefined)
  const rings = await storeEvents(tx, events, customerOf, names, options)
  if (former.length > 0)
    await mergeFormer(
      tx,
      former.map(call => ({ customer: customerOf(call), formerly: call.formerly! })),
      { at: options.receivedAt, alone, made },
    )
  return { ...counts, rings }
}

function firstSights(calls: readonly Call[]): FirstSight[] {
  const first = new Map<string, FirstSight>()
  for (const { customer: externalId, anonymous, at } of calls) {
    const known = first.get(externalId)
    if (!known) first.set(externalId, { externalId, anonymous, at })
    else if (at < known.at) known.at = at
  }
  return [...first.values()]
}

/** One patch for each customer: what the calls say in the order of their times, then of their arrival, and when each name was said. */
function patchesOf(calls: readonly Call[], customerOf: (call: Call) => number, region: string): Patching[] {
  const patches = new Map<number, Required<Patching>>()
  for (const call of calls.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    if (call.kind !== 'identify' && call.kind !== 'group') continue
    const id = customerOf(call)
    const { patch } = patchOf(call.traits, region)
    const before = patches.get(id)
    const times = before?.times ?? {}
    for (const name of namesOf(patch)) times[name] = call.at.getTime()
    patches.set(id, { id, patch: before ? mergePatches(before.patch, patch) : patch, times })
  }
  return [...patches.values()]
}

interface Hit {
  run: number
  customer: number
  event: number
  name: number
}

/** Events and a nudge for each run that watches; then who was last seen when, and the counts. Answers the runs to ring. */
async function storeEvents(
  tx: Queryable,
  events: readonly Call[],
  customerOf: (call: Call) => number,
  names: Map<string, number>,
  { receivedAt, rates }: IngestOptions,
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
  const hits = await tx.rows<Hit>(sql`
    WITH stored AS (
      INSERT INTO event (customer, name, at, received_at, value, properties)
      SELECT c, n, a, ${receivedAt}::timestamptz, v, p
      FROM unnest(${int4s(rows.map(row => row.c))}::int[], ${int4s(rows.map(row => row.n))}::int[], ${timestamptzs(rows.map(row => row.a))}::timestamptz[],
        ${float8s(rows.map(row => row.v))}::float8[], ${properties}::jsonb[]) AS i (c, n, a, v, p)
      RETURNING id, customer, name
    ), entry AS (
      INSERT INTO nudge (run, customer, event, at)
      SELECT w.run, s.customer, s.id, ${receivedAt}::timestamptz FROM stored s JOIN watch w ON w.event = s.name ORDER BY s.id, w.run
      RETURNING run, event
    )
    SELECT e.run, s.customer, s.id AS event, s.name FROM entry e JOIN stored s ON s.id = e.event`)
  // Each customer's row is held from here on, changed or not: nobody else counts events of theirs before this transaction ends, so
  // that the counts, whose statement begins after, meet no row that they cannot see. Counted so, none is locked or written twice.
  // After the events and not before: batches share customers, and would wait for each other's whole work.
  await tx.run(sql`
    WITH touch AS (
      INSERT INTO touched (customer) SELECT unnest(${seen.customer}::int[]) WHERE EXISTS (SELECT 1 FROM segment)
    )
    INSERT INTO last_seen (customer, at, first_at)
    SELECT * FROM unnest(${seen.customer}::int[], ${seen.lastAt}::timestamptz[], ${seen.firstAt}::timestamptz[])
    ON CONFLICT (customer) DO UPDATE SET at = greatest(last_seen.at, excluded.at), first_at = least(last_seen.first_at, excluded.first_at)
    WHERE last_seen.at < excluded.at OR last_seen.first_at > excluded.first_at`)
  await tx.run(sql`
    MERGE INTO event_stat AS s USING unnest(${stats.customer}::int[], ${stats.name}::int[], ${stats.count}::int[], ${stats.firstAt}::timestamptz[], ${stats.lastAt}::timestamptz[], ${stats.sum}::float8[])
      AS g (customer, name, count, first_at, last_at, sum) ON s.customer = g.customer AND s.name = g.name
    WHEN MATCHED THEN UPDATE SET count = s.count + g.count, sum = s.sum + g.sum, first_at = least(s.first_at, g.first_at), last_at = greatest(s.last_at, g.last_at)
    WHEN NOT MATCHED THEN INSERT VALUES (g.customer, g.name, g.count, g.first_at, g.last_at, g.sum)`)
  if (hits.length === 0) return []
  const woken = await nudgeWaiting(tx, hits, receivedAt)
  return [...new Set([...hits.map(hit => hit.run), ...woken])]
}

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
