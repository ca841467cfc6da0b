import type { ReportKind } from '../../domain/message/news.ts'
import { type Sql, sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'

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

/** From how many reports on they are kept in one piece: that takes a tenth of the time that their rows take. */
const inOnePiece = 100

const packed = (reports: readonly StoredReport[]): string =>
  JSON.stringify(reports.map(({ eventId, kind, message, facts }) => ({ e: eventId, k: kind, m: message, p: facts })))

/**
 * Keeps reports for processing; those seen before change nothing. Answers how many were new; of many at once, how many there
 * are: which of those are new shows when they are taken apart.
 */
export async function storeReports(
  db: Queryable,
  provider: string,
  reports: readonly StoredReport[],
  receivedAt: Date,
): Promise<number> {
  if (reports.length === 0) return 0
  if (reports.length >= inOnePiece) {
    await db.run(
      sql`INSERT INTO report_batch (provider, reports, received_at) VALUES (${provider}, ${packed(reports)}, ${receivedAt})`,
    )
    return reports.length
  }
  return await keep(
    db,
    sql`(SELECT ${provider}::text AS provider, ${packed(reports)}::text AS reports, ${receivedAt}::timestamptz AS received_at) b`,
  )
}

/** Takes the oldest batch apart that nobody else is taking apart; answers whether there was one. */
export async function unpackReports(db: Db): Promise<boolean> {
  return await db.transaction(async tx => {
    const batch = await tx.row<{ id: number }>(sql`SELECT id FROM report_batch ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`)
    if (!batch) return false
    await keep(tx, sql`(SELECT provider, reports, received_at FROM report_batch WHERE id = ${batch.id}) b`)
    await tx.run(sql`DELETE FROM report_batch WHERE id = ${batch.id}`)
    return true
  })
}

// In one order for everybody, so that the same webhook twice at once waits instead of blocking itself.
const keep = (db: Queryable, from: Sql) =>
  db.run(sql`
    INSERT INTO provider_event (provider, event_id, kind, message, payload, received_at)
    SELECT b.provider, e, k, m, p, b.received_at
    FROM ${from} CROSS JOIN LATERAL json_to_recordset(b.reports::json) AS r (e text, k text, m uuid, p jsonb)
    ORDER BY e ON CONFLICT (provider, event_id) DO NOTHING`)

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

/**
 * What was processed long ago has done its work: repetitions no longer come. What people wrote is remembered: its signature bears no
 * time, and somebody who kept a START must not be able to say it again after a STOP.
 */
export const forgetReports = (db: Queryable, before: Date) =>
  db.run(sql`DELETE FROM provider_event WHERE processed_at < ${before} AND provider <> 'twilio-inbound'`)

/** Whether somebody still waits to be processed: for those that want to see it done. */
export const anyOpenReport = async (db: Queryable): Promise<boolean> =>
  (await db.row(
    sql`SELECT 1 WHERE EXISTS (SELECT 1 FROM provider_event WHERE processed_at IS NULL) OR EXISTS (SELECT 1 FROM report_batch)`,
  )) !== undefined
