import { type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

export interface OutboxRow {
  message: string
  channel: string
  to: string
  content: Record<string, unknown>
  at: Date
  /** The ledger's word; null for what was sent as a test of a channel, which no campaign knows. */
  of: {
    customer: string
    campaign: number
    campaignName: string
    variant: string | null
    status: string
    step: number
    stepId: string | null
  } | null
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
          LEFT JOIN message m ON m.id = k.message LEFT JOIN customer c ON c.id = m.customer
          WHERE (${wanted.channel ?? null}::text IS NULL OR k.channel = ${wanted.channel ?? null}::text) ${before} ${one} ${of}
          ORDER BY k.at DESC, k.message DESC LIMIT ${wanted.limit})`
      : sql`(SELECT NULL::uuid, NULL::text, NULL::text, NULL::jsonb, NULL::timestamptz WHERE false)`
  const inbox = sql`(SELECT message, 'inApp' AS channel, '' AS "to", content, at FROM inbox)`
  return db.rows<OutboxRow>(sql`
    SELECT k.message, k.channel, k."to", k.content, k.at, CASE WHEN m.id IS NOT NULL THEN json_build_object('customer', c.external_id, 'campaign', r.campaign,
      'campaignName', p.name, 'variant', m.variant, 'status', m.status, 'step', m.step, 'stepId', v.program -> 'steps' -> m.step ->> 'id') END AS of
    FROM (${source(sql`outbox`, undefined)} UNION ALL ${source(inbox, 'inApp')}) AS k (message, channel, "to", content, at)
    LEFT JOIN message m ON m.id = k.message LEFT JOIN customer c ON c.id = m.customer
    LEFT JOIN run r ON r.id = m.run LEFT JOIN campaign p ON p.id = r.campaign
    LEFT JOIN campaign_version v ON v.campaign = r.campaign AND v.version = m.version
    ORDER BY k.at DESC, k.message DESC LIMIT ${wanted.limit}`)
}
