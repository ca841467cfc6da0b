import { join, raw, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** A table with rows about people, and the unique indexes that such a row stands in by its person. */
export interface PersonTable {
  table: string
  uniques: string[][]
}

/**
 * Every table with a column of this name: by the house's habit `customer` (a number) says whose row it is, `message` (a UUID) and
 * `enrollment` (a number) which message or stay it belongs to. Read from the catalogue, so that a table made tomorrow is found.
 */
export const tablesBy = (db: Queryable, column: 'customer' | 'message' | 'enrollment'): Promise<PersonTable[]> =>
  db.rows<PersonTable>(sql`
    SELECT t.relname AS "table", coalesce(json_agg(u.columns) FILTER (WHERE u.columns IS NOT NULL), '[]') AS uniques
    FROM pg_attribute att JOIN pg_class t ON t.oid = att.attrelid AND t.relkind IN ('r', 'p') AND NOT t.relispartition
    LEFT JOIN LATERAL (
      SELECT (SELECT array_agg(a.attname) FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)) AS columns
      FROM pg_index i WHERE i.indrelid = t.oid AND i.indisunique AND att.attnum = ANY(i.indkey)
    ) u ON true
    WHERE t.relnamespace = current_schema()::regnamespace AND att.attname = ${column} AND NOT att.attisdropped
      AND att.atttypid = ANY(${column === 'message' ? ['uuid'] : ['integer', 'bigint']}::regtype[])
    GROUP BY t.relname ORDER BY t.relname`)

/** A name from the catalogue as SQL. */
export const named = (identifier: string): Sql => raw(`"${identifier.replaceAll('"', '""')}"`)

/** Gives the rows of customers to others, as `m` (from `f` to `t`) says; those that would stand twice in a unique index are left. */
export const giveRows = (tx: Queryable, { table, uniques }: PersonTable, m: Sql): Promise<number> => {
  const taken = uniques.map(columns => {
    const others = columns.filter(column => column !== 'customer').map(column => sql`o.${named(column)} = r.${named(column)}`)
    return sql`AND NOT EXISTS (SELECT 1 FROM ${named(table)} o WHERE ${join([sql`o.customer = m.t`, ...others], ' AND ')})`
  })
  return tx.run(sql`UPDATE ${named(table)} r SET customer = m.t FROM ${m} WHERE r.customer = m.f ${join(taken, ' ')}`)
}
