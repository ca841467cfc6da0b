import { type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

export interface OutboxRow {
  message: string
  channel: string
  to: string
  content: Record<string, unknown>
  at: Date
  customer: string
  campaign: number
  campaignName: string
  variant: string | null
  status: string
  run: number
  version: number
  step: number
  stepId: string | null
}

/** What the sandbox and the inbox hold, newest first, each with the ledger's word on it. */
export const outboxPage = (
  db: Queryable,
  wanted: {
    channel?: string | undefined
    customer?: string | undefined
    before?: { at: string; message: string } | undefined
    message?: string
    limit: number
  },
): Promise<OutboxRow[]> => {
  const before = wanted.before
    ? sql`AND (k.at, k.message) < (${wanted.before.at}::timestamptz, ${wanted.before.message}::uuid)`
    : sql``
  const one = wanted.message === undefined ? sql`` : sql`AND k.message = ${wanted.message}::uuid`
  const of = wanted.customer === undefined ? sql`` : sql`AND c.external_id = ${wanted.customer}`
  const source = (kept: Sql, channel: string | undefined) =>
    wanted.channel === undefined || channel === undefined || wanted.channel === channel
      ? sql`(SELECT k.message, k.channel, k."to", k.content, k.at FROM ${kept} k
          JOIN message m ON m.id = k.message JOIN customer c ON c.id = m.customer
          WHERE (${wanted.channel ?? null}::text IS NULL OR k.channel = ${wanted.channel ?? null}::text) ${before} ${one} ${of}
          ORDER BY k.at DESC, k.message DESC LIMIT ${wanted.limit})`
      : sql`(SELECT NULL::uuid, NULL::text, NULL::text, NULL::jsonb, NULL::timestamptz WHERE false)`
  const inbox = sql`(SELECT message, 'inApp' AS channel, '' AS "to", content, at FROM inbox)`
  return db.rows<OutboxRow>(sql`
    SELECT k.message, k.channel, k."to", k.content, k.at, c.external_id AS customer, r.campaign, p.name AS "campaignName", m.variant, m.status::text AS status,
      m.run, m.version, m.step, v.program -> 'steps' -> m.step ->> 'id' AS "stepId"
    FROM (${source(sql`outbox`, undefined)} UNION ALL ${source(inbox, 'inApp')}) AS k (message, channel, "to", content, at)
    JOIN message m ON m.id = k.message JOIN customer c ON c.id = m.customer JOIN run r ON r.id = m.run JOIN campaign p ON p.id = r.campaign
    LEFT JOIN campaign_version v ON v.campaign = r.campaign AND v.version = m.version
    ORDER BY k.at DESC, k.message DESC LIMIT ${wanted.limit}`)
}
