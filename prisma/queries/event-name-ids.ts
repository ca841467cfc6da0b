import { sql } from '../../domain/sql.ts'
import type { Db } from '../client.ts'

/** Event names are never renumbered, so what was read once holds; the memory is bounded because callers choose the names. */
const remembered = new WeakMap<object, Map<string, number>>()
const atMost = 20_000

/**
 * The numbers event names are stored under, made where they do not exist yet. Outside of any transaction, so that two batches
 * with the same new name do not wait for each other.
 */
export async function eventNameIds(db: Db, wanted: readonly string[]): Promise<Map<string, number>> {
  let known = remembered.get(db.pool)
  if (!known || known.size > atMost) {
    known = new Map()
    remembered.set(db.pool, known)
  }
  const result = new Map<string, number>()
  const missing = new Set<string>()
  for (const name of wanted) {
    const id = known.get(name)
    if (id === undefined) missing.add(name)
    else result.set(name, id)
  }
  if (missing.size > 0) {
    const names = [...missing].sort()
    const find = () =>
      db.rows<{ id: number; name: string }>(sql`SELECT id, name FROM event_name WHERE name = ANY(${names}::text[])`)
    let rows = await find()
    if (rows.length < names.length) {
      const there = new Set(rows.map(row => row.name))
      await db.run(
        sql`INSERT INTO event_name (name) SELECT unnest(${names.filter(name => !there.has(name))}::text[]) ON CONFLICT DO NOTHING`,
      )
      rows = await find()
    }
    for (const { id, name } of rows) {
      known.set(name, id)
      result.set(name, id)
    }
  }
  return result
}
