import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** The numbers event names are stored under, made where they do not exist yet. */
export async function ensureEventNames(db: Queryable, names: readonly string[]): Promise<Map<string, number>> {
  const wanted = [...new Set(names)].sort()
  if (wanted.length === 0) return new Map()
  // The no-op update makes the existing rows come back too, also those another transaction has just written.
  const rows = await db.rows<{ id: number; name: string }>(sql`INSERT INTO event_name (name) SELECT unnest(${wanted}::text[])
    ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id, name`)
  return new Map(rows.map(row => [row.name, row.id]))
}
