import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { movingIn, type WaveRef } from './enrollments.ts'

/** One row for each customer to be called about, made before anything leaves. */
export const prepareCalls = (tx: Queryable, wave: WaveRef, step: number, at: Date) =>
  tx.run(sql`
    INSERT INTO webhook_call (enrollment, step, id, run, customer, status, created_at)
    SELECT e.id, ${step}::int, uuidv7(), e.run, e.customer, 'queued', ${at}::timestamptz FROM enrollment e
    WHERE ${movingIn(wave)} ON CONFLICT (enrollment, step) DO NOTHING`)

export interface CallDue {
  enrollment: number
  id: string
  attempts: number
  externalId: string
  variant: string | null
  event: { name: string; properties: Record<string, unknown> } | null
}

/** The calls of a wave that have not come to an end. */
export const callsDue = (tx: Queryable, wave: WaveRef, step: number) =>
  tx.rows<CallDue>(sql`
    SELECT e.id AS enrollment, w.id, w.attempts, c.external_id AS "externalId", e.variant,
      CASE WHEN ev.id IS NOT NULL THEN jsonb_build_object('name', n.name, 'properties', ev.properties) END AS event
    FROM enrollment e JOIN webhook_call w ON w.enrollment = e.id AND w.step = ${step} JOIN customer c ON c.id = e.customer
    LEFT JOIN event ev ON ev.id = e.event LEFT JOIN event_name n ON n.id = ev.name
    WHERE ${movingIn(wave)} AND w.status = 'queued' ORDER BY e.id`)

export interface SettledCall {
  enrollment: number
  status: 'queued' | 'done' | 'failed'
  code: number | null
  error: string | null
  nextAt: Date | null
}

/** What came of each call, and for those that failed for good a decision people can read. */
export const settleCalls = (db: Queryable, calls: readonly SettledCall[], step: number, at: Date) =>
  db.run(sql`
    WITH settled AS (
      UPDATE webhook_call w SET status = s.status, code = s.code, error = s.error, next_at = s."nextAt", attempts = w.attempts + 1,
        settled_at = CASE WHEN s.status <> 'queued' THEN ${at}::timestamptz END
      FROM json_to_recordset(${JSON.stringify(calls)}::json) AS s (enrollment bigint, status text, code int, error text, "nextAt" timestamptz)
      WHERE w.enrollment = s.enrollment AND w.step = ${step} AND w.status = 'queued'
      RETURNING w.enrollment, w.status, w.code, w.error, w.attempts
    )
    INSERT INTO decision (enrollment, kind, step, outcome, reason, facts, at)
    SELECT enrollment, 'verdict', ${step}::int, 'failed', 'webhook', jsonb_build_object('code', code, 'error', error, 'attempts', attempts), ${at}::timestamptz
    FROM settled WHERE status = 'failed'`)
