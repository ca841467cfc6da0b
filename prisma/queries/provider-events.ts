import type { ReportKind } from '../../domain/message/news.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** A report as it is kept: our own words, no address and no text of anybody. */
export interface StoredReport {
  /** The provider's id of the report: the same again is a repetition. */
  eventId: string
  kind: ReportKind
  message: string | null
  facts: ReportFacts
}

export interface ReportFacts {
  /** When it happened, Unix milliseconds. */
  at: number
  providerId?: string
  machine?: true
  reason?: string
  permanent?: boolean
  suppress?: 'stop' | 'bounce' | 'complaint' | 'unsubscribed'
  /** Keyed hashes of the address, in hexadecimal. */
  addresses?: string[]
  /** Which link was followed. */
  link?: string
}

/** Keeps reports for processing; those seen before change nothing. Answers how many were new. */
export async function storeReports(
  db: Queryable,
  provider: string,
  reports: readonly StoredReport[],
  receivedAt: Date,
): Promise<number> {
  if (reports.length === 0) return 0
  const rows = reports.map(({ eventId, kind, message, facts }) => ({ e: eventId, k: kind, m: message, p: facts }))
  // In one order for everybody, so that the same webhook twice at once waits instead of blocking itself.
  return await db.run(sql`
    INSERT INTO provider_event (provider, event_id, kind, message, payload, received_at)
    SELECT ${provider}::text, e, k, m, p, ${receivedAt}::timestamptz
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS r (e text, k text, m uuid, p jsonb)
    ORDER BY e ON CONFLICT (provider, event_id) DO NOTHING`)
}

export interface OpenReport {
  id: number
  provider: string
  kind: ReportKind
  message: string | null
  facts: ReportFacts
  receivedAt: Date
}

/** How long a followed link rests, until it can be told whether all links of its letter were followed at once. */
export const linkRestMs = 2_000

/** The oldest reports that nobody has processed or is processing, held until the transaction ends. */
export const openReports = (tx: Queryable, at: Date, atMost: number) =>
  tx.rows<OpenReport>(sql`
    SELECT id, provider, kind, message, payload AS facts, received_at AS "receivedAt" FROM provider_event
    WHERE processed_at IS NULL AND (provider <> 'link' OR received_at <= ${new Date(at.getTime() - linkRestMs)})
    ORDER BY id LIMIT ${atMost} FOR UPDATE SKIP LOCKED`)

export const closeReports = (tx: Queryable, ids: readonly number[], at: Date) =>
  tx.run(sql`UPDATE provider_event SET processed_at = ${at} WHERE id = ANY(${ids}::bigint[])`)

/** Every link of these messages that was followed, with when. */
export const followedLinks = (tx: Queryable, messages: readonly string[]) =>
  tx.rows<{ message: string; link: string | null; receivedAt: Date }>(sql`
    SELECT message, payload ->> 'link' AS link, received_at AS "receivedAt" FROM provider_event
    WHERE message = ANY(${messages}::uuid[]) AND provider = 'link' AND kind = 'clicked'`)

/** What was processed long ago has done its work: repetitions no longer come. */
export const forgetReports = (db: Queryable, before: Date) =>
  db.run(sql`DELETE FROM provider_event WHERE processed_at < ${before}`)

/** Whether somebody still waits to be processed: for those that want to see it done. */
export const anyOpenReport = async (db: Queryable): Promise<boolean> =>
  (await db.row(sql`SELECT 1 FROM provider_event WHERE processed_at IS NULL LIMIT 1`)) !== undefined
