/**
 * SQL as plain data. A fragment is its text in pieces and the values between them, so that fragments nest and
 * nothing a caller brings in ever becomes text.
 */
export interface Sql {
  readonly pieces: readonly string[]
  readonly values: readonly unknown[]
  /** What a database that one alone uses need not do, or not twice. */
  readonly nature?: 'forOthers' | 'lasting' | 'seldom' | 'tally'
  /** The one table that a query of what seldom changes reads. */
  readonly of?: string
  /** Under this name a connection keeps the statement, read and planned: its text is always the same. */
  readonly name?: string
}

const isSql = (value: unknown): value is Sql =>
  typeof value === 'object' && value !== null && 'pieces' in value && 'values' in value

/** Builds a fragment; interpolated fragments are spliced, everything else becomes a parameter. */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): Sql {
  const pieces: string[] = [strings[0] ?? '']
  const out: unknown[] = []
  values.forEach((value, i) => {
    const after = strings[i + 1] ?? ''
    if (isSql(value)) {
      pieces[pieces.length - 1] += value.pieces[0] ?? ''
      for (let k = 0; k < value.values.length; k++) {
        out.push(value.values[k])
        pieces.push(value.pieces[k + 1] ?? '')
      }
      pieces[pieces.length - 1] += after
    } else {
      out.push(value)
      pieces.push(after)
    }
  })
  return { pieces, values: out }
}

/** A statement that matters only to others, at the same time or afterwards: a lock, a note for whoever finds what we left undone. */
export const forOthers = (statement: Sql): Sql => ({ ...statement, nature: 'forOthers' })

/** A query of what nobody changes who uses the database alone, as a simulation does. */
export const lasting = (query: Sql): Sql => ({ ...query, nature: 'lasting' })

/** A query of one table that is seldom written to: who uses the database alone need not ask again before it was. */
export const seldom = (of: string, query: Sql): Sql => ({ ...query, nature: 'seldom', of })

/** A statement that adds its last value to a sum; who uses the database alone and asks for no sum before the end may add all at once then. */
export const tally = (statement: Sql): Sql => ({ ...statement, nature: 'tally' })

/** A statement that comes with every batch: each connection reads and plans it once. Its text may not depend on what it is about. */
export const kept = (name: string, statement: Sql): Sql => ({ ...statement, name })

/** Text that this project wrote itself (a column, a constant): never a caller's. */
export const raw = (text: string): Sql => ({ pieces: [text], values: [] })

/** Joins fragments with a separator; an empty list gives `empty`. */
export function join(parts: readonly Sql[], separator: string, empty: Sql = raw('')): Sql {
  const [first, ...rest] = parts
  if (!first) return empty
  return rest.reduce((all, part) => sql`${all}${raw(separator)}${part}`, first)
}

/** The text with `$1…$n` and its values, as a PostgreSQL client wants them. */
export function toQuery(fragment: Sql): { text: string; values: unknown[]; name?: string } {
  let text = fragment.pieces[0] ?? ''
  for (let i = 1; i < fragment.pieces.length; i++) text += `$${i}${fragment.pieces[i]}`
  return { text, values: [...fragment.values], ...(fragment.name === undefined ? {} : { name: fragment.name }) }
}
