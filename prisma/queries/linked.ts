import type { Consent } from '../../domain/customer/consent.ts'
import type { EmailContent } from '../../domain/message/content.ts'
import type { ChannelKind } from '../../domain/message/kinds.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** What tells the language of the person behind a link. */
export interface LinkedPerson {
  locale: string | null
  /** Their attribute of this name. */
  language: string | null
}

/** The message a link belongs to, and whom it was for. */
export interface LinkedMessage extends LinkedPerson {
  id: string
  customer: number
  channel: ChannelKind
  topic: string | null
  campaign: number
  version: number
  step: number
  variant: string | null
  acceptedAt: Date | null
  deliveredAt: Date | null
  email: string | null
  phone: string | null
}

/** Undefined when the message is gone, as after an erasure. */
export const linkedMessage = (db: Queryable, id: string) =>
  db.row<LinkedMessage>(sql`
    SELECT m.id, m.customer, m.channel, m.topic, r.campaign, m.version, m.step, m.variant, m.accepted_at AS "acceptedAt", m.delivered_at AS "deliveredAt", c.email, c.phone, c.locale, c.attributes ->> 'language' AS language
    FROM message m JOIN run r ON r.id = m.run JOIN customer c ON c.id = m.customer WHERE m.id = ${id}::uuid`)

/** Everything a customer has said about any channel. */
export const wordsOf = (db: Queryable, customer: number) =>
  db.rows<Consent & { channel: ChannelKind }>(
    sql`SELECT channel, topic, status, source, at FROM consent WHERE customer = ${customer}`,
  )

/** A published e-mail for a variant, as it was compiled for sending; undefined when it is none. */
export async function publishedEmail(
  db: Queryable,
  letter: { campaign: number; version: number; step: number; variant: string | null },
): Promise<EmailContent | undefined> {
  const row = await db.row<{ contents: Record<string, EmailContent> | null }>(sql`
    SELECT program #> ARRAY['steps', ${String(letter.step)}, 'body', 'contents'] AS contents FROM campaign_version
    WHERE campaign = ${letter.campaign} AND version = ${letter.version}`)
  const contents = row?.contents ?? {}
  const content = contents[letter.variant ?? ''] ?? contents[Object.keys(contents)[0] ?? '']
  return content?.html === undefined ? undefined : content
}
