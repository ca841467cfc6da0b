import sharedClient from '@sendgrid/client'
import type { ClientRequest } from '@sendgrid/client/src/request.js'
import type { ClientResponse } from '@sendgrid/client/src/response.js'
import sharedMail from '@sendgrid/mail'
import type { MessageClass } from '../../domain/message/kinds.ts'
import type { Letter } from '../../domain/message/letter.ts'
import { type Batch, type Channel, notBegun, type Outcome } from '../channel.ts'
import { createPace, type SharedHold } from '../pace.ts'
import { askedMs, createWire, ownFault, type Reply } from '../wire.ts'
import { createActivity } from './sendgrid-activity.ts'
import { type Reading, readReply } from './sendgrid-answer.ts'
import { deliver } from './sendgrid-delivery.ts'
import { divide, emptyIn, type Frame, frame, type Part, part, readSender, requestBody } from './sendgrid-request.ts'

export interface SendGridOptions {
  apiKey: string
  /** `https://api.sendgrid.com` unless set; `https://api.eu.sendgrid.com` for accounts in the EU. */
  baseUrl?: string
  /** `a@b` or `Name <a@b>`: a sender SendGrid has verified. */
  from: string
  /** How long to wait for an answer before it counts as unclear. */
  timeoutMs?: number
  /** SendGrid checks everything and delivers nothing. */
  sandboxMode?: boolean
  /** The account has the additional email activity history: its records can be asked. */
  activity?: boolean
  /** Requests at once; most batches are one request. */
  atOnce?: number
  /** Holds up to this long are waited for, longer ones handed back as `later`. */
  patienceMs?: number
  /** What other workers know of its holds. */
  holds?: SharedHold | undefined
}

/**
 * E-mail through SendGrid's v3 mail/send: up to 1,000 people a request, the letter's constant text once and each
 * person's words as substitutions. Whatever SendGrid does, each envelope gets its outcome.
 */
export function createSendGrid(options: SendGridOptions): Channel & { close(): void } {
  const { apiKey, baseUrl = 'https://api.sendgrid.com', timeoutMs = 30_000, sandboxMode = false, atOnce = 8 } = options
  const from = readSender(options.from)
  const wire = createWire({ maxSockets: atOnce })
  const pace = createPace({
    atOnce,
    holds: options.holds,
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
  })
  const client = connect({ apiKey, baseUrl, timeoutMs, ...wire })
  const frames = new WeakMap<Letter, Map<MessageClass, Frame>>()

  const frameOf = (batch: Batch): Frame => {
    const known = frames.get(batch.letter) ?? new Map<MessageClass, Frame>()
    frames.set(batch.letter, known)
    const kept = known.get(batch.class)
    // A person's words may hold the tag by chance or by malice: then another tag.
    if (kept && !batch.envelopes.some(({ values }) => values.some(value => value.includes(kept.nonce)))) return kept
    const fresh = frame(batch.letter, { from, class: batch.class, sandboxMode, ownTracking: batch.ownTracking })
    known.set(batch.class, fresh)
    return fresh
  }

  const ask = async (request: ClientRequest): Promise<Reply> => {
    try {
      const [response]: [ClientResponse, unknown] = await client.request(request)
      return { answered: true, status: response.statusCode, headers: response.headers ?? {}, body: response.body }
    } catch (error) {
      const answer = (
        error as { response?: { status?: number; headers?: Record<string, string>; body?: unknown; data?: unknown } }
      ).response
      if (!answer) return wire.failure(error)
      const status = Number(answer.status ?? (error as { code?: unknown }).code)
      return { answered: true, status, headers: answer.headers ?? {}, body: answer.body ?? answer.data }
    }
  }

  /** One request, and its lesson for the pace. */
  const attempt = async (parts: readonly Part[], shared: Frame, mayBegin: () => boolean): Promise<Reading> => {
    const wait = await pace.holdMs()
    if (wait > 0)
      return { means: 'all', outcome: { kind: 'later', code: 'held', detail: 'SendGrid asked us to wait', afterMs: wait } }
    if (!mayBegin()) return { means: 'all', outcome: notBegun }
    const reply = await ask({ method: 'POST', url: '/v3/mail/send', body: requestBody(parts, shared) })
    const now = Date.now()
    let heldMs: number | undefined
    if (reply.answered && (reply.status === 429 || reply.status === 503)) heldMs = pace.slower(askedMs(reply.headers, now))
    else if (reply.answered) {
      if (reply.status < 500) pace.faster()
      if (String(reply.headers['x-ratelimit-remaining']) === '0')
        pace.hold(askedMs({ 'x-ratelimit-reset': reply.headers['x-ratelimit-reset'] }, now) ?? 1_000)
    }
    return readReply(reply, parts.length, { sandboxMode, now, ...(heldMs === undefined ? {} : { heldMs }) })
  }

  return {
    kind: 'email',
    provider: 'sendgrid',
    maxBatch: 1_000,
    async send(batch) {
      const outcomes = new Map<number, Outcome>()
      const begun = new Set<number>()
      const settle = ({ row }: Part, outcome: Outcome) => outcomes.set(row, outcome)
      let fault = ''
      try {
        const shared = frameOf(batch)
        const settings = { from, class: batch.class, sandboxMode, ownTracking: batch.ownTracking }
        const parts: Part[] = []
        batch.envelopes.forEach((envelope, row) => {
          const empty = emptyIn(batch.letter, envelope.values)
          if (empty) outcomes.set(row, { kind: 'refused', code: 'emptyContent', detail: empty })
          else parts.push(part(row, envelope, batch.letter, shared, settings))
        })
        const sendOne = async (request: readonly Part[]) => {
          for (const { row } of request) begun.add(row)
          await deliver(request, some => attempt(some, shared, batch.mayBegin ?? (() => true)), settle)
        }
        const requests = divide(parts, batch.envelopes, Buffer.byteLength(shared.tail) + 24)
        const results = await Promise.allSettled(requests.map(request => pace.run(() => sendOne(request))))
        for (const result of results) if (result.status === 'rejected') fault = String(result.reason)
      } catch (error) {
        fault = String(error)
      }
      return batch.envelopes.map((_, row) => outcomes.get(row) ?? ownFault(fault, begun.has(row)))
    },
    ...(options.activity ? { record: createActivity(url => ask({ method: 'GET', url })) } : {}),
    close: () => wire.close(),
  }
}

/** SendGrid's own client, with our connections and bodies that are already JSON. */
function connect(options: {
  apiKey: string
  baseUrl: string
  timeoutMs: number
  httpAgent: unknown
  httpsAgent: unknown
}): typeof sharedClient {
  const { apiKey, baseUrl, timeoutMs, httpAgent, httpsAgent } = options
  // The packages export one shared instance each; their types do not let the classes be imported from an ES module.
  const client = new (sharedClient.constructor as new () => typeof sharedClient)()
  const mail = new (sharedMail.constructor as new () => typeof sharedMail)()
  mail.setClient(client)
  mail.setApiKey(apiKey)
  mail.setTimeout(timeoutMs)
  client.setDefaultRequest('baseUrl', baseUrl)
  const create = client.createRequest.bind(client)
  // The client merges requests by copying objects, which would take a Buffer apart; what it makes goes to axios as it is.
  client.createRequest = ({ body, ...request }: ClientRequest) =>
    ({ ...create(request), data: body, httpAgent, httpsAgent, maxRedirects: 0 }) as unknown as ClientRequest
  return client
}
