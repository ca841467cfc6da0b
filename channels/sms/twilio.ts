import { fill, type Letter } from '../../domain/message/letter.ts'
import { type Channel, type Envelope, notBegun, type Outcome } from '../channel.ts'
import { createPace, type SharedHold } from '../pace.ts'
import { type Fields, fields, number, words } from '../unread.ts'
import { askedMs, misconfiguredMs, ownFault, type Reply, redact, retryMs, unanswered } from '../wire.ts'
import { type SmsErrors, smsError } from './errors.ts'
import { connectTwilio, type TwilioAccount } from './twilio-client.ts'
import { readTwilioStatus } from './twilio-events.ts'
import { seekAtTwilio } from './twilio-evidence.ts'

export interface TwilioOptions extends TwilioAccount {
  /** A number, short code or sender name; or a messaging service, which then chooses. */
  from?: string
  messagingServiceSid?: string
  /** Where Twilio reports to: this server as the world sees it. */
  publicUrl: string
  timeoutMs?: number
  /** Requests at once: Twilio takes one message each. */
  atOnce?: number
  patienceMs?: number
  /** What codes mean here, instead of what they mean to us. */
  errors?: SmsErrors | undefined
  /** What other workers know of its holds. */
  holds?: SharedHold | undefined
  /** How far Twilio's clock and list may be behind ours before their silence says something. */
  slackMs?: number
}

/** SMS through Twilio's Message resource: one request a message, our id in the address of its status callback. */
export function createTwilio(options: TwilioOptions): Channel & Required<Pick<Channel, 'seek' | 'look'>> & { close(): void } {
  const { timeoutMs = 30_000, atOnce = 50 } = options
  const pace = createPace({
    atOnce,
    holds: options.holds,
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
  })
  const twilio = connectTwilio(options, atOnce, timeoutMs)
  const sender = options.messagingServiceSid ? { MessagingServiceSid: options.messagingServiceSid } : { From: options.from ?? '' }

  const sendOne = async (letter: Letter, envelope: Envelope, mayBegin: () => boolean): Promise<Outcome> => {
    const Body = fill(letter.fields.body ?? [], envelope.values)
    if (Body.trim() === '') return { kind: 'refused', code: 'emptyContent', detail: 'the text is empty' }
    const wait = await pace.holdMs()
    if (wait > 0) return { kind: 'later', code: 'held', detail: 'Twilio asked us to wait', afterMs: wait }
    if (!mayBegin()) return notBegun
    const reply = await twilio.create({
      To: envelope.to,
      Body,
      ...sender,
      StatusCallback: statusCallback(options.publicUrl, envelope.messageId),
    })
    const now = Date.now()
    if (reply.answered && (reply.status === 429 || reply.status === 503))
      return readTwilioReply(reply, now, pace.slower(askedMs(reply.headers, now)), options.errors)
    if (reply.answered && reply.status < 500) pace.faster()
    return readTwilioReply(reply, now, undefined, options.errors)
  }

  return {
    kind: 'sms',
    provider: 'twilio',
    // Four rounds of requests: what a worker that dies in the middle leaves uncertain is no more than this.
    maxBatch: 200,
    async send({ letter, envelopes, mayBegin = () => true }) {
      return Promise.all(
        envelopes.map(async envelope => {
          let begun = false
          try {
            return await pace.run(() => {
              begun = true
              return sendOne(letter, envelope, mayBegin)
            })
          } catch (fault) {
            return ownFault(String(fault), begun)
          }
        }),
      )
    },
    seek: question => seekAtTwilio(twilio.list, question, Date.now(), options.slackMs),
    look: async sid => {
      const reply = await twilio.read(sid)
      if (!reply.answered || reply.status !== 200) return undefined
      const { status, error_code: errorCode, to } = fields(reply.body)
      const form = { MessageSid: sid, MessageStatus: words(status), To: words(to), ErrorCode: errorCode ? String(errorCode) : '' }
      return readTwilioStatus(form, {}, Date.now())
    },
    close: twilio.close,
  }
}

/** Where Twilio reports a message's fate: our id in it is what settles a send without an answer. */
export const statusCallback = (publicUrl: string, messageId: string): string =>
  `${publicUrl}/webhooks/twilio/status?message=${encodeURIComponent(messageId)}`

/**
 * Reads Twilio's answer to the creation of a message. A 2xx with a message SID is an acceptance; a 4xx is none ("requests
 * that receive 429 are not processed"). Of its 500 Twilio warns that sending again may send twice: a 5xx is unclear, but
 * for 20503, its own "temporarily unavailable, try again".
 */
export function readTwilioReply(reply: Reply, now: number, heldMs?: number, errors?: SmsErrors): Outcome {
  if (!reply.answered) return unanswered(reply)
  const { status, headers } = reply
  const body = fields(reply.body)
  if (status >= 200 && status < 300) return readCreated(body, errors)
  const errorCode = typeof body.code === 'number' ? body.code : undefined
  const code = String(errorCode ?? status)
  const detail = redact(words(body.message) || `Twilio answered ${status}`)
  if (status === 429 || errorCode === 20503)
    return { kind: 'later', code, detail, afterMs: heldMs ?? askedMs(headers, now) ?? retryMs }
  const unclear = status >= 500 || status === 408 || (status < 400 && ![301, 302, 307, 308].includes(status))
  if (unclear) return { kind: 'unclear', code, detail }
  const known = byCode(errorCode, code, detail, errors)
  if (known) return known
  // An unknown code of a 400 is about this message; of another 4xx it is about us.
  return status === 400 ? { kind: 'refused', code, detail } : { kind: 'later', code, detail, afterMs: misconfiguredMs }
}

function readCreated(body: Fields, errors: SmsErrors | undefined): Outcome {
  if (typeof body.sid !== 'string') return { kind: 'unclear', code: 'garbage', detail: 'the answer is not Twilio’s' }
  // Some messages are created as failed: their error is Twilio's clear word.
  if (body.status === 'failed' && typeof body.error_code === 'number') {
    const failed = byCode(body.error_code, String(body.error_code), redact(words(body.error_message) || 'failed'), errors)
    if (failed) return failed
  }
  // With a messaging service the count is 0 until a sender is chosen; the status callback tells it later.
  const segments = number(body.num_segments)
  return { kind: 'accepted', providerId: body.sid, ...(segments > 0 ? { segments } : {}) }
}

function byCode(errorCode: number | undefined, code: string, detail: string, errors: SmsErrors | undefined): Outcome | undefined {
  const known = smsError(errorCode, errors)
  if (!known) return undefined
  if (known.means === 'later') return { kind: 'later', code, detail: known.why, afterMs: known.afterMs }
  return { kind: 'refused', code, detail: known.why || detail, ...(known.suppress ? { suppress: known.suppress } : {}) }
}
