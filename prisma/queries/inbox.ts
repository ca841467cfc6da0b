import { raw, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** A message as it lies in a customer's inbox. */
export interface InboxRow {
  id: string
  customer: number
  content: { title?: string; body?: string; action?: string; actionLabel?: string }
  /** When the journey sent it. */
  at: Date
  storedAt: Date
  seenAt: Date | null
  clickedAt: Date | null
  dismissedAt: Date | null
}

const columns = raw(
  'i.message AS id, i.customer, i.content, i.at, i.stored_at AS "storedAt", i.seen_at AS "seenAt", i.clicked_at AS "clickedAt", i.dismissed_at AS "dismissedAt"',
)

/** What one customer has not dismissed, newest first, with how many of them all were never seen. */
export async function listInbox(
  db: Queryable,
  customer: number,
  page: { limit: number; before: { at: string; id: string } | undefined },
): Promise<{ rows: InboxRow[]; unseen: number }> {
  const before = page.before ? sql`AND (i.at, i.message) < (${page.before.at}::timestamptz, ${page.before.id}::uuid)` : raw('')
  const rows = await db.rows<InboxRow>(sql`SELECT ${columns} FROM inbox i
    WHERE i.customer = ${customer} AND i.dismissed_at IS NULL ${before} ORDER BY i.at DESC, i.message DESC LIMIT ${page.limit}`)
  const counted = await db.row<{ unseen: number }>(
    sql`SELECT count(*) AS unseen FROM inbox WHERE customer = ${customer} AND dismissed_at IS NULL AND seen_at IS NULL`,
  )
  return { rows, unseen: counted?.unseen ?? 0 }
}

/** Messages stored in one moment can become visible out of order: whoever catches up looks this far behind where they were. */
const overlap = raw(`interval '2 seconds'`)

/** Where a stream goes on from. */
export interface InboxPlace {
  since: Date
  /** Those that lie within the overlap and are known already. */
  known: string[]
}

/** The place behind a message of this customer, or behind all there are when there is no such message. */
export async function placeBehind(db: Queryable, customer: number, message: string | undefined): Promise<InboxPlace> {
  if (message !== undefined) {
    const row = await db.row<{ since: Date }>(
      sql`SELECT stored_at AS since FROM inbox WHERE message = ${message}::uuid AND customer = ${customer}`,
    )
    if (row) return { since: row.since, known: [message] }
  }
  const rows = await db.rows<{ id: string; since: Date }>(sql`
    SELECT message AS id, last.since FROM (SELECT max(stored_at) AS since FROM inbox WHERE customer = ${customer}) AS last
    JOIN inbox ON customer = ${customer} AND stored_at > last.since - ${overlap}`)
  return { since: rows[0]?.since ?? new Date(0), known: rows.map(row => row.id) }
}

/** What came for some customers behind where each of them is, oldest first. */
export const arrivals = (
  db: Queryable,
  places: readonly { customer: number; since: Date }[],
  limit: number,
): Promise<InboxRow[]> =>
  db.rows<InboxRow>(sql`
    SELECT ${columns} FROM unnest(${places.map(place => place.customer)}::int[], ${places.map(place => place.since)}::timestamptz[]) AS p (customer, since)
    JOIN inbox i ON i.customer = p.customer AND i.stored_at > p.since - ${overlap}
    WHERE i.dismissed_at IS NULL ORDER BY i.stored_at, i.message LIMIT ${limit}`)

export type InboxDeed = 'seen' | 'clicked' | 'dismissed'

const deeds: Record<InboxDeed, (at: Date) => Sql> = {
  seen: at => sql`seen_at = coalesce(i.seen_at, ${at})`,
  clicked: at => sql`seen_at = coalesce(i.seen_at, ${at}), clicked_at = coalesce(i.clicked_at, ${at})`,
  dismissed: at => sql`seen_at = coalesce(i.seen_at, ${at}), dismissed_at = coalesce(i.dismissed_at, ${at})`,
}

/** Keeps what a customer did with a message, each deed once at its first time; undefined when it does not lie in their inbox. */
export const markInbox = (db: Queryable, mark: { customer: number; message: string; deed: InboxDeed; at: Date }) =>
  db.row<InboxRow>(sql`UPDATE inbox i SET ${deeds[mark.deed](mark.at)}
    WHERE i.message = ${mark.message}::uuid AND i.customer = ${mark.customer} RETURNING ${columns}`)

/** A customer's own number. */
export const customerNumber = async (db: Queryable, externalId: string): Promise<number | undefined> =>
  (await db.row<{ id: number }>(sql`SELECT id FROM customer WHERE external_id = ${externalId}`))?.id
