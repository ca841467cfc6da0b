import { isSubscriptionEvent } from '../../domain/customer/subscription.ts'
import { join, lasting, raw, type Sql, sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'
import { wholeProfile } from './profiles.ts'
import { foldSubscriptions } from './subscriptions.ts'

/** What is told of the past, and set back to it. */
export const remembered = ['subscription', 'consent', 'suppression'] as const

const columns = {
  email: 'email',
  phone: 'phone',
  firstName: 'first_name',
  lastName: 'last_name',
  timezone: 'timezone',
  locale: 'locale',
}
const own = Object.keys(columns)

/** Gives customers other values: `said` is a query of `customer`, `name`, `value` (null: the name goes), each name of a customer once. */
const rewrite = (said: Sql): Sql => sql`
  UPDATE customer c SET ${join(
    Object.entries(columns).map(
      ([name, column]) => sql`${raw(column)} = CASE WHEN s.fields ? ${name} THEN s.fields ->> ${name} ELSE c.${raw(column)} END`,
    ),
    ', ',
  )}, attributes = (c.attributes - s.gone) || s.given
  FROM (
    SELECT customer, coalesce(jsonb_object_agg(name, value) FILTER (WHERE name = ANY(${own}::text[])), '{}') AS fields,
      coalesce(jsonb_object_agg(name, value) FILTER (WHERE name <> ALL(${own}::text[]) AND value IS NOT NULL), '{}') AS given,
      coalesce(array_agg(name) FILTER (WHERE name <> ALL(${own}::text[]) AND value IS NULL), '{}') AS gone
    FROM (${said}) x GROUP BY customer
  ) s WHERE c.id = s.customer`

/** What of the past need be told. */
export interface FactsAsked {
  /** When customers were last seen. */
  silence: boolean
  /** What they pay for. */
  subscriptions: boolean
  /** Which events they did, by number; null: all. */
  events: readonly number[] | null
}

/** Everything that is told of the simulated as it stood at a moment: profiles, consents, suppressions, points. */
export async function setBack(db: Db, from: Date, { subscriptions }: FactsAsked): Promise<void> {
  if (subscriptions) await foldBetween(db, new Date(0), from)
  // What a name said until it was changed for the first time since is what it said then.
  await db.run(
    rewrite(sql`SELECT DISTINCT ON (p.customer, p.name) p.customer, p.name, p.value FROM profile_change p JOIN simulated s ON s.id = p.customer
      WHERE p.at > ${from} ORDER BY p.customer, p.name, p.at, p.id`),
  )
  await db.run(consentsOf(sql`k.at <= ${from}`))
  await db.run(sql`INSERT INTO suppression SELECT * FROM public.suppression WHERE at <= ${from}`)
  await db.run(sql`INSERT INTO loyalty_account (customer, balance, earned, tier, updated_at)
    SELECT l.customer, sum(l.points), coalesce(sum(l.points) FILTER (WHERE l.points > 0), 0),
      (SELECT t.key FROM loyalty_tier t WHERE t.from_points <= coalesce(sum(l.points) FILTER (WHERE l.points > 0), 0) ORDER BY t.from_points DESC LIMIT 1), max(l.at)
    FROM public.loyalty_entry l JOIN simulated s ON s.id = l.customer WHERE l.at <= ${from} GROUP BY l.customer`)
  await db.run(sql`INSERT INTO task SELECT t.* FROM public.task t JOIN simulated s ON s.id = t.customer
    WHERE t.holds_promotions AND t.created_at <= ${from} AND (t.completed_at IS NULL OR t.completed_at > ${from})`)
  await db.run(sql`UPDATE task SET status = 'open', outcome = NULL, completed_at = NULL WHERE status <> 'open'`)
}

/** What customers last said of each channel and topic, among changes `k`. */
const consentsOf = (which: Sql): Sql => sql`
  INSERT INTO consent (customer, channel, topic, status, source, at, change)
  SELECT DISTINCT ON (k.customer, k.channel, k.topic) k.customer, k.channel, k.topic, k.status, k.source, k.at, k.id
  FROM consent_change k JOIN simulated s ON s.id = k.customer WHERE ${which}
  ORDER BY k.customer, k.channel, k.topic, k.at DESC, k.status DESC, k.id DESC
  ON CONFLICT (customer, channel, topic) DO UPDATE SET status = excluded.status, source = excluded.source, at = excluded.at, change = excluded.change
    WHERE consent.at < excluded.at OR (consent.at = excluded.at AND (excluded.status = 'unsubscribed' OR consent.status = 'subscribed'))`

interface SubscriptionRow {
  customer: number
  name: string
  at: Date
  properties: Record<string, unknown>
}

async function subscriptionEvents(db: Queryable): Promise<number[]> {
  const names = await db.rows<{ id: number; name: string }>(lasting(sql`SELECT id, name FROM event_name`))
  return names.filter(({ name }) => isSubscriptionEvent(name)).map(({ id }) => id)
}

async function foldBetween(db: Queryable, after: Date, upTo: Date): Promise<void> {
  const known = await subscriptionEvents(db)
  if (known.length === 0) return
  const rows = await db.rows<SubscriptionRow>(sql`
    SELECT e.customer, n.name, e.at, e.properties FROM event e JOIN event_name n ON n.id = e.name JOIN simulated s ON s.id = e.customer
    WHERE e.name = ANY(${known}::int[]) AND e.at > ${after} AND e.at <= ${upTo} ORDER BY e.at, e.id`)
  const part = 20_000
  for (let i = 0; i < rows.length; i += part) await foldSubscriptions(db, rows.slice(i, i + part))
}

/** A past and the stretches of time since `origin` that it is looked at in. */
export interface Stretches {
  from: Date
  to: Date
  origin: Date
  stretchMs: number
}

/** The number of the stretch a moment falls into: each ends with its last moment. */
export const stretchOf = (at: Sql, { origin, stretchMs }: Pick<Stretches, 'origin' | 'stretchMs'>): Sql =>
  sql`ceil(round(date_part('epoch', ${at} - ${origin}::timestamptz) * 1000) / ${stretchMs}::float8)::int`

/** What a stretch of the past can tell of. */
type Told = 'events' | 'profiles' | 'people' | 'consents' | 'suppressions' | 'subscriptions'

/** The stretch that has happened last, as the session knows it. */
const current = raw(`current_setting('simulated.stretch')::int`)

/**
 * What everybody had done by the end of each stretch, worked out at once: a row for each state, from the stretch that made it until the
 * one that made the next. Views of the states as of the current stretch stand before the tables of counts, so that time goes on there
 * without a row being written.
 */
async function layOutCounts(
  db: Db,
  from: Date,
  { everybody, silence }: { everybody: boolean; silence: boolean },
  which: Sql,
): Promise<void> {
  await db.run(sql`CREATE TEMP TABLE counts_of AS
    SELECT customer, name, since, lead(since, 1, 2147483647) OVER w AS until, (sum(count) OVER w)::int AS count, min(first_at) OVER w AS first_at,
      max(last_at) OVER w AS last_at, sum(sum) OVER w AS sum
    FROM (
      SELECT e.customer, e.name, 0 AS since, count(*) AS count, min(e.at) AS first_at, max(e.at) AS last_at, coalesce(sum(e.value), 0) AS sum
      FROM event e JOIN simulated s ON s.id = e.customer WHERE e.at <= ${from} AND ${which} GROUP BY 1, 2
      UNION ALL SELECT customer, name, stretch, count(*), min(at), max(at), coalesce(sum(value), 0) FROM happening GROUP BY 1, 2, 3
    ) told WINDOW w AS (PARTITION BY customer, name ORDER BY since)`)
  await db.run(raw('CREATE INDEX ON pg_temp.counts_of (customer, name, until)'))
  // For questions to everybody at once.
  if (everybody) await db.run(raw('CREATE INDEX ON pg_temp.counts_of (name, last_at)'))
  await db.run(sql`SELECT set_config('simulated.stretch', '0', false)`)
  await db.run(
    sql`CREATE TEMP VIEW event_stat AS SELECT customer, name, count, first_at, last_at, sum FROM counts_of WHERE since <= ${current} AND until > ${current}`,
  )
  await db.run(raw('ANALYZE pg_temp.counts_of'))
  if (silence) await layOutSeen(db)
  else
    await db.run(
      raw(
        'CREATE TEMP VIEW last_seen AS SELECT customer, max(last_at) AS at, NULL::timestamptz AS first_at FROM event_stat GROUP BY customer',
      ),
    )
}

/** The same of when they were last seen. */
async function layOutSeen(db: Db): Promise<void> {
  await db.run(sql`CREATE TEMP TABLE seen_of AS
    SELECT customer, since, lead(since, 1, 2147483647) OVER w AS until, max(at) OVER w AS at
    FROM (SELECT customer, since, max(last_at) AS at FROM counts_of GROUP BY 1, 2) told WINDOW w AS (PARTITION BY customer ORDER BY since)`)
  await db.run(raw('CREATE INDEX ON pg_temp.seen_of (customer, until)'))
  await db.run(raw('CREATE INDEX ON pg_temp.seen_of (at)'))
  await db.run(
    sql`CREATE TEMP VIEW last_seen AS SELECT customer, at, NULL::timestamptz AS first_at FROM seen_of WHERE since <= ${current} AND until > ${current}`,
  )
  await db.run(raw('ANALYZE pg_temp.seen_of'))
}

/**
 * Lays out what happened to the simulated in (from, to], and answers what each stretch of time since `origin` tells of. Who came to be known
 * only then is put aside until they come. `everybody`: whether what all have done is asked of all of them at once.
 */
export async function layOut(
  db: Db,
  stretches: Stretches,
  { everybody, silence, subscriptions, events }: FactsAsked & { everybody: boolean },
): Promise<Map<number, readonly Told[]>> {
  const { from, to } = stretches
  const stretch = (at: Sql) => stretchOf(at, stretches)
  const folded = subscriptions ? await subscriptionEvents(db) : []
  const which = events === null ? sql`true` : sql`e.name = ANY(${[...new Set([...events, ...folded])]}::int[])`
  await db.run(sql`CREATE TEMP TABLE happening AS
    SELECT e.id, e.customer, e.name, e.at, e.received_at, e.value, ${stretch(raw('e.at'))} AS stretch
    FROM event e JOIN simulated s ON s.id = e.customer WHERE e.at > ${from} AND e.at <= ${to} AND ${which}`)
  await db.run(sql`CREATE INDEX ON pg_temp.happening (stretch)`)
  await layOutCounts(db, from, { everybody, silence }, which)
  // Each change as what was said from then on: what the next one replaced, or what the profile says today.
  await db.run(sql`CREATE TEMP TABLE telling AS
    SELECT p.customer, p.name, p.id, ${stretch(raw('p.at'))} AS stretch,
      CASE WHEN p.last THEN nullif((SELECT (${wholeProfile('f')}) -> p.name FROM public.customer f WHERE f.id = p.customer), 'null') ELSE p.next END AS value
    FROM (SELECT p.*, lead(p.value) OVER w AS next, lead(p.id) OVER w IS NULL AS last FROM profile_change p JOIN simulated s ON s.id = p.customer
      WHERE p.at > ${from} WINDOW w AS (PARTITION BY p.customer, p.name ORDER BY p.at, p.id)) p
    WHERE p.at <= ${to}`)
  await db.run(sql`CREATE TEMP TABLE coming AS SELECT c.* FROM customer c LEFT JOIN public.last_seen l ON l.customer = c.id
    WHERE least(c.created_at, l.first_at) > ${from}`)
  await db.run(sql`DELETE FROM customer WHERE id IN (SELECT id FROM coming)`)
  await db.run(sql`CREATE TEMP TABLE arrival AS SELECT c.id AS customer, ${stretch(raw('least(c.created_at, l.first_at)'))} AS stretch
    FROM coming c LEFT JOIN public.last_seen l ON l.customer = c.id WHERE least(c.created_at, l.first_at) <= ${to}`)
  for (const table of ['happening', 'telling', 'coming', 'arrival']) await db.run(raw(`ANALYZE pg_temp.${table}`))
  const rows = await db.rows<{ stretch: number; told: Told[] }>(sql`
    SELECT stretch, array_agg(told) AS told FROM (
      SELECT DISTINCT stretch, 'events' AS told FROM happening
      UNION SELECT stretch, 'subscriptions' FROM happening WHERE name = ANY(${folded}::int[])
      UNION SELECT stretch, 'profiles' FROM telling
      UNION SELECT stretch, 'people' FROM arrival
      UNION SELECT ${stretch(raw('k.at'))}, 'consents' FROM consent_change k JOIN simulated s ON s.id = k.customer WHERE k.at > ${from} AND k.at <= ${to}
      UNION SELECT ${stretch(raw('p.at'))}, 'suppressions' FROM public.suppression p WHERE p.at > ${from} AND p.at <= ${to}
    ) x GROUP BY stretch`)
  return new Map(rows.map(({ stretch, told }) => [stretch, told]))
}

/** From here on no event is seen that has not happened yet: rules that count for ever know no end of time. */
export async function hideTheFuture(db: Db, from: Date): Promise<void> {
  await db.run(happenedUpTo(from))
  await db.run(
    raw(`CREATE TEMP VIEW event AS SELECT * FROM public.event WHERE at <= current_setting('simulated.moment')::timestamptz`),
  )
}

const happenedUpTo = (at: Date): Sql => sql`SELECT set_config('simulated.moment', ${at.toISOString()}, false)`

/** One stretch of the past of a run; `entry` says what its customers enter by: an event, unless it came later than so many milliseconds. */
export interface PastStretch {
  run: number
  stretch: number
  after: Date
  upTo: Date
  told: readonly Told[]
  entry: { event: number; maxAgeMs: number } | null
  /** The events that anybody may wait for. */
  watched: readonly number[]
}

/**
 * Lets one stretch of the past happen: who comes, what profiles say, consents, rollups, subscriptions, and a nudge for whoever waits or may
 * enter, as ingestion leaves them.
 */
export async function happen(db: Db, { run, stretch, after, upTo, told, entry, watched }: PastStretch): Promise<void> {
  const tells = (what: Told) => told.includes(what)
  await db.transaction(async tx => {
    await tx.run(happenedUpTo(upTo))
    if (tells('people'))
      await tx.run(
        sql`INSERT INTO customer SELECT c.* FROM coming c JOIN arrival a ON a.customer = c.id WHERE a.stretch = ${stretch} ON CONFLICT DO NOTHING`,
      )
    if (tells('profiles'))
      await tx.run(
        rewrite(
          sql`SELECT DISTINCT ON (customer, name) customer, name, value FROM telling WHERE stretch = ${stretch} ORDER BY customer, name, id DESC`,
        ),
      )
    if (tells('consents')) await tx.run(consentsOf(sql`k.at > ${after} AND k.at <= ${upTo}`))
    if (tells('suppressions'))
      await tx.run(
        sql`INSERT INTO suppression SELECT * FROM public.suppression WHERE at > ${after} AND at <= ${upTo} ON CONFLICT DO NOTHING`,
      )
    if (tells('subscriptions')) await foldBetween(tx, after, upTo)
    if (!tells('events')) return
    await tx.run(sql`SELECT set_config('simulated.stretch', ${String(stretch)}, false)`)
    if (entry)
      await tx.run(sql`INSERT INTO nudge (run, customer, event, at) SELECT ${run}::int, h.customer, h.id, ${upTo}::timestamptz FROM happening h
        WHERE h.stretch = ${stretch} AND h.name = ${entry.event} AND h.received_at <= h.at + ${entry.maxAgeMs} * interval '1 millisecond' ORDER BY h.at, h.id`)
    if (watched.length === 0) return
    await tx.run(sql`INSERT INTO nudge (run, enrollment, customer, event, at)
      SELECT o.run, o.id, o.customer, h.id, ${upTo}::timestamptz FROM happening h JOIN enrollment o ON o.customer = h.customer AND o.run = ${run}
      WHERE h.stretch = ${stretch} AND h.name = ANY(${watched}::int[]) AND o.state <> 'ended' AND h.name = ANY(o.watching) ORDER BY h.at, h.id`)
  })
}
