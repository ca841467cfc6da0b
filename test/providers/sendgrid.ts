import { randomBytes } from 'node:crypto'
import type { FaultKind, Faults } from './faults.ts'
import { type Answer, answer, listen, play, readBody } from './http.ts'
import { faultsOf, type MailSend, substitute } from './sendgrid-check.ts'
import { createSendGridReporter } from './sendgrid-events.ts'
import { sendGridSpec } from './spec.ts'

export interface Delivery {
  messageId: string
  to: string
  subject: string
  html?: string
  text?: string
  headers: Record<string, string>
  categories: string[]
  /** Unix milliseconds. */
  at: number
  /** X-Message-Id of the request it came in. */
  requestId: string
}

export interface SendGridServerOptions {
  port?: number
  apiKey?: string
  faults?: Faults
  /** `all` keeps every message and request; `count` counts ids only and validates nothing: for benchmarks. */
  record?: 'all' | 'count'
  /** Retry-After of a 429, in seconds. */
  retryAfterSeconds?: number
  slowMs?: number
  /** Requests in the window that X-RateLimit-Remaining tells. */
  rateLimit?: number
  seed?: number
  /** The account has the additional email activity history. */
  activity?: boolean
  /** Where events are reported to unless told otherwise. */
  publicWebhookUrl?: string
}

/** A local server that speaks SendGrid's POST /v3/mail/send, keeps what it would have delivered, and reports signed events. */
export async function startSendGrid(options: SendGridServerOptions = {}) {
  const { apiKey = 'SG.test', record = 'all', retryAfterSeconds = 1, slowMs = 50, rateLimit = 600 } = options
  const spec = record === 'all' ? sendGridSpec() : undefined
  const deliveries: Delivery[] = []
  const byId = new Map<string, Delivery[]>()
  const counted = new Map<string, number>()
  const requests: { bytes: number; mail?: MailSend; status?: number; fault?: FaultKind }[] = []
  let faults: Faults = options.faults ?? (() => undefined)
  let faultsFrom = 0
  let count = 0
  let activityAsked = 0

  const errors = (
    status: number,
    list: { message: string; field?: string | null }[],
    headers: Record<string, string> = {},
  ): Answer => ({
    status,
    headers,
    body: { errors: list.map(error => ({ field: null, help: null, ...error })) },
  })
  const limits = (): Record<string, string> => ({
    'x-ratelimit-limit': String(rateLimit),
    'x-ratelimit-remaining': String(Math.max(0, rateLimit - requests.length)),
    'x-ratelimit-reset': String(Math.ceil(Date.now() / 1_000) + retryAfterSeconds),
  })
  const tooMany = () =>
    errors(429, [{ message: 'too many requests' }], {
      ...limits(),
      'x-ratelimit-remaining': '0',
      'retry-after': String(retryAfterSeconds),
    })
  const failed = (status: number) =>
    errors(status, [
      { message: status === 503 ? 'The SendGrid v3 Web API is not available.' : 'An error occurred on a SendGrid server.' },
    ])

  const book = (messageId: string) => {
    count++
    counted.set(messageId, (counted.get(messageId) ?? 0) + 1)
  }
  const accept = (mail: MailSend, requestId: string) => {
    if (mail.mail_settings?.sandbox_mode?.enable) return
    const part = (type: string) => mail.content.find(each => each.type === type)?.value
    const html = part('text/html')
    const text = part('text/plain')
    for (const person of mail.personalizations) {
      const filled = (words: string) => substitute(words, person.substitutions)
      const messageId = person.custom_args?.message_id ?? ''
      const delivery: Delivery = {
        messageId,
        to: person.to[0]!.email,
        subject: filled(person.subject ?? mail.subject),
        ...(html === undefined ? {} : { html: filled(html) }),
        ...(text === undefined ? {} : { text: filled(text) }),
        headers: person.headers ?? {},
        categories: mail.categories ?? [],
        at: Date.now(),
        requestId,
      }
      book(messageId)
      deliveries.push(delivery)
      byId.set(messageId, [...(byId.get(messageId) ?? []), delivery])
    }
  }
  /** Counts without parsing: finds our ids in the raw bytes. */
  const acceptCounting = (body: Buffer) => {
    const mark = '"message_id":"'
    for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at)) {
      at += mark.length
      book(body.toString('latin1', at, body.indexOf(34, at)))
    }
  }

  /** The additional email activity, by our own id; 403 as for an account without it. */
  const activity = (request: { url?: string | undefined; headers: { authorization?: string | undefined } }): Answer => {
    if (request.headers.authorization !== `Bearer ${apiKey}` || !options.activity)
      return errors(403, [{ message: 'access forbidden' }])
    const query = new URL(request.url ?? '', 'http://local').searchParams.get('query') ?? ''
    const id = /^unique_args\['message_id'\]="([0-9a-f-]+)"$/.exec(query)?.[1]
    if (!id) return errors(400, [{ message: 'invalid query' }])
    const messages = (byId.get(id) ?? []).map(({ to, subject, requestId, at }) => ({
      from_email: 'hello@shop.example',
      msg_id: `${requestId}.filter0001.1.1-0`,
      subject,
      to_email: to,
      status: 'delivered',
      opens_count: 0,
      clicks_count: 0,
      last_event_time: new Date(at).toISOString(),
    }))
    return { status: 200, body: { messages } }
  }

  const server = await listen(async (request, response) => {
    const body = await readBody(request)
    if (request.method === 'GET' && request.url?.startsWith('/v3/messages?')) {
      activityAsked++
      return answer(response, activity(request))
    }
    if (request.url !== '/v3/mail/send' || request.method !== 'POST')
      return answer(response, errors(404, [{ message: 'not found' }]))
    const number = requests.length
    const entry: (typeof requests)[number] = { bytes: body.length }
    requests.push(entry)
    const say = (good: Answer) => {
      entry.status = good.status
      answer(response, good)
    }
    if (request.headers.authorization !== `Bearer ${apiKey}`)
      return say(errors(401, [{ message: 'The provided authorization grant is invalid, expired, or revoked' }]))
    const fault = faults(number - faultsFrom)
    if (fault) entry.fault = fault
    const requestId = randomBytes(16).toString('base64url').slice(0, 22)
    const good: Answer = { status: 202, headers: { 'x-message-id': requestId, ...limits() } }
    const words = { tooMany: tooMany(), failed, slowMs }
    if (record === 'count')
      return play(
        fault,
        response,
        () => {
          acceptCounting(body)
          return good
        },
        words,
      )

    if (body.length > 30_000_000) return say(errors(413, [{ message: 'The request entity is too large.' }]))
    let mail: MailSend
    try {
      mail = JSON.parse(body.toString()) as MailSend
    } catch {
      return say(errors(400, [{ message: 'Bad Request' }]))
    }
    entry.mail = mail
    const wrong = faultsOf(mail, body.length, spec)
    if (wrong.length > 0) return say(errors(400, wrong))
    entry.status = 202
    const sandbox = mail.mail_settings?.sandbox_mode?.enable === true
    await play(
      fault,
      response,
      () => {
        accept(mail, requestId)
        return sandbox ? { status: 200, headers: limits() } : good
      },
      words,
    )
  }, options.port)

  return {
    url: server.url,
    apiKey,
    /** What would have been delivered, in order. */
    deliveries,
    /** Every request that named this path, in order. */
    requests,
    byMessageId: (id: string): readonly Delivery[] => byId.get(id) ?? [],
    /** Messages accepted so far, repetitions included. */
    get count() {
      return count
    },
    /** Questions to the email activity so far. */
    get activityAsked() {
      return activityAsked
    },
    /** Message ids that were accepted more than once. */
    duplicates: (): string[] => [...counted].filter(([, times]) => times > 1).map(([id]) => id),
    /** Message ids that were accepted. */
    ids: (): Set<string> => new Set(counted.keys()),
    /** From the next request on. */
    setFaults(next: Faults | undefined) {
      faults = next ?? (() => undefined)
      faultsFrom = requests.length
    },
    ...createSendGridReporter({
      seed: options.seed ?? 1,
      ...(options.publicWebhookUrl ? { url: options.publicWebhookUrl } : {}),
    }),
    close: server.close,
  }
}

export type SendGridServer = Awaited<ReturnType<typeof startSendGrid>>
