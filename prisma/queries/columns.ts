import { join, raw, type Sql, sql } from '../../domain/sql.ts'
import { int4s, int8s, uuids } from '../binary.ts'

interface Column {
  type: string
  values: readonly unknown[]
}

/** One value of every row, as a column of a PostgreSQL type. */
export const column = <Row>(type: string, rows: readonly Row[], value: (row: Row) => unknown): Column => ({
  type,
  values: rows.map(value),
})

/**
 * Rows as a table `l` of columns, sent as arrays. A column that has the same value in every row travels as that one value: of a
 * ledger's columns most do, and a thousand copies would be written here and read there.
 */
export function columns<Names extends string>(given: Record<Names, Column>): { table: Sql; of: Record<Names, Sql> } {
  const names = Object.keys(given) as Names[]
  // The rows are as many as the longest array says: one column always is one.
  const [first] = names
  const each = names.filter(name => name === first || given[name].values.some(value => value !== given[name].values[0]))
  const of = Object.fromEntries(
    names.map(name => [
      name,
      each.includes(name) ? raw(`l."${name}"`) : sql`${given[name].values[0] ?? null}::${raw(given[name].type)}`,
    ]),
  ) as Record<Names, Sql>
  const arrays = join(
    each.map(name => arrayOf(given[name].type, given[name].values)),
    ', ',
  )
  return { table: sql`unnest(${arrays}) AS l(${raw(each.map(name => `"${name}"`).join(', '))})`, of }
}

/** Types whose arrays travel in PostgreSQL's own form, which neither side has to write or read as text. */
const binary: Readonly<Record<string, (values: readonly never[]) => Buffer>> = { uuid: uuids, int: int4s, bigint: int8s }

/** Values as one array of a PostgreSQL type. */
export function arrayOf(type: string, values: readonly unknown[]): Sql {
  const write = binary[type]
  return sql`${write && !values.includes(null) ? write(values as readonly never[]) : values}::${raw(type)}[]`
}
