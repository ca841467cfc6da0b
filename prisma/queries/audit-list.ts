import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

export interface AuditRow {
  id: number
  at: Date
  actor: string
  /** What the key of the actor is called, now or when it was revoked. */
  actorLabel: string | null
  action: string
  target: string
  facts: Record<string, unknown>
}

/** Who did what to what, newest first, below the entry `before`. */
export const auditPage = (db: Queryable, limit: number, before?: number): Promise<AuditRow[]> =>
  db.rows<AuditRow>(sql`
    SELECT a.id::float8 AS id, a.at, a.actor, k.name AS "actorLabel", a.action, a.target, a.facts FROM audit a
    LEFT JOIN api_key k ON 'key_' || k.id = a.actor
    WHERE a.id < ${before ?? Number.MAX_SAFE_INTEGER}::bigint ORDER BY a.id DESC LIMIT ${limit}`)
