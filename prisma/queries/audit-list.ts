import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

export interface AuditRow {
  id: number
  at: Date
  actor: string
  action: string
  target: string
  facts: Record<string, unknown>
}

/** Who did what to what, newest first, below the entry `before`. */
export const auditPage = (db: Queryable, limit: number, before?: number): Promise<AuditRow[]> =>
  db.rows<AuditRow>(sql`
    SELECT id::float8 AS id, at, actor, action, target, facts FROM audit
    WHERE id < ${before ?? Number.MAX_SAFE_INTEGER}::bigint ORDER BY id DESC LIMIT ${limit}`)
