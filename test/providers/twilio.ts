import { createHmac, randomBytes } from 'node:crypto'
import { type FaultKind, type Faults, randomFrom } from './faults.ts'
import { type Answer, answer, listen, play, readBody } from './http.ts'
import { twilioSpec } from './spec.ts'

export interface TwilioMessage {
  sid: string
  to: string
  from: string
  body: string
  status: string
  /** Unix milliseconds. */
  createdAt: number
  sentAt?: number
  errorCode?: number
  segments: number
  messagingServiceSid?: string
  /** Kept here to report to; Twilio does not show it again. */
  statusCallback?: string
  /** Our id, read from the status callback. */
  messageId?: string
}

export interface TwilioServerOptions {
  port?: number
  accountSid?: string
  authToken?: string
  faults?: Faults
  record?: 'all' | 'count'
  retryAfterSeconds?: number
  slowMs?: number
  seed?: number
  /** Error code for a number; otherwise numbers that are not E.164 get 21211. */
  refuse?: Record<string, number>
}

const meanings: Record<number, [status: number, message: (to: string) => string]> = {
  20429: [429, () => 'Too Many Requests'],
  21211: [400, to => `The 'To' number ${to} is not a valid phone number.`],
  21408: [400, to => `Permission to send an SMS has not been enabled for the region indicated by the 'To' number: ${to}.`],
  21602: [400, () => 'Message body is required.'],
  21603: [400, () => "A 'From' phone number is required."],
  21609: [400, () => 'The StatusCallback URL is not a valid URL.'],
  21610: [400, () => 'Attempt to send to unsubscribed recipient'],
  21614: [400, to => `'To' number is not a valid mobile number: ${to}`],
  21617: [400, () => 'The concatenated message body exceeds the 1600 character limit.'],
  20003: [401, () => 'Authenticate'],
  20404: [404, () => 'The requested resource was not found'],
}

/** Codes that Twilio reports on the message itself, after it was created. */
const failsAsMessage = new Set([30001, 30003, 30005, 30006, 30007])

/** A local server that speaks Twilio's Messages resource, reports signed status callbacks and hands in inbound messages. */
export async function startTwilio(options: TwilioServerOptions = {}) {
  const {
    accountSid = `AC${'0'.repeat(31)}1`,
    authToken = 'twilio-test-token',
    record = 'all',
    retryAfterSeconds = 1,
    slowMs = 50,
    refuse = {},
  } = options
  const spec = record === 'all' ? twilioSpec() : undefined
  const random = randomFrom(options.seed ?? 1)
  const messages: TwilioMessage[] = []
  const counted = new Map<string, number>()
  const requests: { form: Record<string, string>; fault?: FaultKind }[] = []
  let faults: Faults = options.faults ?? (() => undefined)
  let faultsFrom = 0
  let count = 0
  const path = `/2010-04-01/Accounts/${accountSid}/Messages.json`
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`

  const refusal = (code: number, to = ''): Answer => {
    const [status, message] = meanings[code] ?? [400, () => `Error ${code}`]
    return { status, body: { code, message: message(to), more_info: `https://www.twilio.com/docs/errors/${code}`, status } }
  }
  const shown = (message: TwilioMessage) => ({
    account_sid: accountSid,
    api_version: '2010-04-01',
    body: message.body,
    date_created: new Date(message.createdAt).toUTCString(),
    date_sent: message.sentAt === undefined ? null : new Date(message.sentAt).toUTCString(),
    date_updated: new Date(message.createdAt).toUTCString(),
    direction: 'outbound-api',
    error_code: message.errorCode ?? null,
    error_message: message.errorCode ? `Error ${message.errorCode}` : null,
    from: message.messagingServiceSid ? null : message.from,
    messaging_service_sid: message.messagingServiceSid ?? null,
    num_media: '0',
    num_segments: String(message.messagingServiceSid ? 0 : message.segments),
    price: null,
    price_unit: 'USD',
    sid: message.sid,
    status: message.status,
    subresource_uris: {},
    to: message.to,
    uri: `/2010-04-01/Accounts/${accountSid}/Messages/${message.sid}.json`,
  })

  const wrong = (form: Record<string, string>): Answer | undefined => {
    const { To = '', Body = '', From, MessagingServiceSid, StatusCallback } = form
    if (!/^\+[1-9]\d{6,14}$/.test(To)) return refusal(21211, To)
    if (!From && !MessagingServiceSid) return refusal(21603)
    if (Body === '') return refusal(21602)
    if (Body.length > 1_600) return refusal(21617)
    if (StatusCallback !== undefined && !URL.canParse(StatusCallback)) return refusal(21609)
    const code = refuse[To]
    if (code !== undefined && !failsAsMessage.has(code)) return refusal(code, To)
    const faulty = spec?.({ ...form })[0]
    return faulty ? { status: 400, body: { code: 20001, message: `${faulty.field}: ${faulty.message}`, status: 400 } } : undefined
  }

  const create = (form: Record<string, string>): TwilioMessage => {
    const code = refuse[form.To!]
    const messageId = form.StatusCallback ? new URL(form.StatusCallback).searchParams.get('message') : null
    const message: TwilioMessage = {
      sid: `SM${randomBytes(16).toString('hex')}`,
      to: form.To!,
      from: form.From ?? '+15005550006',
      body: form.Body!,
      status: code === undefined ? (form.MessagingServiceSid ? 'accepted' : 'queued') : 'failed',
      createdAt: Date.now(),
      segments: Math.ceil(form.Body!.length / 160),
      ...(code === undefined ? {} : { errorCode: code }),
      ...(form.MessagingServiceSid ? { messagingServiceSid: form.MessagingServiceSid } : {}),
      ...(form.StatusCallback ? { statusCallback: form.StatusCallback } : {}),
      ...(messageId ? { messageId } : {}),
    }
    count++
    if (messageId && code === undefined) counted.set(messageId, (counted.get(messageId) ?? 0) + 1)
    if (record === 'all') messages.push(message)
    return message
  }

  const list = (query: URLSearchParams): Answer => {
    const day = (at: number | undefined) => (at === undefined ? '' : new Date(at).toISOString().slice(0, 10))
    const found = messages.filter(message => {
      if (query.has('To') && message.to !== query.get('To')) return false
      if (query.has('From') && message.from !== query.get('From')) return false
      // By the day it was sent: what is still queued has none and is in no such list.
      if (query.has('DateSent') && day(message.sentAt) !== query.get('DateSent')!.slice(0, 10)) return false
      if (query.has('DateSent>') && !(day(message.sentAt) >= query.get('DateSent>')!.slice(0, 10))) return false
      return !(
        query.has('DateSent<') && !(message.sentAt !== undefined && day(message.sentAt) <= query.get('DateSent<')!.slice(0, 10))
      )
    })
    const size = Number(query.get('PageSize') ?? 50)
    const page = Number(query.get('Page') ?? 0)
    const newestFirst = [...found].reverse()
    const rows = newestFirst.slice(page * size, (page + 1) * size)
    query.set('Page', String(page + 1))
    const more = newestFirst.length > (page + 1) * size
    return {
      status: 200,
      body: { messages: rows.map(shown), page, page_size: size, next_page_uri: more ? `${path}?${query}` : null, uri: path },
    }
  }

  const server = await listen(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://local')
    const body = await readBody(request)
    if (request.headers.authorization !== authorization) return answer(response, refusal(20003))
    const about = messages.find(message => url.pathname === `${path.replace(/\.json$/, '')}/${message.sid}.json`)
    if (about && request.method === 'GET') return answer(response, { status: 200, body: shown(about) })
    if (url.pathname !== path) return answer(response, refusal(20404))
    if (request.method === 'GET') return answer(response, list(url.searchParams))
    const form = Object.fromEntries(new URLSearchParams(body.toString()))
    const number = requests.length
    const fault = faults(number - faultsFrom)
    requests.push({ form: record === 'all' ? form : {}, ...(fault ? { fault } : {}) })
    const refused = wrong(form)
    if (refused) return answer(response, refused)
    await play(fault, response, () => ({ status: 201, body: shown(create(form)) }), {
      tooMany: { ...refusal(20429), headers: { 'retry-after': String(retryAfterSeconds) } },
      failed: status => ({ status, body: { code: status === 503 ? 20503 : 20500, message: 'Internal Server Error', status } }),
      slowMs,
    })
  }, options.port)

  /** Twilio's signature: HMAC-SHA1 over the address and the sorted parameters. */
  const sign = (url: string, params: Record<string, string>): string => {
    const text = Object.keys(params)
      .sort()
      .reduce((sum, key) => sum + key + params[key], url)
    return createHmac('sha1', authToken).update(text).digest('base64')
  }
  const post = async (url: string, params: Record<string, string>, sendTo = url): Promise<number> => {
    const response = await fetch(sendTo, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': sign(url, params) },
      body: new URLSearchParams(params),
    })
    await response.arrayBuffer()
    return response.status
  }

  return {
    url: server.url,
    accountSid,
    authToken,
    /** Every message created, failed ones included, in order. */
    messages,
    requests,
    byMessageId: (id: string): TwilioMessage[] =>
      messages.filter(message => message.messageId === id && message.status !== 'failed'),
    get count() {
      return count
    },
    duplicates: (): string[] => [...counted].filter(([, times]) => times > 1).map(([id]) => id),
    ids: (): Set<string> => new Set(counted.keys()),
    setFaults(next: Faults | undefined) {
      faults = next ?? (() => undefined)
      faultsFrom = requests.length
    },
    sign,
    /**
     * Reports a status of messages to their callbacks, some twice and shuffled on request. `sendTo` maps the public
     * address that was signed to the one the request goes to, as a proxy does.
     */
    async report(
      status: string,
      about: readonly TwilioMessage[],
      more: { errorCode?: number; repeat?: number; shuffle?: boolean; sendTo?: (url: string) => string } = {},
    ): Promise<number[]> {
      const list = [...about, ...about.filter(() => random() < (more.repeat ?? 0))]
      if (more.shuffle) list.sort(() => random() - 0.5)
      const statuses: number[] = []
      for (const message of list) {
        if (!message.statusCallback) continue
        message.status = status
        if (status !== 'queued') message.sentAt ??= Date.now()
        const params: Record<string, string> = {
          AccountSid: accountSid,
          ApiVersion: '2010-04-01',
          From: message.from,
          MessageSid: message.sid,
          MessageStatus: status,
          SmsSid: message.sid,
          SmsStatus: status,
          To: message.to,
          ...(more.errorCode ? { ErrorCode: String(more.errorCode) } : {}),
        }
        statuses.push(await post(message.statusCallback, params, more.sendTo?.(message.statusCallback)))
      }
      return statuses
    },
    /** Hands in a message from a person's phone. */
    inbound: (
      url: string,
      from: string,
      body: string,
      more: { to?: string; sid?: string; optOutType?: string; sendTo?: string } = {},
    ) => {
      const sid = more.sid ?? `SM${randomBytes(16).toString('hex')}`
      const params: Record<string, string> = {
        AccountSid: accountSid,
        ApiVersion: '2010-04-01',
        Body: body,
        From: from,
        MessageSid: sid,
        NumMedia: '0',
        NumSegments: '1',
        SmsMessageSid: sid,
        SmsStatus: 'received',
        To: more.to ?? '+15005550006',
        ...(more.optOutType ? { OptOutType: more.optOutType } : {}),
      }
      return post(url, params, more.sendTo)
    },
    close: server.close,
  }
}

export type TwilioServer = Awaited<ReturnType<typeof startTwilio>>
