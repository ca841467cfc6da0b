import { sql } from '../../domain/sql.ts'
import type { Db } from '../client.ts'

/**
 * Deletes up to `atMost` of the oldest events that were received before `before`; `after` is the id up to which this was done.
 * Ids grow as events arrive, so the primary key finds the oldest without a look at the others. Answers where to go on, or
 * undefined when none is left.
 */
export async function forgetEvents(
  db: Db,
  { before, after, atMost }: { before: Date; after: number; atMost: number },
): Promise<{ forgotten: number; upTo: number | undefined }> {
  const row = await db.row<{ seen: number; forgotten: number; last: number | null }>(sql`
    WITH oldest AS MATERIALIZED (SELECT id, received_at < ${before}::timestamptz AS due FROM event WHERE id > ${after}::bigint ORDER BY id LIMIT ${atMost}),
    gone AS (DELETE FROM event WHERE id = ANY(ARRAY(SELECT id FROM oldest WHERE due)) RETURNING 1)
    SELECT (SELECT count(*) FROM oldest) AS seen, (SELECT count(*) FROM gone) AS forgotten, (SELECT max(id) FROM oldest) AS last`)
  const { seen = 0, forgotten = 0, last = null } = row ?? {}
  return { forgotten, upTo: seen < atMost || forgotten === 0 ? undefined : (last ?? undefined) }
}

/**
 * Forgets the calls of so many blocks of the table that came before `before`, from block `from` on: their messageIds count as new
 * afterwards. A pass over all blocks reads the table once, whatever its order. Answers the next block, or undefined at the end.
 */
export async function forgetCalls(
  db: Db,
  { before, from, blocks }: { before: Date; from: number; blocks: number },
): Promise<{ forgotten: number; next: number | undefined }> {
  const row = await db.row<{ forgotten: number; all: number }>(sql`
    WITH gone AS (
      DELETE FROM call_seen WHERE ctid >= ${`(${from},0)`}::tid AND ctid < ${`(${from + blocks},0)`}::tid AND received_at < ${before}::timestamptz RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) AS forgotten, pg_relation_size('call_seen') / current_setting('block_size')::int AS all`)
  return { forgotten: row?.forgotten ?? 0, next: from + blocks < (row?.all ?? 0) ? from + blocks : undefined }
}
