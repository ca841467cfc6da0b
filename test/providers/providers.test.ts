import { randomUUID } from 'node:crypto'
import type http from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Channel, Envelope, Outcome } from '../../channels/channel.ts'
import { createSendGrid } from '../../channels/email/sendgrid.ts'
import { readSendGridEvents, verifySendGrid } from '../../channels/email/sendgrid-events.ts'
import type { ProviderNews } from '../../channels/provider-news.ts'
import { createTwilio } from '../../channels/sms/twilio.ts'
import { readTwilioInbound, readTwilioStatus, verifyTwilio } from '../../channels/sms/twilio-events.ts'
import { accepting, type FaultKind, faultKinds, seededFaults } from './faults.ts'
import { answer, listen, readBody } from './http.ts'
import { startSendGrid } from './sendgrid.ts'
import { startTwilio } from './twilio.ts'

const publicUrl = 'https://shop.example'
const letter = { fields: { subject: ['Hi ', 0], html: ['<p>', 0], body: ['Hi ', 0] }, places: 1 }
const people = (count: number, to: (n: number) => string): Envelope[] =>
  Array.from({ length: count }, (_, n) => ({ messageId: randomUUID(), to: to(n), values: [`Ada ${n}`] }))
const mail = (n: number) => `p${n}@mail.example`
const phone = (n: number) => `+1555${String(1_000_000 + n)}`

describe('a plan of faults', () => {
  it('is the same for the same seed, whatever is asked first', () => {
    const forward = Array.from({ length: 200 }, (_, n) => n).map(seededFaults(7, 0.4))
    const backward = seededFaults(7, 0.4)
    backward(199)
    expect(forward.map((_, n) => backward(n))).toEqual(forward)
    expect(forward).not.toEqual(forward.map((_, n) => seededFaults(8, 0.4)(n)))
    expect(new Set(forward.filter(Boolean)).size).toBe(faultKinds.length)
  })
})

// Without hangs and what asks us to stay away: each of them costs its time, and the contract suite has them.
const plan: FaultKind[] = faultKinds.filter(kind => !/hang|tooMany|503/i.test(kind))

describe.each([3, 14, 159])('a campaign against a provider with faults of seed %i', seed => {
  const open = {
    e_mail: async () => {
      const server = await startSendGrid({ faults: seededFaults(seed, 0.5, plan) })
      const channel = createSendGrid({ apiKey: server.apiKey, baseUrl: server.url, from: 'a@shop.example' })
      return { server, channel, to: mail }
    },
    // biome-ignore lint/correctness/noComponentHookFactories: a channel, no component
    SMS: async () => {
      const server = await startTwilio({ faults: seededFaults(seed, 0.5, plan) })
      const channel = createTwilio({
        accountSid: server.accountSid,
        authToken: server.authToken,
        baseUrl: server.url,
        from: '+15005550006',
        publicUrl,
      })
      return { server, channel, to: phone }
    },
  }
  it.each(['e_mail', 'SMS'] as const)(
    'over %s reaches everybody once when only clear refusals are sent again and unclear ones are settled by evidence',
    async kind => {
      const { server, channel, to } = await open[kind]()
      const waiting = people(60, to)
      const everybody = waiting.map(envelope => envelope.messageId)
      for (let round = 0; waiting.length > 0 && round < 200; round++) {
        const batch = waiting.splice(0, 5)
        const outcomes = await (channel as Channel).send({ letter, envelopes: batch, class: 'marketing', at: 0 })
        outcomes.forEach((outcome: Outcome, n) => {
          const times = server.byMessageId(batch[n]!.messageId).length
          if (outcome.kind === 'accepted') expect(times).toBe(1)
          if (outcome.kind === 'later') expect(times).toBe(0)
          expect(outcome.kind).not.toBe('refused')
          const there = outcome.kind === 'accepted' || (outcome.kind === 'unclear' && times === 1)
          if (!there) waiting.push(batch[n]!)
        })
      }
      expect(waiting).toEqual([])
      expect([...server.ids()].sort()).toEqual([...everybody].sort())
      expect(server.duplicates()).toEqual([])
      expect(server.requests.some(request => request.fault && accepting.has(request.fault))).toBe(true)
      channel.close()
      await server.close()
    },
  )
})

describe('reports over the wire', () => {
  let sendgrid: Awaited<ReturnType<typeof startSendGrid>>
  let twilio: Awaited<ReturnType<typeof startTwilio>>
  let ours: Awaited<ReturnType<typeof listen>>
  const news: ProviderNews[] = []
  const inbound: string[] = []

  /** The webhooks as the API has them: verified over the raw body and the public address, then read. */
  async function webhook(request: http.IncomingMessage, response: http.ServerResponse) {
    const raw = await readBody(request)
    const url = new URL(request.url!, publicUrl)
    if (url.pathname === '/webhooks/sendgrid/events') {
      if (!verifySendGrid(sendgrid.publicKey, request.headers, raw)) return answer(response, { status: 403 })
      news.push(...readSendGridEvents(JSON.parse(raw.toString())))
      return answer(response, { status: 200 })
    }
    const form = Object.fromEntries(new URLSearchParams(raw.toString()))
    const signature = request.headers['x-twilio-signature'] as string | undefined
    if (!verifyTwilio(twilio.authToken, url.href, form, signature)) return answer(response, { status: 403 })
    const status = readTwilioStatus(form, Object.fromEntries(url.searchParams), Date.now())
    if (status) news.push(status)
    else inbound.push(readTwilioInbound(form)!.body)
    return answer(response, { status: 200 })
  }

  beforeAll(async () => {
    sendgrid = await startSendGrid()
    twilio = await startTwilio()
    ours = await listen(webhook)
  })
  afterAll(async () => {
    for (const server of [sendgrid, twilio, ours]) await server.close()
  })
  const behindProxy = (url: string) => url.replace(publicUrl, ours.url)

  it('come signed, in batches, in any order and some twice, each naming its message', async () => {
    const channel = createSendGrid({ apiKey: sendgrid.apiKey, baseUrl: sendgrid.url, from: 'a@shop.example' })
    const envelopes = people(50, mail)
    const [first] = await channel.send({ letter, envelopes, class: 'marketing', at: 0 })
    channel.close()
    const events = sendgrid.deliveries.flatMap(delivery => [
      sendgrid.event('delivered', delivery),
      sendgrid.event('click', delivery),
    ])
    news.length = 0
    const statuses = await sendgrid.report(events, {
      url: `${ours.url}/webhooks/sendgrid/events`,
      batch: 30,
      shuffle: true,
      repeat: 0.3,
    })
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(news.length).toBeGreaterThan(100)
    const once = new Map(news.map(each => [each.eventId, each]))
    expect(once.size).toBe(100)
    for (const { messageId } of envelopes)
      expect(
        [...once.values()]
          .filter(each => each.messageId === messageId)
          .map(each => each.kind)
          .sort(),
      ).toEqual(['clicked', 'delivered'])
    expect(first!.kind === 'accepted' && first!.providerId).toBe(news[0]!.providerId)
  })

  it('come to the status callback as it was signed, through a proxy', async () => {
    const { accountSid, authToken, url: baseUrl } = twilio
    const channel = createTwilio({ accountSid, authToken, baseUrl, from: '+15005550006', publicUrl })
    const envelopes = people(5, phone)
    await channel.send({ letter, envelopes, class: 'marketing', at: 0 })
    channel.close()
    news.length = 0
    expect(await twilio.report('delivered', twilio.messages, { sendTo: behindProxy })).toEqual(Array(5).fill(200))
    expect(new Set(news.map(each => each.messageId))).toEqual(new Set(envelopes.map(each => each.messageId)))
    expect(
      await twilio.inbound(`${publicUrl}/webhooks/twilio/inbound`, phone(1), 'stop please', {
        sendTo: `${ours.url}/webhooks/twilio/inbound`,
      }),
    ).toBe(200)
    expect(inbound).toEqual(['stop please'])
  })

  it('change nothing when they are forged', async () => {
    news.length = 0
    const body = JSON.stringify([sendgrid.event('click', sendgrid.deliveries[0]!)])
    const forged = await fetch(`${ours.url}/webhooks/sendgrid/events`, {
      method: 'POST',
      body,
      headers: sendgrid.signed(`${body} `),
    })
    const unsigned = await fetch(`${ours.url}/webhooks/twilio/status?message=x`, {
      method: 'POST',
      body: 'MessageSid=SM1&MessageStatus=delivered',
    })
    expect([forged.status, unsigned.status]).toEqual([403, 403])
    expect(news).toEqual([])
  })

  it('counts without reading when it only has to count', async () => {
    const counting = await startSendGrid({ record: 'count' })
    const channel = createSendGrid({ apiKey: counting.apiKey, baseUrl: counting.url, from: 'a@shop.example' })
    const envelopes = people(1_000, mail)
    for (let round = 0; round < 2; round++) await channel.send({ letter, envelopes, class: 'marketing', at: 0 })
    channel.close()
    expect(counting.count).toBe(2_000)
    expect(counting.duplicates()).toHaveLength(1_000)
    expect(counting.ids()).toEqual(new Set(envelopes.map(each => each.messageId)))
    await counting.close()
  })
})
