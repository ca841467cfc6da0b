import type { Inbound } from '../../domain/customer/stop-words.ts'
import { sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'
import { recordConsents } from './consents.ts'
import { storeReports } from './provider-events.ts'
import { suppress, unsuppress } from './suppress.ts'

/** A message from somebody's phone, understood. */
export interface InboundMessage {
  /** The provider's id of it. */
  eventId: string
  /** E.164. */
  from: string
  /** Keyed hash of the number. */
  address: Buffer
  asks: Inbound
  /** Their words: the evidence of what they asked for. */
  words: string
  at: Date
}

/** An answer to a message counts as one for so long. */
const replyDays = 30

/**
 * Takes in an inbound SMS, in one transaction: STOP forbids the number and ends the consent of everybody who has it, START gives both
 * back, and anything else is an answer to the last message sent there. Answers whether it is new, and the locale of the person.
 */
export async function takeInbound(db: Db, message: InboundMessage): Promise<{ fresh: boolean; locale: string | null }> {
  const { eventId, from, address, asks, words, at } = message
  return await db.transaction(async tx => {
    const people = await tx.rows<{ id: number; locale: string | null }>(
      sql`SELECT id, coalesce(locale, attributes ->> 'language') AS locale FROM customer WHERE phone = ${from} ORDER BY id`,
    )
    const locale = people.find(person => person.locale)?.locale ?? null
    if (asks === 'none' || asks === 'help') {
      const last = asks === 'none' ? await lastMessageTo(tx, people, at) : undefined
      const report = { eventId, kind: 'replied' as const, message: last ?? null, facts: { at: at.getTime() } }
      return { fresh: (await storeReports(tx, 'twilio-inbound', [report], at)) > 0, locale }
    }
    const fresh = await tx.run(sql`
      INSERT INTO provider_event (provider, event_id, kind, payload, received_at, processed_at) VALUES ('twilio-inbound', ${eventId}, ${asks}, '{}', ${at}, ${at})
      ON CONFLICT (provider, event_id) DO NOTHING`)
    if (fresh === 0) return { fresh: false, locale }
    if (asks === 'stop') await suppress(tx, [{ channel: 'sms', address, reason: 'stop', source: 'twilio', at }])
    else await unsuppress(tx, 'sms', address, ['stop', 'unsubscribed'])
    await recordConsents(
      tx,
      people.map(({ id }) => ({
        customer: id,
        channel: 'sms',
        topic: '',
        status: asks === 'stop' ? ('unsubscribed' as const) : ('subscribed' as const),
        source: 'sms',
        evidence: { words: words.slice(0, 500) },
        at,
      })),
    )
    return { fresh: true, locale }
  })
}

async function lastMessageTo(tx: Queryable, people: readonly { id: number }[], at: Date): Promise<string | undefined> {
  const since = new Date(at.getTime() - replyDays * 86_400_000)
  const row = await tx.row<{ id: string }>(sql`
    SELECT id FROM message WHERE customer = ANY(${people.map(person => person.id)}::int[]) AND channel = 'sms' AND created_at > ${since}
      AND status NOT IN ('skipped', 'deferred', 'queued', 'failed') ORDER BY coalesce(accepted_at, sending_at) DESC LIMIT 1`)
  return row?.id
}
