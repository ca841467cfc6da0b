import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { randomFrom } from './faults.ts'
import type { Delivery } from './sendgrid.ts'

export type SendGridEventKind =
  | 'processed'
  | 'deferred'
  | 'delivered'
  | 'open'
  | 'machineOpen'
  | 'click'
  | 'bounce'
  | 'blocked'
  | 'dropped'
  | 'spamreport'
  | 'unsubscribe'

export type SendGridEvent = Record<string, unknown> & { event: string; sg_event_id: string; timestamp: number }

const fields: Record<SendGridEventKind, Record<string, unknown>> = {
  processed: { event: 'processed' },
  deferred: { event: 'deferred', response: '400 try again later', attempt: '5' },
  delivered: { event: 'delivered', response: '250 OK' },
  open: { event: 'open', useragent: 'Mozilla/5.0', ip: '203.0.113.7', sg_machine_open: false, sg_content_type: 'html' },
  machineOpen: { event: 'open', useragent: 'Mozilla/5.0', ip: '203.0.113.8', sg_machine_open: true, sg_content_type: 'html' },
  click: {
    event: 'click',
    useragent: 'Mozilla/5.0',
    ip: '203.0.113.7',
    url: 'https://shop.example/',
    url_offset: { index: 0, type: 'html' },
  },
  bounce: {
    event: 'bounce',
    type: 'bounce',
    reason: '550 5.1.1 The email account does not exist',
    status: '5.1.1',
    bounce_classification: 'Invalid Address',
  },
  blocked: {
    event: 'bounce',
    type: 'blocked',
    reason: '452 mailbox full',
    status: '4.2.2',
    bounce_classification: 'Mailbox Unavailable',
  },
  dropped: { event: 'dropped', reason: 'Bounced Address', status: '5.0.0' },
  spamreport: { event: 'spamreport' },
  unsubscribe: { event: 'unsubscribe' },
}

/** Makes and posts SendGrid's event webhooks, signed with a key of its own. */
export function createSendGridReporter({ seed, url: defaultUrl }: { seed: number; url?: string }) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const random = randomFrom(seed)

  /** One event about a delivery, as SendGrid words it. The id depends on delivery and kind: the same event again is a repetition. */
  const event = (
    kind: SendGridEventKind,
    delivery: Pick<Delivery, 'messageId' | 'to' | 'requestId'>,
    at = Date.now(),
  ): SendGridEvent => ({
    email: delivery.to,
    timestamp: Math.floor(at / 1_000),
    'smtp-id': `<${delivery.requestId}@geopod>`,
    category: ['marketing'],
    sg_event_id: createHash('sha256').update(`${delivery.messageId} ${kind}`).digest('base64url'),
    sg_message_id: `${delivery.requestId}.recvd-1.0`,
    message_id: delivery.messageId,
    ...fields[kind],
    event: String(fields[kind].event),
  })

  /** The headers that sign a body. */
  const signed = (body: string, at = Date.now()): Record<string, string> => {
    const timestamp = String(Math.floor(at / 1_000))
    return {
      'content-type': 'application/json',
      'x-twilio-email-event-webhook-timestamp': timestamp,
      'x-twilio-email-event-webhook-signature': sign('sha256', Buffer.from(timestamp + body), privateKey).toString('base64'),
    }
  }

  return {
    /** What SENDGRID_WEBHOOK_PUBLIC_KEY is set to: SubjectPublicKeyInfo in DER, base64. */
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    event,
    signed,
    /** Posts events to the webhook: in batches, on request shuffled and some of them twice. Returns the answers' statuses. */
    async report(
      events: readonly SendGridEvent[],
      options: { url?: string; batch?: number; shuffle?: boolean; repeat?: number } = {},
    ): Promise<number[]> {
      const { url = defaultUrl, batch = 1_000, shuffle = false, repeat = 0 } = options
      if (!url) throw new Error('report() needs a url')
      const list = [...events, ...events.filter(() => random() < repeat)]
      if (shuffle)
        for (let i = list.length - 1; i > 0; i--) {
          const j = Math.floor(random() * (i + 1))
          ;[list[i], list[j]] = [list[j]!, list[i]!]
        }
      const statuses: number[] = []
      for (let start = 0; start < list.length; start += batch) {
        const body = JSON.stringify(list.slice(start, start + batch))
        const response = await fetch(url, { method: 'POST', headers: signed(body), body })
        await response.arrayBuffer()
        statuses.push(response.status)
      }
      return statuses
    },
  }
}
