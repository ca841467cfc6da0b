import { validateRequest } from 'twilio/lib/webhooks/webhooks.js'
import { type Hashes, type NewsKind, ourId, type ProviderNews } from '../provider-news.ts'
import { type SmsErrors, smsError } from './errors.ts'

/** The fields of a form; a field that came twice is a list. */
export type Form = Readonly<Record<string, string | string[] | undefined>>

/**
 * Whether Twilio signed this request: HMAC-SHA1 over the address it called and the sorted fields. `url` is the public one
 * (PUBLIC_URL with path and query), not what a proxy made of it. False for whatever is missing, malformed or altered.
 */
export function verifyTwilio(authToken: string, url: string, params: Form, signature: string | undefined): boolean {
  if (!signature || !authToken || !URL.canParse(url)) return false
  const fields = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined))
  try {
    return validateRequest(authToken, signature, url, fields)
  } catch {
    return false
  }
}

const kinds: Readonly<Record<string, NewsKind>> = {
  accepted: 'processed',
  scheduled: 'processed',
  queued: 'processed',
  sending: 'processed',
  sent: 'processed',
  delivered: 'delivered',
  read: 'opened',
  undelivered: 'bounced',
  failed: 'dropped',
  canceled: 'dropped',
}

/**
 * Reads a status callback; `query` is that of the callback's address, in which our id travels. Twilio gives no time, so
 * the news is of when it was received. Undefined for what is no status of a message.
 */
export function readTwilioStatus(
  params: Form,
  query: Form,
  receivedAt: number,
  hashes?: Hashes,
  errors?: SmsErrors,
): ProviderNews | undefined {
  const sid = one(params.MessageSid) ?? one(params.SmsSid)
  const status = one(params.MessageStatus) ?? one(params.SmsStatus)
  if (!sid || !status || !Object.hasOwn(kinds, status)) return undefined
  const messageId = ourId(one(query.message))
  const code = one(params.ErrorCode)
  const known = code ? smsError(Number(code), errors) : undefined
  const suppress = known?.means === 'refused' ? known.suppress : undefined
  const kind = kinds[status]!
  const to = one(params.To)
  return {
    eventId: `${sid} ${status}`.slice(0, 200),
    ...(messageId ? { messageId } : {}),
    providerId: sid,
    kind,
    at: receivedAt,
    ...(code ? { reason: known ? `${code}: ${known.why}` : code } : {}),
    ...(kind === 'bounced' || kind === 'dropped' ? { permanent: suppress !== undefined } : {}),
    ...(suppress ? { suppress } : {}),
    ...(suppress && hashes && to ? { addresses: hashes(to) } : {}),
  }
}

/** A message from a person's phone. */
export interface InboundSms {
  /** E.164. */
  from: string
  to: string
  body: string
  sid: string
  /** What Twilio itself took it for, and has answered already. */
  optOut?: 'stop' | 'start' | 'help'
}

/** Reads an inbound message; undefined for what is none. */
export function readTwilioInbound(params: Form): InboundSms | undefined {
  const from = one(params.From)
  const sid = one(params.MessageSid) ?? one(params.SmsSid)
  if (!from || !sid) return undefined
  const optOut = one(params.OptOutType)?.toLowerCase()
  return {
    from,
    to: one(params.To) ?? '',
    body: one(params.Body) ?? '',
    sid,
    ...(optOut === 'stop' || optOut === 'start' || optOut === 'help' ? { optOut } : {}),
  }
}

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value) || undefined
