import { type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { giveRows, named, tablesBy } from './person-tables.ts'

/** Someone who was known under other names before. */
export interface Former {
  customer: number
  formerly: readonly string[]
}

/** The rows of one customer become those of another. */
export interface Merger {
  from: number
  to: number
}

const lock = sql`hashtext('merge')`

/**
 * To be taken before customers are looked up by those who then write rows of theirs: shared with all others who do, or alone when
 * one of these former names is a customer still, who will be gone afterwards. Otherwise rows could be written for one who is gone.
 * Answers whether it is held alone.
 */
export async function besideMerges(tx: Queryable, formerly: readonly string[]): Promise<boolean> {
  const alone =
    formerly.length > 0 &&
    (await tx.row(sql`SELECT 1 FROM customer WHERE external_id = ANY(${formerly}::text[]) LIMIT 1`)) !== undefined
  if (alone) await tx.run(sql`SELECT pg_advisory_xact_lock(${lock})`)
  else await tx.run(sql`SELECT pg_advisory_xact_lock_shared(${lock})`)
  return alone
}

/** What is thrown when a former customer came to be after the lock was chosen: the transaction is to be tried again. */
const again = Object.assign(new Error('a former customer appeared meanwhile'), { code: '40001' })

/**
 * Makes one customer of those that are the same person: the history of the former becomes the history of the one who stays, whose
 * own fields and attributes win; what still arrives under a former name is theirs. In the caller's transaction, which holds
 * `besideMerges`; `made` are the customers it has made itself, whom nobody else can know.
 */
export async function mergeFormer(
  tx: Queryable,
  former: readonly Former[],
  options: { at: Date; alone: boolean; made: ReadonlySet<number> },
): Promise<void> {
  const nameOf = new Map(former.flatMap(each => each.formerly.map(name => [name, each.customer] as const)))
  const found = await tx.rows<{ id: number; name: string }>(
    sql`SELECT id, external_id AS name FROM customer WHERE external_id = ANY(${[...nameOf.keys()]}::text[]) ORDER BY id`,
  )
  const gone = new Map<number, number>()
  const settled = (id: number): number => (gone.has(id) ? settled(gone.get(id)!) : id)
  for (const { id, name } of found) {
    const into = settled(nameOf.get(name)!)
    if (id === into) nameOf.delete(name)
    else if (!gone.has(id)) gone.set(id, into)
  }
  if (!options.alone && [...gone.keys()].some(id => !options.made.has(id))) throw again
  if (gone.size > 0) await mergeAll(tx, gone, settled, options.at)
  const aliases = [...nameOf].map(([previous, customer]) => ({ previous, customer: settled(customer) }))
  await tx.run(sql`
    INSERT INTO customer_alias AS a (previous, customer)
    SELECT previous, customer FROM json_to_recordset(${JSON.stringify(aliases)}::json) AS n (previous text, customer int) ORDER BY previous COLLATE "C"
    ON CONFLICT (previous) DO UPDATE SET customer = excluded.customer WHERE a.customer <> excluded.customer`)
}

/** In rounds in which nobody receives from two at once: what stands twice is then seen in the next. */
async function mergeAll(
  tx: Queryable,
  gone: ReadonlyMap<number, number>,
  settled: (id: number) => number,
  at: Date,
): Promise<void> {
  const tables = await tablesBy(tx, 'customer')
  let left: Merger[] = [...gone.keys()].map(from => ({ from, to: settled(from) }))
  while (left.length > 0) {
    const receiving = new Set<number>()
    const later: Merger[] = []
    const now = left.filter(merger => {
      const first = !receiving.has(merger.to)
      receiving.add(merger.to)
      if (!first) later.push(merger)
      return first
    })
    await mergeRound(tx, tables, now, at)
    left = later
  }
}

async function mergeRound(
  tx: Queryable,
  tables: Awaited<ReturnType<typeof tablesBy>>,
  mergers: readonly Merger[],
  at: Date,
): Promise<void> {
  const froms = mergers.map(merger => merger.from)
  const m: Sql = sql`unnest(${froms}::int[], ${mergers.map(merger => merger.to)}::int[]) AS m (f, t)`
  await tx.run(
    sql`SELECT 1 FROM customer WHERE id = ANY(${mergers.flatMap(({ from, to }) => [from, to])}::int[]) ORDER BY id FOR UPDATE`,
  )
  await tx.run(sql`
    INSERT INTO event_stat AS s (customer, name, count, first_at, last_at, sum)
    SELECT m.t, f.name, f.count, f.first_at, f.last_at, f.sum FROM ${m} JOIN event_stat f ON f.customer = m.f ORDER BY m.t, f.name
    ON CONFLICT (customer, name) DO UPDATE SET count = s.count + excluded.count, sum = s.sum + excluded.sum,
      first_at = least(s.first_at, excluded.first_at), last_at = greatest(s.last_at, excluded.last_at)`)
  await tx.run(sql`
    INSERT INTO last_seen AS s (customer, at, first_at) SELECT m.t, f.at, f.first_at FROM ${m} JOIN last_seen f ON f.customer = m.f ORDER BY m.t
    ON CONFLICT (customer) DO UPDATE SET at = greatest(s.at, excluded.at), first_at = least(s.first_at, excluded.first_at)`)
  // Of two words about one thing the newer holds; of two in the same instant the forbidding one.
  await tx.run(sql`
    DELETE FROM consent k USING ${m} JOIN consent f ON f.customer = m.f WHERE k.customer = m.t AND f.channel = k.channel AND f.topic = k.topic
      AND (f.at > k.at OR (f.at = k.at AND f.status = 'unsubscribed'))`)
  await tx.run(
    sql`DELETE FROM subscription k USING ${m} JOIN subscription f ON f.customer = m.f WHERE k.customer = m.t AND f.changed_at > k.changed_at`,
  )
  // Nobody is twice in the same run at the same time.
  await tx.run(sql`UPDATE enrollment e SET state = 'ended', ended_at = ${at}, reason = 'exited', due = NULL, wave = NULL, awaiting = false, watching = '{}'
    FROM ${m} WHERE e.customer = m.f AND e.state <> 'ended'
      AND EXISTS (SELECT 1 FROM enrollment o WHERE o.run = e.run AND o.customer = m.t AND o.state <> 'ended')`)
  await tx.run(sql`UPDATE enrollment e SET customer = m.t,
      stay = e.stay + coalesce((SELECT max(stay) FROM enrollment o WHERE o.run = e.run AND o.customer = m.t), 0) FROM ${m} WHERE e.customer = m.f`)
  for (const table of tables) {
    await giveRows(tx, table, m)
    await tx.run(sql`DELETE FROM ${named(table.table)} WHERE customer = ANY(${froms}::int[])`)
  }
  await tx.run(sql`
    UPDATE customer c SET email = coalesce(c.email, f.email), phone = coalesce(c.phone, f.phone), first_name = coalesce(c.first_name, f.first_name),
      last_name = coalesce(c.last_name, f.last_name), timezone = coalesce(c.timezone, f.timezone), locale = coalesce(c.locale, f.locale),
      created_at = least(c.created_at, f.created_at), attributes = f.attributes || c.attributes, account = coalesce(c.account, f.account),
      version = c.version + 1, updated_at = ${at}
    FROM ${m} JOIN customer f ON f.id = m.f WHERE c.id = m.t`)
  await tx.run(sql`DELETE FROM customer WHERE id = ANY(${froms}::int[])`)
}
