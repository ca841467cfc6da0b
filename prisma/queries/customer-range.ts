import { raw, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** Customers from a number on and below another; null where there is no such end. */
export interface CustomerRange {
  from: number | null
  below: number | null
}

/** That a column lies in a part. */
export const within = (column: string, part: CustomerRange | undefined): Sql =>
  sql`${part?.from == null ? raw('') : sql` AND ${raw(column)} >= ${part.from}::int`}${part?.below == null ? raw('') : sql` AND ${raw(column)} < ${part.below}::int`}`

/** The ranges between these customers, and beyond them. */
export const rangesBetween = (cuts: readonly number[]): CustomerRange[] =>
  [null, ...cuts].map((from, i) => ({ from, below: cuts[i] ?? null }))

/** The same customers in at most so many parts. */
export function inFewerParts(parts: readonly CustomerRange[], most: number): CustomerRange[] {
  const each = Math.ceil(parts.length / most)
  return rangesBetween(parts.flatMap(({ from }, i) => (i % each === 0 && from !== null ? [from] : [])))
}

/** Of fewer events than this, all are read at once. */
const worthDividing = 200_000

/** How many parts: more than sessions, so that none is idle for long where they turn out unlike. */
const partsOfWork = 8

/**
 * All customers in parts that are about as much work, as the server's own statistics have them: parts that can be read beside each other.
 * What is asked costs about as much for a customer as for all events of an average one, so that both count half; `ofCustomers` says
 * another share for what costs by the event or by the customer.
 */
export async function partsByWork(tx: Queryable, ofCustomers = 0.5): Promise<CustomerRange[]> {
  const row = await tx.row<{ bounds: number[] | null }>(sql`
    SELECT s.histogram_bounds::text::int[] AS bounds FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname
    WHERE c.oid = 'event'::regclass AND s.attname = 'customer' AND c.reltuples >= ${worthDividing}`)
  const bounds = row?.bounds ?? []
  const [least = 0] = bounds
  const span = Math.max(1, (bounds.at(-1) ?? 0) - least)
  // Between two bounds lie as many events as between any other two.
  const workBefore = (i: number) =>
    (1 - ofCustomers) * (i / (bounds.length - 1)) + ofCustomers * (((bounds[i] ?? 0) - least) / span)
  const cuts = Array.from({ length: partsOfWork - 1 }, (_, part) =>
    bounds.find((_, i) => i > 0 && workBefore(i) >= (part + 1) / partsOfWork),
  )
  return rangesBetween([...new Set(cuts.filter(cut => cut !== undefined))])
}
