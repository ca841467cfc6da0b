import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** A message as the person sees it; `at` in Unix milliseconds. */
interface Kept {
  messageId: string
  to: string
  content: unknown
  at: number
}

const columns = (rows: readonly Kept[]) =>
  sql`unnest(${rows.map(row => row.messageId)}::uuid[], ${rows.map(row => row.to)}::text[], ${rows.map(row => JSON.stringify(row.content))}::text[], ${rows.map(row => new Date(row.at))}::timestamptz[]) AS k(message, "to", content, at)`

/** What the sandbox would have sent, each once. */
export const keepInOutbox = (db: Queryable, channel: string, rows: readonly Kept[]) =>
  db.run(
    sql`INSERT INTO outbox (message, channel, "to", content, at) SELECT message, ${channel}::text, "to", content::jsonb, at FROM ${columns(rows)} ON CONFLICT DO NOTHING`,
  )

/** What a customer finds in the app, each once; `to` is the customer's own number. */
export const keepInInbox = (db: Queryable, rows: readonly Kept[]) =>
  db.run(
    sql`INSERT INTO inbox (message, customer, content, at) SELECT message, "to"::int, content::jsonb, at FROM ${columns(rows)} ON CONFLICT DO NOTHING`,
  )
