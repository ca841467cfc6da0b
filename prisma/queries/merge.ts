import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { giveRows, named, tablesBy } from './person-tables.ts'
import { lockCustomers } from './profiles.ts'

/** Someone who was known under other names before. */
export interface Former {
  customer: number
  formerly: readonly string[]
}

/**
 * Makes one customer of those that are the same person: the history of the former becomes the history of the one who stays, whose
 * own fields and attributes win; what still arrives under a former name is theirs. In the caller's transaction.
 */
export async function mergeFormer(tx: Queryable, former: readonly Former[], at: Date): Promise<void> {
  const nameOf = new Map(former.flatMap(each => each.formerly.map(name => [name, each.customer] as const)))
  const found = await tx.rows<{ id: number; name: string }>(
    sql`SELECT id, external_id AS name FROM customer WHERE external_id = ANY(${[...nameOf.keys()]}::text[])`,
  )
  const gone = new Map<number, number>()
  const settled = (id: number): number => (gone.has(id) ? settled(gone.get(id)!) : id)
  for (const { id, name } of found) {
    const into = settled(nameOf.get(name)!)
    if (id === into) nameOf.delete(name)
    else if (!gone.has(id)) gone.set(id, into)
  }
  if (gone.size > 0) {
    await lockCustomers(tx, [...new Set([...gone.keys(), ...gone.values()])])
    const tables = await tablesBy(tx, 'customer')
    for (const [from, to] of gone) await mergeOne(tx, tables, from, settled(to), at)
  }
  const aliases = [...nameOf].map(([previous, customer]) => ({ previous, customer: settled(customer) }))
  await tx.run(sql`
    INSERT INTO customer_alias AS a (previous, customer)
    SELECT previous, customer FROM json_to_recordset(${JSON.stringify(aliases)}::json) AS n (previous text, customer int) ORDER BY previous COLLATE "C"
    ON CONFLICT (previous) DO UPDATE SET customer = excluded.customer WHERE a.customer <> excluded.customer`)
}

async function mergeOne(
  tx: Queryable,
  tables: Awaited<ReturnType<typeof tablesBy>>,
  from: number,
  to: number,
  at: Date,
): Promise<void> {
  await tx.run(sql`
    INSERT INTO event_stat AS s (customer, name, count, first_at, last_at, sum)
    SELECT ${to}::int, name, count, first_at, last_at, sum FROM event_stat WHERE customer = ${from}
    ON CONFLICT (customer, name) DO UPDATE SET count = s.count + excluded.count, sum = s.sum + excluded.sum,
      first_at = least(s.first_at, excluded.first_at), last_at = greatest(s.last_at, excluded.last_at)`)
  await tx.run(sql`
    INSERT INTO last_seen AS s (customer, at) SELECT ${to}::int, at FROM last_seen WHERE customer = ${from}
    ON CONFLICT (customer) DO UPDATE SET at = excluded.at WHERE s.at < excluded.at`)
  // Of two words about one thing the newer holds; of two in the same instant the forbidding one.
  await tx.run(sql`
    DELETE FROM consent k USING consent f WHERE k.customer = ${to} AND f.customer = ${from} AND f.channel = k.channel AND f.topic = k.topic
      AND (f.at > k.at OR (f.at = k.at AND f.status = 'unsubscribed'))`)
  await tx.run(sql`DELETE FROM subscription k USING subscription f
    WHERE k.customer = ${to} AND f.customer = ${from} AND f.changed_at > k.changed_at`)
  // Nobody is twice in the same run at the same time.
  await tx.run(sql`UPDATE enrollment e SET state = 'ended', ended_at = ${at}, reason = 'exited', due = NULL, wave = NULL, awaiting = false, watching = '{}'
    WHERE e.customer = ${from} AND e.state <> 'ended'
      AND EXISTS (SELECT 1 FROM enrollment o WHERE o.run = e.run AND o.customer = ${to} AND o.state <> 'ended')`)
  await tx.run(sql`UPDATE enrollment e SET customer = ${to},
      stay = e.stay + coalesce((SELECT max(stay) FROM enrollment o WHERE o.run = e.run AND o.customer = ${to}), 0) WHERE e.customer = ${from}`)
  for (const table of tables) {
    await giveRows(tx, table, from, to)
    await tx.run(sql`DELETE FROM ${named(table.table)} WHERE customer = ${from}`)
  }
  await tx.run(sql`
    UPDATE customer c SET email = coalesce(c.email, f.email), phone = coalesce(c.phone, f.phone), first_name = coalesce(c.first_name, f.first_name),
      last_name = coalesce(c.last_name, f.last_name), timezone = coalesce(c.timezone, f.timezone), locale = coalesce(c.locale, f.locale),
      created_at = least(c.created_at, f.created_at), attributes = f.attributes || c.attributes, account = coalesce(c.account, f.account),
      version = c.version + 1, updated_at = ${at}
    FROM customer f WHERE c.id = ${to} AND f.id = ${from}`)
  await tx.run(sql`DELETE FROM customer WHERE id = ${from}`)
}
