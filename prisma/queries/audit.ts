import type { AuditAction } from '../../domain/audit.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** Who did what to what, kept for good. `facts` holds no personal data. */
export const recordAudit = (
  db: Queryable,
  entry: { at: Date; actor: string; action: AuditAction; target: string; facts?: Record<string, unknown> },
): Promise<number> =>
  db.run(sql`
    insert into audit (at, actor, action, target, facts)
    values (${entry.at}, ${entry.actor}, ${entry.action}, ${entry.target}, ${JSON.stringify(entry.facts ?? {})}::jsonb)`)
