import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** When any worker was last heard of. */
export const newestHeartbeat = async (db: Queryable): Promise<Date | undefined> =>
  (await db.row<{ at: Date | null }>(sql`select max(at) as at from worker_heartbeat`))?.at ?? undefined
