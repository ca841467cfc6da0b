import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** When any worker was last heard of. */
export const newestHeartbeat = async (db: Queryable): Promise<Date | undefined> =>
  (await db.row<{ at: Date | null }>(sql`select max(at) as at from worker_heartbeat`))?.at ?? undefined

/** A worker says that it lives; those silent for an hour are forgotten. */
export const beat = (db: Queryable, worker: string, at: Date): Promise<number> =>
  db.run(sql`WITH gone AS (DELETE FROM worker_heartbeat WHERE at < ${new Date(at.getTime() - 3_600_000)} AND id <> ${worker})
    INSERT INTO worker_heartbeat (id, at) VALUES (${worker}, ${at}) ON CONFLICT (id) DO UPDATE SET at = excluded.at`)
