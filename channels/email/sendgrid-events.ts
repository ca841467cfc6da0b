import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { type Hashes, type Headers, header, type NewsKind, ourId, type ProviderNews } from '../provider-news.ts'
import { type Fields, list, number, words } from '../unread.ts'
import { redact } from '../wire.ts'

/** Less than events are remembered. */
const oldestMs = 20 * 86_400_000

/** Parsed keys by their text: parsing costs more than verifying. */
const keys = new Map<string, KeyObject | undefined>()

/**
 * Whether SendGrid signed this event webhook: ECDSA (P-256, SHA-256) over timestamp and raw body. The key is what
 * SendGrid's settings show, base64 of DER, or the same as PEM. False for whatever is missing, malformed or altered.
 * SendGrid repeats a webhook for a day, and a repetition changes nothing (`sg_event_id`); one that was signed longer than `oldestMs`
 * before `at` comes from somebody who kept it until its events were forgotten.
 */
export function verifySendGrid(publicKey: string, headers: Headers, rawBody: Buffer | string, at?: Date): boolean {
  const signature = header(headers, 'x-twilio-email-event-webhook-signature')
  const timestamp = header(headers, 'x-twilio-email-event-webhook-timestamp')
  const key = keyOf(publicKey)
  if (!signature || !timestamp || !key) return false
  if (at && !(at.getTime() - Number(timestamp) * 1_000 <= oldestMs)) return false
  try {
    return verify('sha256', Buffer.concat([Buffer.from(timestamp), Buffer.from(rawBody)]), key, Buffer.from(signature, 'base64'))
  } catch {
    return false
  }
}

function keyOf(text: string): KeyObject | undefined {
  if (!keys.has(text)) keys.set(text, parseKey(text))
  return keys.get(text)
}

function parseKey(text: string): KeyObject | undefined {
  try {
    const key = text.includes('BEGIN PUBLIC KEY')
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
    // Any other kind of key would make `verify` check something SendGrid never signs.
    return key.asymmetricKeyType === 'ec' ? key : undefined
  } catch {
    return undefined
  }
}

const kinds: ReadonlyMap<string, NewsKind> = new Map([
  ['processed', 'processed'],
  ['deferred', 'deferred'],
  ['delivered', 'delivered'],
  ['open', 'opened'],
  ['click', 'clicked'],
  ['bounce', 'bounced'],
  ['dropped', 'dropped'],
  ['spamreport', 'complained'],
  ['unsubscribe', 'unsubscribed'],
  ['group_unsubscribe', 'unsubscribed'],
])

/** Why SendGrid itself dropped a message: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event */
const dropReasons: readonly [RegExp, Pick<ProviderNews, 'permanent' | 'suppress'>][] = [
  [/^bounced address/i, { permanent: true, suppress: 'bounce' }],
  [/^unsubscribed address/i, { permanent: true, suppress: 'unsubscribed' }],
  [/^spam reporting address/i, { permanent: true, suppress: 'complaint' }],
  [/^invalid/i, { permanent: true }],
]

/**
 * Reads the events of one webhook, its body parsed from JSON. What is no event, or of a kind that says nothing about a
 * message, is left out. With `hashes`, news after which nothing may be sent to an address name its hashes.
 */
export function readSendGridEvents(body: unknown, hashes?: Hashes): ProviderNews[] {
  return list(body).flatMap(event => readEvent(event, hashes))
}

function readEvent(event: Fields, hashes: Hashes | undefined): ProviderNews[] {
  const kind = kinds.get(words(event.event))
  const seconds = number(event.timestamp)
  if (!kind || !(seconds > 0 && seconds < 1e11)) return []
  const messageId = ourId(event.message_id)
  const reason = words(event.reason) || words(event.response)
  // "<X-Message-Id>.<where it went>": only the first part is what mail/send answered.
  const [providerId] = words(event.sg_message_id).split('.', 1)
  const due = consequences(kind, event, reason)
  const eventId = words(event.sg_event_id) || `${messageId} ${words(event.event)} ${seconds}`
  return [
    {
      eventId: eventId.slice(0, 200),
      ...(messageId ? { messageId } : {}),
      ...(providerId ? { providerId } : {}),
      kind,
      at: Math.round(seconds * 1_000),
      ...(kind === 'opened' && event.sg_machine_open === true ? { machine: true as const } : {}),
      ...(reason && kind !== 'delivered' ? { reason: redact(reason) } : {}),
      ...due,
      ...(due.suppress && hashes && words(event.email) ? { addresses: hashes(words(event.email)) } : {}),
    },
  ]
}

function consequences(kind: NewsKind, event: Fields, reason: string): Pick<ProviderNews, 'permanent' | 'suppress'> {
  if (kind === 'complained') return { suppress: 'complaint' }
  if (kind === 'unsubscribed') return { suppress: 'unsubscribed' }
  if (kind === 'bounced') return event.type === 'blocked' ? { permanent: false } : { permanent: true, suppress: 'bounce' }
  if (kind === 'dropped') return dropReasons.find(([known]) => known.test(reason))?.[1] ?? { permanent: false }
  return {}
}
