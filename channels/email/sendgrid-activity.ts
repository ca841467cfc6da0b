import type { ProviderRecord } from '../channel.ts'
import { fields, list, words } from '../unread.ts'
import type { Reply } from '../wire.ts'

/** SendGrid allows six questions a minute of this API. */
const perMinute = 6
const minuteMs = 60_000
/** An account without the additional history is not asked again for so long. */
const refusedForMs = 3_600_000

const states: Record<string, ProviderRecord['state']> = {
  delivered: 'delivered',
  not_delivered: 'notDelivered',
  processed: 'accepted',
  processing: 'accepted',
}

/**
 * Asks SendGrid's email activity (GET /v3/messages, an addition that accounts buy) about a message by our own id in its custom
 * arguments. Undefined where it cannot be asked now: more than six questions in this minute, no such addition, no answer. That
 * it has none is no proof that it never took it: its records come minutes late.
 */
export function createActivity(get: (url: string) => Promise<Reply>, now: () => number = Date.now) {
  let asked: number[] = []
  let refusedUntil = 0
  return async (messageId: string): Promise<ProviderRecord | 'none' | undefined> => {
    const at = now()
    asked = asked.filter(each => each > at - minuteMs)
    if (at < refusedUntil || asked.length >= perMinute) return undefined
    asked.push(at)
    const query = encodeURIComponent(`unique_args['message_id']="${messageId}"`)
    const reply = await get(`/v3/messages?limit=1&query=${query}`)
    if (!reply.answered || reply.status !== 200) {
      if (reply.answered && (reply.status === 401 || reply.status === 403)) refusedUntil = at + refusedForMs
      return undefined
    }
    const found = fields(reply.body).messages
    if (!Array.isArray(found)) return undefined
    const [message] = list(found)
    if (!message) return 'none'
    const state = states[words(message.status)]
    const [providerId = ''] = words(message.msg_id).split('.', 1)
    const happened = Date.parse(words(message.last_event_time))
    return state && providerId ? { providerId, state, at: Number.isNaN(happened) ? at : happened } : undefined
  }
}
