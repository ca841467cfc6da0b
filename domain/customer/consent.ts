import type { ChannelKind } from '../message/kinds.ts'

export type ConsentStatus = 'subscribed' | 'unsubscribed'
export type ConsentMode = 'implied' | 'explicit'

/** What a person last said about a channel (`topic` is empty) or about one topic of it. */
export interface Consent {
  /** Absent where the records were already chosen by channel. */
  channel?: ChannelKind | undefined
  topic: string
  status: ConsentStatus
  at: Date | string
  source?: string
}

/** May we, by the person's own word? With the record it rests on. */
export type ConsentAnswer =
  | { may: true; record?: Consent | undefined }
  | { may: false; because: 'unsubscribed'; record: Consent }
  | { may: false; because: 'noConsent' }

/**
 * Whether marketing may reach a person on a channel and topic.
 * 1. An `unsubscribed` for the whole channel forbids every topic, unless the person subscribed to this topic later.
 * 2. Else the record of the topic decides; without one, the record of the channel.
 * 3. Without any record, `implied` allows and `explicit` does not.
 * Of two words in the same instant the forbidding one counts.
 */
export function mayContact(
  consents: readonly Consent[],
  channel: ChannelKind,
  topic: string | null,
  mode: ConsentMode,
): ConsentAnswer {
  const about = (wanted: string) =>
    latest(consents.filter(consent => (consent.channel ?? channel) === channel && consent.topic === wanted))
  const whole = about('')
  const specific = topic ? about(topic) : undefined
  if (specific?.status === 'unsubscribed') return { may: false, because: 'unsubscribed', record: specific }
  if (whole?.status === 'unsubscribed' && !(specific && time(specific) > time(whole)))
    return { may: false, because: 'unsubscribed', record: whole }
  const record = specific ?? whole
  if (record) return { may: true, record }
  return mode === 'implied' ? { may: true } : { may: false, because: 'noConsent' }
}

const time = (consent: Consent): number => new Date(consent.at).getTime()

/** The last word of several; a forbidding one wins a tie. */
function latest(records: readonly Consent[]): Consent | undefined {
  let last: Consent | undefined
  for (const record of records) {
    const ahead = last === undefined ? 1 : time(record) - time(last)
    if (ahead > 0 || (ahead === 0 && record.status === 'unsubscribed')) last = record
  }
  return last
}

/** The channels that an unsubscribe from one of them ends. */
export const channelsEnded = (channel: ChannelKind, scope: 'channel' | 'all'): readonly ChannelKind[] =>
  scope === 'all' ? ['email', 'sms', 'inApp'] : [channel]
