import { join, kept, raw, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { giveRows, named, tablesBy } from './person-tables.ts'
import { wholeProfile } from './profiles.ts'

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
 * Answers whether it is held alone. The transaction has a number from then on, so that an erasure waits for it.
 */
export async function besideMerges(tx: Queryable, formerly: readonly string[]): Promise<boolean> {
  const alone =
    formerly.length > 0 &&
    (await tx.row(sql`SELECT 1 FROM customer WHERE external_id = ANY(${formerly}::text[]) LIMIT 1`)) !== undefined
  if (alone) await tx.run(sql`SELECT pg_advisory_xact_lock(${lock})`)
  else await tx.run(kept('beside-merges', sql`SELECT pg_advisory_xact_lock_shared(${lock}), pg_current_xact_id()`))
  return alone
}

/** What is thrown when a former customer came to be after the lock was chosen: the transaction is to be tried again. */
const again = Object.assign(new Error('a former customer appeared meanwhile'), { code: '40001' })

/**
 * Makes one customer of those that are the same person: the history of the former becomes the history of the one who stays, each
 * field and attribute says what was said last about it under either name (of two words in the same instant the one who stays is
 * right), and what still arrives under a former name is theirs. In the caller's transaction, which holds
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
  // First, as in ingest: who holds this row may count.
  await tx.run(sql`
    INSERT INTO last_seen AS s (customer, at, first_at) SELECT m.t, f.at, f.first_at FROM ${m} JOIN last_seen f ON f.customer = m.f ORDER BY m.t
    ON CONFLICT (customer) DO UPDATE SET at = greatest(s.at, excluded.at), first_at = least(s.first_at, excluded.first_at)`)
  await tx.run(sql`
    INSERT INTO event_stat AS s (customer, name, count, first_at, last_at, sum)
    SELECT m.t, f.name, f.count, f.first_at, f.last_at, f.sum FROM ${m} JOIN event_stat f ON f.customer = m.f ORDER BY m.t, f.name
    ON CONFLICT (customer, name) DO UPDATE SET count = s.count + excluded.count, sum = s.sum + excluded.sum,
      first_at = least(s.first_at, excluded.first_at), last_at = greatest(s.last_at, excluded.last_at)`)
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
  await mergeProfiles(tx, m, at)
  for (const table of tables) {
    await giveRows(tx, table, m)
    await tx.run(sql`DELETE FROM ${named(table.table)} WHERE customer = ANY(${froms}::int[])`)
  }
  await tx.run(sql`DELETE FROM customer WHERE id = ANY(${froms}::int[])`)
}

/** The columns that are a profile's own fields, with the names they are said by. */
const ownFields = [
  ['email', 'email'],
  ['phone', 'phone'],
  ['first_name', 'firstName'],
  ['last_name', 'lastName'],
  ['timezone', 'timezone'],
  ['locale', 'locale'],
] as const

/**
 * One profile of two. For each name the later word holds, with its time; where nobody knows when, the word of the one who stays, if
 * there is one. What gives way is kept as what was said before. The account is that of the `groupId` that holds.
 */
async function mergeProfiles(tx: Queryable, m: Sql, at: Date): Promise<void> {
  const later = (name: string, former: Sql, own: Sql, otherwise: Sql) =>
    sql`CASE WHEN ${name} = ANY(w.newer) THEN ${former} WHEN w.told ? ${name} THEN ${own} ELSE ${otherwise} END`
  const fields = ownFields.map(([column, name]) => {
    const [c, f] = [raw(`c.${column}`), raw(`f.${column}`)]
    return sql`${raw(column)} = ${later(name, f, c, sql`coalesce(${c}, ${f})`)}`
  })
  await tx.run(sql`
    WITH w AS MATERIALIZED (
      SELECT m.f, m.t, coalesce(k.told, '{}') AS told, coalesce(o.told, '{}') AS other, ARRAY(SELECT e.key FROM jsonb_each_text(o.told) e
        WHERE ((k.told ->> e.key)::bigint >= e.value::bigint) IS NOT TRUE) AS newer
      FROM ${m} LEFT JOIN profile_told k ON k.customer = m.t LEFT JOIN profile_told o ON o.customer = m.f
    ), told AS (
      INSERT INTO profile_told AS k (customer, told)
      SELECT w.t, (SELECT jsonb_object_agg(name, w.other -> name) FROM unnest(w.newer) AS name) FROM w WHERE w.newer <> '{}' ORDER BY w.t
      ON CONFLICT (customer) DO UPDATE SET told = k.told || excluded.told
    ), merged AS (
      UPDATE customer c SET ${join(fields, ', ')},
        created_at = ${later('createdAt', raw('f.created_at'), raw('c.created_at'), raw('least(c.created_at, f.created_at)'))},
        attributes = (f.attributes - (SELECT coalesce(array_agg(e.key), '{}') FROM jsonb_each(w.told) e WHERE e.key <> ALL (w.newer)))
          || (c.attributes - w.newer),
        account = ${later('groupId', raw('f.account'), raw('c.account'), raw('coalesce(c.account, f.account)'))},
        version = c.version + 1, updated_at = ${at}
      FROM w JOIN customer f ON f.id = w.f WHERE c.id = w.t
      RETURNING c.id, ${wholeProfile('old')} AS own, ${wholeProfile('f')} AS former, ${wholeProfile('new')} AS after
    )
    INSERT INTO profile_change (customer, name, value, at)
    SELECT DISTINCT g.id, e.key, e.value, ${at}::timestamptz FROM merged g,
      LATERAL (SELECT * FROM jsonb_each(g.own) UNION ALL SELECT * FROM jsonb_each(g.former)) e
    WHERE e.value <> 'null' AND e.value IS DISTINCT FROM g.after -> e.key`)
}
