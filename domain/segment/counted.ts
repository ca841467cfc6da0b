import { type Sql, sql } from '../sql.ts'
import { among, and, not } from './logic.ts'

/** What a part of a rule asks of the counts that are kept of one event for each customer, a row `s` of `event_stat`. */
export interface Counted {
  /** The event's number. */
  name: number
  /** True or false, never unknown. */
  where: Sql
  /** What holds for those who never did it, and so have no row. */
  none: boolean
}

/** The opposite. */
export const uncounted = ({ name, where, none }: Counted): Counted => ({ name, where: not(where), none: !none })

/** The same event's rows are looked at once for all that must hold of them. */
export const together = (parts: readonly [Counted, ...Counted[]]): Counted => ({
  name: parts[0].name,
  where: and(parts.map(part => part.where)),
  none: parts.every(part => part.none),
})

const rows = (name: number, condition: Sql): Sql =>
  sql`SELECT s.customer AS id FROM event_stat s WHERE ${and([sql`s.name = ${name}::int`, condition])}`

/** It as a condition on `c`. Where having none is enough, it is all but those whose counts are not so. */
export const countedWhere = ({ name, where, none }: Counted): Sql =>
  none ? not(among(rows(name, not(where)))) : among(rows(name, where))

/** It as a query of `id`, each once; undefined where it holds for those who have no row. */
export const countedIds = ({ name, where, none }: Counted): Sql | undefined => (none ? undefined : rows(name, where))

/** Parts of which several ask the counts of one event, by event; and the others. */
export function sameCounts<Part>(parts: readonly Part[], countedOf: (part: Part) => Counted | undefined) {
  const byName = new Map<number, { parts: Part[]; counts: [Counted, ...Counted[]] }>()
  for (const part of parts) {
    const count = countedOf(part)
    if (!count) continue
    const same = byName.get(count.name)
    if (same) {
      same.parts.push(part)
      same.counts.push(count)
    } else byName.set(count.name, { parts: [part], counts: [count] })
  }
  const several = [...byName.values()].filter(({ counts }) => counts.length > 1)
  const taken = new Set(several.flatMap(same => same.parts))
  return { counts: several.map(same => same.counts), others: parts.filter(part => !taken.has(part)) }
}
