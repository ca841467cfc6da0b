import { sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'
import { type Convert, worthOf } from './order-amount.ts'

/** Whether the amounts of all events stand by these rates. */
export const isValuedBy = async (db: Queryable, currencies: Convert): Promise<boolean> =>
  (await db.row(sql`SELECT 1 FROM revaluation WHERE id = 1 AND currencies = ${JSON.stringify(currencies)}::jsonb`)) !== undefined

/** Notes that they do. */
export const noteValued = (db: Queryable, currencies: Convert, at: Date): Promise<number> =>
  db.run(sql`INSERT INTO revaluation (id, currencies, at) VALUES (1, ${JSON.stringify(currencies)}::jsonb, ${at})
    ON CONFLICT (id) DO UPDATE SET currencies = excluded.currencies, at = excluded.at`)

/** The number of the newest event; 0 when there is none. */
export const newestEventId = async (db: Queryable): Promise<number> =>
  Number((await db.row<{ id: number | null }>(sql`SELECT max(id) AS id FROM event`))?.id ?? 0)

/**
 * Puts the amounts of up to `atMost` events behind `after` in the reporting currency by these rates, as ingest does with new ones,
 * and moves the sums that were kept of them by the difference; amounts whose currency has no rate become unknown and leave the sums.
 * Answers where to go on, or undefined when no event is left.
 */
export async function revalueEvents(
  db: Db,
  { after, atMost, currencies }: { after: number; atMost: number; currencies: Convert },
): Promise<{ changed: number; upTo: number | undefined }> {
  const row = await db.row<{ seen: number; last: number | null; changed: number }>(sql`
    WITH part AS MATERIALIZED (
      SELECT id, nullif(currency, '') IS NOT NULL AS named, ${worthOf('e', currencies)} AS worth
      FROM event e WHERE id > ${after}::bigint ORDER BY id LIMIT ${atMost}
    ), valued AS (
      UPDATE event e SET value = p.worth FROM part p WHERE e.id = p.id AND p.named AND e.value IS DISTINCT FROM p.worth
      RETURNING e.customer, e.name, coalesce(new.value, 0) - coalesce(old.value, 0) AS more
    ), moved AS (
      UPDATE event_stat s SET sum = s.sum + v.more FROM (SELECT customer, name, sum(more) AS more FROM valued GROUP BY 1, 2) v
      WHERE s.customer = v.customer AND s.name = v.name
    )
    SELECT (SELECT count(*) FROM part) AS seen, (SELECT max(id) FROM part) AS last, (SELECT count(*) FROM valued) AS changed`)
  const { seen = 0, last = null, changed = 0 } = row ?? {}
  return { changed: Number(changed), upTo: seen < atMost || last === null ? undefined : Number(last) }
}
