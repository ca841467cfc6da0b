import type { Evidence, Question } from '../channel.ts'
import { fields, list, words } from '../unread.ts'
import { type Reply, redact } from '../wire.ts'

/** How far Twilio's clock and ours may be apart, and again as long until a message that was accepted is surely in the list. */
const usualSlackMs = 60_000
/** Twilio tells times in whole seconds. */
const leastSlackMs = 1_000
const pageSize = 200

/** One message as Twilio lists it. */
interface Listed {
  sid: string
  body: string
  createdAt: number
  direction: string
}

/**
 * Whether Twilio has a message whose sending got no clear answer. Its list shows number, words and time of every message
 * but not the address of the status callback, so our own id cannot be found in it: what can be found is a message to this
 * number, made at this time, with these words, that is not already known to the ledger.
 *
 * The list is asked by number alone and read down to the time in question: by DateSent it would leave out what is still
 * queued. Anything short of a plain yes or no is `unknown`.
 */
export async function seekAtTwilio(
  ask: (params: Record<string, string>) => Promise<Reply>,
  question: Question,
  now: number,
  wantedSlackMs = usualSlackMs,
): Promise<Evidence> {
  const slackMs = Math.max(leastSlackMs, wantedSlackMs)
  const { from, until, known } = question
  const reply = await ask({ To: question.to, PageSize: String(pageSize) })
  if (!reply.answered || reply.status !== 200) {
    const why = reply.answered ? `Twilio answered ${reply.status}` : redact(reply.detail)
    return { kind: 'unknown', because: `Twilio could not be asked: ${why}` }
  }
  const listed = readList(reply.body)
  if (!listed) return { kind: 'unknown', because: 'Twilio’s list could not be read' }
  const oldest = Math.min(...listed.map(each => each.createdAt))
  const whole = listed.length < pageSize || oldest < from - slackMs
  const inTime = listed.filter(
    ({ createdAt, direction, sid }) =>
      direction.startsWith('outbound') && createdAt >= from - slackMs && createdAt <= until + slackMs && !known.includes(sid),
  )
  const same = inTime.filter(each => each.body.trim() === question.words.trim())
  if (same.length === 1) return { kind: 'accepted', providerId: same[0]!.sid }
  if (same.length > 1) return { kind: 'unknown', because: `Twilio has ${same.length} such messages, and this may be any of them` }
  if (inTime.length > 0) return { kind: 'unknown', because: 'Twilio has a message to this number of that time, with other words' }
  if (!whole) return { kind: 'unknown', because: 'there are more messages to this number than were read' }
  if (now < until + 2 * slackMs) return { kind: 'unknown', because: 'it is too soon to say that Twilio does not have it' }
  return { kind: 'notAccepted', because: 'Twilio has no message to this number of that time' }
}

function readList(body: unknown): Listed[] | undefined {
  const { messages } = fields(body)
  if (!Array.isArray(messages)) return undefined
  const listed = list(messages).map(message => ({
    sid: words(message.sid),
    body: words(message.body),
    createdAt: Date.parse(words(message.date_created)),
    direction: words(message.direction),
  }))
  return listed.every(each => !Number.isNaN(each.createdAt)) ? listed : undefined
}
