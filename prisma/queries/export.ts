import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { named, tablesBy } from './person-tables.ts'

type Row = Record<string, unknown>

/** Columns that say nothing about the person: numbers of our own. */
const inner = new Set(['id', 'customer', 'wave', 'place', 'attempt', 'change'])

const camel = (name: string): string => name.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase())
const shown = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([key, value]) => !inner.has(key) && value !== null)
      .map(([key, value]) => [camel(key), value]),
  )

/**
 * Every row there is about a person, by table: those that name the customer, and those that belong to one of the person's messages
 * or stays. Read from the catalogue, so that no table is forgotten.
 */
export async function everythingAbout(db: Queryable, customer: number): Promise<Record<string, Row[]>> {
  const found: Record<string, Row[]> = {}
  const keep = (table: string, rows: readonly { row: Row }[]) => {
    if (rows.length > 0) found[camel(table)] = [...(found[camel(table)] ?? []), ...rows.map(({ row }) => shown(row))]
  }
  const own = await tablesBy(db, 'customer')
  for (const { table } of own) {
    const names = table === 'event' || table === 'event_stat'
    keep(
      table,
      await db.rows<{ row: Row }>(
        names
          ? sql`SELECT to_jsonb(t) || jsonb_build_object('name', n.name) AS row FROM ${named(table)} t JOIN event_name n ON n.id = t.name WHERE t.customer = ${customer}`
          : sql`SELECT to_jsonb(t) AS row FROM ${named(table)} t WHERE t.customer = ${customer}`,
      ),
    )
  }
  const has = new Set(own.map(({ table }) => table))
  for (const { table } of await tablesBy(db, 'message'))
    if (!has.has(table))
      keep(
        table,
        await db.rows(
          sql`SELECT to_jsonb(t) AS row FROM ${named(table)} t JOIN message m ON m.id = t.message WHERE m.customer = ${customer}`,
        ),
      )
  for (const { table } of await tablesBy(db, 'enrollment'))
    if (!has.has(table))
      keep(
        table,
        await db.rows(
          sql`SELECT to_jsonb(t) AS row FROM ${named(table)} t JOIN enrollment e ON e.id = t.enrollment WHERE e.customer = ${customer}`,
        ),
      )
  return found
}

/** Whether the person's addresses are suppressed; `addresses` are keyed hashes. */
export const suppressionsOf = (
  db: Queryable,
  addresses: readonly Buffer[],
): Promise<{ channel: string; reason: string; source: string; at: Date }[]> =>
  db.rows(sql`SELECT channel, reason, source, at FROM suppression WHERE address = ANY(${addresses}::bytea[]) ORDER BY channel`)
