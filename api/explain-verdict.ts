import { Temporal as TemporalTime } from 'temporal-polyfill'
import { capWindows } from '../domain/message/facts.ts'
import { type ChannelKind, channelKinds } from '../domain/message/kinds.ts'
import type { Settings } from '../domain/settings.ts'
import { sql } from '../domain/sql.ts'
import { zoneOf } from '../domain/zone.ts'
import type { Queryable } from '../prisma/client.ts'

interface Spoken {
  id: string
  channel: string
  class: string
}

/**
 * What allowed a message to leave, as far as the records still tell: the consent that held, the caps' counts before it, the customer's
 * clock. Settings are those of today.
 */
export async function factsOfSent(
  db: Queryable,
  message: Spoken,
  customer: { id: number; timezone: string | null },
  at: Date,
  settings: Settings,
): Promise<Record<string, unknown>> {
  const { zone, fellBack } = zoneOf(customer.timezone, settings.defaultTimezone)
  const clock = { zone, ...(fellBack ? { zoneUnknown: true } : {}), localTime: localTime(at, zone) }
  const channel = channelKinds.find(kind => kind === message.channel)
  if (message.class !== 'marketing' || !channel) return clock
  const record = await db.row<{ status: string; source: string; topic: string; at: Date }>(sql`
    SELECT status, source, topic, at FROM consent_change WHERE customer = ${customer.id} AND channel = ${channel} AND at <= ${at} ORDER BY at DESC, id DESC LIMIT 1`)
  const caps = await Promise.all(
    capWindows(settings.caps, channel, at).map(cap => countBefore(db, message.id, customer.id, cap, at)),
  )
  const hours = settings.quietHours[channel as ChannelKind]
  return {
    ...clock,
    consent: { mode: settings.consent[channel], record: record ? { ...record, at: record.at.toISOString() } : null },
    ...(caps.length > 0 ? { caps } : {}),
    ...(hours ? { quietHours: hours } : {}),
  }
}

async function countBefore(
  db: Queryable,
  message: string,
  customer: number,
  cap: ReturnType<typeof capWindows>[number],
  at: Date,
) {
  const counted = await db.row<{ n: number }>(sql`
    SELECT count(*)::int AS n FROM message x WHERE x.customer = ${customer} AND x.id <> ${message} AND x.channel = ANY(${cap.channels}::text[])
      AND coalesce(x.accepted_at, x.sending_at) > ${cap.since} AND coalesce(x.accepted_at, x.sending_at) <= ${at}
      AND x.status NOT IN ('skipped', 'deferred', 'queued', 'failed')`)
  return { channel: cap.channel, max: cap.max, per: cap.per, count: counted?.n ?? 0 }
}

/** What clocks in a zone show: "2026-03-02 11:00". */
export const localTime = (at: Date, zone: string): string =>
  TemporalTime.Instant.fromEpochMilliseconds(at.getTime())
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' })
    .replace('T', ' ')
