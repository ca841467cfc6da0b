import { join, raw, type Sql, sql } from '../sql.ts'

/**
 * Conditions that are only ever true or false, never unknown: then `not` means in SQL what it means to people. Whoever makes
 * a condition for these functions sees to that (`IS TRUE`, `EXISTS`).
 */
export const always = raw('TRUE')
export const never = raw('FALSE')

export const and = (parts: readonly Sql[]): Sql => combine(parts, always, never, ' AND ')
export const or = (parts: readonly Sql[]): Sql => combine(parts, never, always, ' OR ')

function combine(parts: readonly Sql[], neutral: Sql, final: Sql, word: string): Sql {
  if (parts.includes(final)) return final
  const rest = parts.filter(part => part !== neutral)
  return rest.length > 1 ? sql`(${join(rest, word)})` : (rest[0] ?? neutral)
}

const opposites = new WeakMap<Sql, Sql>([
  [always, never],
  [never, always],
])

/**
 * The opposite. Twice is the condition itself and not `NOT NOT`: PostgreSQL makes a join of `EXISTS` and of `NOT EXISTS`, and
 * of nothing else.
 */
export function not(condition: Sql): Sql {
  const known = opposites.get(condition)
  if (known) return known
  const opposite = sql`NOT (${condition})`
  opposites.set(opposite, condition)
  return opposite
}

/** Makes a condition that may be unknown false where it is unknown. */
export const surely = (condition: Sql): Sql => sql`(${condition}) IS TRUE`

/** Whether `c` is among the customers of a query of `id`. PostgreSQL makes a join of it, in whichever direction is cheaper. */
export const among = (ids: Sql): Sql => sql`EXISTS (SELECT 1 FROM (${ids}) AS those WHERE those.id = c.id)`
