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

/** Of fewer events than this, all are read at once. */
const worthDividing = 200_000

/** How many parts: more than sessions, so that none is idle for long where they turn out unlike. */
const partsOfEvents = 4

/** All customers in parts of about as many events, as the server's own statistics have them: parts that can be read beside each other. */
export async function partsByEvents(tx: Queryable): Promise<CustomerRange[]> {
  const row = await tx.row<{ bounds: number[] | null }>(sql`
    SELECT s.histogram_bounds::text::int[] AS bounds FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname
    WHERE c.oid = 'event'::regclass AND s.attname = 'customer' AND c.reltuples >= ${worthDividing}`)
  const bounds = row?.bounds ?? []
  const cuts = Array.from({ length: partsOfEvents - 1 }, (_, i) => bounds[Math.floor(((i + 1) * bounds.length) / partsOfEvents)])
  return rangesBetween([...new Set(cuts.filter(cut => cut !== undefined))])
}
