import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSendGrid } from '../../channels/email/sendgrid.ts'
import { createTwilio } from '../../channels/sms/twilio.ts'
import { sql } from '../../domain/sql.ts'
import { anyOpenReport } from '../../prisma/queries/provider-events.ts'
import { type SendGridServer, startSendGrid } from '../providers/sendgrid.ts'
import type { SendGridEventKind } from '../providers/sendgrid-events.ts'
import { startTwilio, type TwilioServer } from '../providers/twilio.ts'
import { type TestApi, testApi } from '../support/api.ts'
import { endsOf, type Journeys, openJourneys, publicUrl, secretKey } from '../support/journey.ts'

const minute = 60_000
const stripeSecret = 'whsec_of_the_tests'
let sendgrid: SendGridServer
let twilio: TwilioServer
let journeys: Journeys
let api: TestApi
let base: string
let person = 0
/** The journey's time, which the API's clock follows. */
let now = Date.UTC(2026, 2, 2, 12)

beforeAll(async () => {
  sendgrid = await startSendGrid()
  twilio = await startTwilio()
  const { accountSid, authToken } = twilio
  journeys = await openJourneys({
    channels: {
      email: createSendGrid({ apiKey: sendgrid.apiKey, baseUrl: sendgrid.url, from: 'Shop <hello@shop.example>' }),
      sms: createTwilio({ accountSid, authToken, baseUrl: twilio.url, from: '+15005550006', publicUrl }),
    },
    settings: { quietHours: { sms: null, email: null, inApp: null } },
  })
  api = await testApi({
    db: journeys.db,
    secretKey,
    clock: () => new Date(now),
    env: {
      PUBLIC_URL: publicUrl,
      SENDGRID_WEBHOOK_PUBLIC_KEY: sendgrid.publicKey,
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: authToken,
      TWILIO_FROM: '+15005550006',
      STRIPE_WEBHOOK_SECRET: stripeSecret,
    },
  })
  base = await api.app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  await api.close()
  await journeys.close()
  await sendgrid.close()
  await twilio.close()
})
beforeEach(() => {
  now += 24 * 60 * minute
  sendgrid.deliveries.length = 0
  twilio.messages.length = 0
})

const content = (subject: string) => ({
  subject,
  html: '<p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a></p>',
})
const mail = (id: string) => ({ kind: 'message', id, channel: 'email', content: content(id) })
const text = (id: string, body = id) => ({ kind: 'message', id, channel: 'sms', content: { body } })

/** Somebody new, for whom alone a campaign is launched. */
async function someone(count = 1): Promise<string[]> {
  const ids = Array.from({ length: count }, () => `p${++person}`)
  await journeys.receive(
    now,
    ...ids.map((userId, i) => ({
      type: 'identify',
      userId,
      traits: {
        email: `${userId}@mail.example`,
        phone: `+4670174${String(1_000 + person + i)}`,
        group: ids[0],
        consents: { sms: 'subscribed' },
      },
    })),
  )
  return ids
}
const campaignFor = (ids: string[], journey: unknown[]) => ({
  name: 'Over the wire',
  trigger: { kind: 'now' },
  audience: { attribute: 'group', is: ids[0] },
  goals: [{ key: 'g', kind: 'winBack', success: { event: 'Order Completed', within: '30d' }, journey }],
})
async function send(ids: string[], journey: unknown[]) {
  const { run } = await journeys.launch(campaignFor(ids, journey), now)
  await journeys.play(run, now, now + minute)
  return run
}

const report = (events: ReturnType<SendGridServer['event']>[], options: object = {}) =>
  sendgrid.report(events, { url: `${base}/webhooks/sendgrid/events`, ...options })
const told = (kind: SendGridEventKind, i = 0, at = now + 2 * minute) => sendgrid.event(kind, sendgrid.deliveries[i]!, at)
const behindProxy = (url: string) => url.replace(publicUrl, base)
const answer = (from: string, body: string, more: object = {}) =>
  twilio.inbound(`${publicUrl}/webhooks/twilio/inbound`, from, body, {
    sendTo: `${base}/webhooks/twilio/inbound`,
    ...more,
  })

/** Waits until everything that was reported is processed. */
async function processed() {
  for (const end = Date.now() + 30_000; await anyOpenReport(journeys.db); ) {
    if (Date.now() > end) throw new Error('reports stay open')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
const messages = () =>
  journeys.db.rows<{ id: string; status: string; customer: string; machine: boolean }>(
    sql`SELECT m.*, c.external_id AS customer FROM message m JOIN customer c ON c.id = m.customer ORDER BY m.created_at DESC, m.step`,
  )
const statusOf = async (customer: string) => (await messages()).filter(row => row.customer === customer).map(row => row.status)
const consents = (customer: string) =>
  journeys.db.rows<{ channel: string; status: string; source: string }>(
    sql`SELECT k.channel, k.status, k.source FROM consent k JOIN customer c ON c.id = k.customer WHERE c.external_id = ${customer} ORDER BY 1`,
  )
const suppressions = () =>
  journeys.db.rows<{ channel: string; reason: string; source: string }>(
    sql`SELECT channel, reason, source FROM suppression ORDER BY at DESC, channel`,
  )
const count = async (table: 'provider_event' | 'nudge' | 'suppression' | 'consent_change') =>
  (await journeys.db.row<{ n: number }>({ pieces: [`SELECT count(*)::int AS n FROM ${table}`], values: [] }))!.n

describe('SendGrid’s events', () => {
  test('move the ledger forward only, come twice and in any order, and are answered before they are processed', async () => {
    const ids = await someone(20)
    await send(ids, [mail('one'), { kind: 'wait', for: '30d' }])
    const events = sendgrid.deliveries.flatMap((_, i) => [
      told('processed', i),
      told('delivered', i),
      ...(i % 2 ? [told('open', i)] : []),
      ...(i % 4 === 1 ? [told('click', i)] : []),
    ])
    expect(new Set(await report(events, { batch: 7, shuffle: true, repeat: 0.4 }))).toEqual(new Set([200]))
    await processed()
    const statuses = (await messages()).filter(row => ids.includes(row.customer)).map(row => row.status)
    const of = (status: string) => statuses.filter(each => each === status).length
    expect([of('delivered'), of('opened'), of('clicked')]).toEqual([10, 5, 5])

    const before = [await messages(), await count('provider_event')]
    expect(await report(events)).toEqual([200])
    await processed()
    expect([await messages(), await count('provider_event')]).toEqual(before)
  })

  test('wake who awaits a click, over the wire, and nobody else', async () => {
    const ids = await someone(3)
    const { run } = await journeys.launch(
      campaignFor(ids, [
        mail('offer'),
        { kind: 'await', on: { message: 'clicked' }, within: '3d', do: [mail('glad')], else: [mail('sorry')] },
      ]),
      now,
    )
    const clicksAt = now + 60 * minute
    const start = now
    await journeys.play(run, start, start + 10 * 24 * 60 * minute, [
      {
        at: clicksAt,
        happen: async () => {
          now = clicksAt
          const index = sendgrid.deliveries.findIndex(each => each.to === `${ids[1]}@mail.example`)
          const other = sendgrid.deliveries.findIndex(each => each.to === `${ids[0]}@mail.example`)
          await report([told('open', other, now), told('click', index, now)])
          await processed()
        },
      },
    ])
    const got = (subject: string) => sendgrid.deliveries.filter(each => each.subject === subject).map(each => each.to)
    expect(got('glad')).toEqual([`${ids[1]}@mail.example`])
    expect(got('sorry').sort()).toEqual([`${ids[0]}@mail.example`, `${ids[2]}@mail.example`].sort())
    expect(await endsOf(journeys.db, run.id)).toEqual({ completed: 3 })
    expect(api.temporal.rung).toContain(run.id)
  })

  test('of machines are kept and marked, and are no engagement', async () => {
    const [id] = await someone()
    await send([id!], [mail('one'), { kind: 'wait', for: '30d' }])
    await report([told('machineOpen')])
    await processed()
    expect(await statusOf(id!)).toEqual(['delivered'])
    const kept = await journeys.db.row(
      sql`SELECT kind, payload ->> 'machine' AS machine FROM provider_event ORDER BY id DESC LIMIT 1`,
    )
    expect(kept).toEqual({ kind: 'opened', machine: 'true' })
  })

  test('suppress addresses that bounced or complained, and end the consent of who complained', async () => {
    const ids = await someone(3)
    await send(ids, [mail('one'), { kind: 'wait', for: '30d' }])
    const of = (id: string) => sendgrid.deliveries.findIndex(each => each.to.startsWith(`${id}@`))
    await report([told('bounce', of(ids[0]!)), told('spamreport', of(ids[1]!)), told('blocked', of(ids[2]!))])
    await processed()
    expect(await Promise.all(ids.map(statusOf))).toEqual([['bounced'], ['complained'], ['bounced']])
    expect(
      (await suppressions())
        .slice(0, 2)
        .map(row => row.reason)
        .sort(),
    ).toEqual(['bounce', 'complaint'])
    expect(await consents(ids[1]!)).toContainEqual({ channel: 'email', status: 'unsubscribed', source: 'sendgrid' })
    expect(await consents(ids[0]!)).toEqual([{ channel: 'sms', status: 'subscribed', source: 'api' }])
    await send(ids, [mail('two')])
    // A full mailbox is no reason never to write again.
    expect(sendgrid.deliveries.filter(each => each.subject === 'two').map(each => each.to)).toEqual([`${ids[2]}@mail.example`])
  })

  test('change nothing when they are forged, altered or unsigned', async () => {
    const [id] = await someone()
    await send([id!], [mail('one'), { kind: 'wait', for: '30d' }])
    const body = JSON.stringify([told('bounce')])
    const post = (headers: Record<string, string>, sent = body) =>
      api.call('POST', '/webhooks/sendgrid/events', sent, {
        key: null,
        headers: { 'content-type': 'application/json', ...headers },
      })
    const other = await startSendGrid()
    const before = await count('provider_event')
    for (const refused of [
      await post({}),
      await post(other.signed(body)),
      await post(sendgrid.signed(body), body.replace('bounce', 'dropped')),
      await post({ ...sendgrid.signed(body), 'x-twilio-email-event-webhook-timestamp': '1' }),
    ]) {
      expect(refused.status).toBe(403)
      expect(refused.body.type).toBe('urn:perennial:problem:badSignature')
    }
    await other.close()
    expect(await count('provider_event')).toBe(before)
    expect(await statusOf(id!)).toEqual(['accepted'])
    expect((await post(sendgrid.signed('[{'), '[{')).status).toBe(400)
  })

  test('change nothing when they are said again: at once, twice in one, or by somebody who kept them for a month', async () => {
    const [id] = await someone()
    await send([id!], [mail('one'), { kind: 'wait', for: '30d' }])
    const bounce = told('bounce')
    const post = (body: string, headers: Record<string, string>) =>
      api.call('POST', '/webhooks/sendgrid/events', body, { key: null, headers })
    const twice = JSON.stringify([bounce, bounce])
    const headers = { ...sendgrid.signed(twice, now), 'content-type': 'application/json' }
    expect((await post(twice, headers)).body).toEqual({ stored: 1 })
    await processed()
    await journeys.db.run(sql`DELETE FROM suppression`)
    const again = await post(twice, { ...headers, 'content-type': 'text/plain' })
    expect([again.status, again.body]).toEqual([200, { stored: 0 }])
    // The same bytes, written anew by whoever stands between: no longer what was signed.
    expect((await post(JSON.stringify(JSON.parse(twice), null, 1), headers)).status).toBe(403)
    const then = now
    now += 31 * 24 * 60 * minute
    await journeys.activities.askAboutUnfinished({ at: now, after: null })
    expect((await post(twice, headers)).status).toBe(403)
    now = then
    await processed()
    expect(await count('suppression')).toBe(0)
    expect((await post('[]', sendgrid.signed('[]', now))).body).toEqual({ stored: 0 })
  })

  test('settle a send that got no answer, and its customer goes on at once', async () => {
    const ids = await someone(2)
    sendgrid.setFaults(request => (request === 0 ? 'acceptThenReset' : undefined))
    const { run } = await journeys.launch(campaignFor(ids, [mail('one'), mail('two')]), now)
    await journeys.play(run, now, now + minute)
    expect(await Promise.all(ids.map(statusOf))).toEqual([['uncertain'], ['uncertain']])
    now += 2 * minute
    await report([0, 1].map(i => told('processed', i, now)))
    await processed()
    sendgrid.setFaults(undefined)
    await journeys.play(run, now, now + minute)
    expect(await Promise.all(ids.map(statusOf))).toEqual([
      ['accepted', 'accepted'],
      ['accepted', 'accepted'],
    ])
    expect(await endsOf(journeys.db, run.id)).toEqual({ completed: 2 })
    expect(sendgrid.duplicates()).toEqual([])
  })
})

describe('Twilio’s status callbacks', () => {
  test('find their message through a proxy, and only when they are signed', async () => {
    const [id] = await someone()
    await send([id!], [text('hello'), { kind: 'wait', for: '30d' }])
    expect(await twilio.report('delivered', twilio.messages, { sendTo: behindProxy, repeat: 1 })).toEqual([200, 200])
    await processed()
    expect(await statusOf(id!)).toEqual(['delivered'])
    const forged = await fetch(behindProxy(twilio.messages[0]!.statusCallback!), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': 'AAAA' },
      body: 'MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30005',
    })
    expect(forged.status).toBe(403)
    expect(await statusOf(id!)).toEqual(['delivered'])
  })

  test('suppress a number that does not exist', async () => {
    const [id] = await someone()
    await send([id!], [text('hello'), { kind: 'wait', for: '30d' }])
    await twilio.report('undelivered', twilio.messages, { sendTo: behindProxy, errorCode: 30005 })
    await processed()
    expect(await statusOf(id!)).toEqual(['bounced'])
    expect((await suppressions())[0]).toEqual({ channel: 'sms', reason: 'bounce', source: 'twilio' })
  })
})

describe('an SMS from a person', () => {
  const reply = async (from: string, body: string, more: { sid?: string; optOutType?: string } = {}) => {
    let words = ''
    const real = globalThis.fetch
    globalThis.fetch = async (...args) => {
      const response = await real(...args)
      words = await response.clone().text()
      return response
    }
    try {
      expect(await answer(from, body, more)).toBe(200)
    } finally {
      globalThis.fetch = real
    }
    await processed()
    return words
  }
  const numberOf = async (id: string) =>
    (await journeys.db.row<{ phone: string }>(sql`SELECT phone FROM customer WHERE external_id = ${id}`))!.phone

  test('that means stop ends SMS for good, is confirmed once, and leaves the other channels', async () => {
    const [id] = await someone()
    const from = await numberOf(id!)
    expect(await reply(from, 'please stop texting me', { sid: 'SMstop' })).toContain('<Message>You will get no more')
    expect(await reply(from, 'please stop texting me', { sid: 'SMstop' })).not.toContain('<Message>')
    expect(await consents(id!)).toEqual([{ channel: 'sms', status: 'unsubscribed', source: 'sms' }])
    expect((await suppressions())[0]).toEqual({ channel: 'sms', reason: 'stop', source: 'twilio' })
    await send([id!], [text('hello'), mail('mail')])
    expect(twilio.messages).toHaveLength(0)
    expect(sendgrid.deliveries).toHaveLength(1)
    const [change] = await journeys.db.rows<{ evidence: unknown }>(
      sql`SELECT evidence FROM consent_change ORDER BY id DESC LIMIT 1`,
    )
    expect(change!.evidence).toEqual({ words: 'please stop texting me' })

    now += minute
    expect(await reply(from, 'START')).toContain('You will get our messages again')
    expect(await consents(id!)).toEqual([{ channel: 'sms', status: 'subscribed', source: 'sms' }])
    await send([id!], [text('again')])
    expect(twilio.messages.map(each => each.body)).toEqual([expect.stringContaining('again')])
  })

  test('is heard once, however long somebody keeps a START to say it again after a STOP', async () => {
    const [id] = await someone()
    const from = await numberOf(id!)
    await reply(from, 'START', { sid: 'SMkept' })
    now += minute
    await reply(from, 'Stop!! 🙏', { sid: 'SMlater' })
    now += 40 * 24 * 60 * minute
    await journeys.activities.askAboutUnfinished({ at: now, after: null })
    expect(await reply(from, 'START', { sid: 'SMkept' })).not.toContain('<Message>')
    expect(await consents(id!)).toEqual([{ channel: 'sms', status: 'unsubscribed', source: 'sms' }])
    expect((await suppressions())[0]).toMatchObject({ channel: 'sms', reason: 'stop' })
  })

  test('is believed by the public address alone, whatever a proxy or a forger says of the host', async () => {
    const [id] = await someone()
    const from = await numberOf(id!)
    const form = { From: from, To: '+15005550006', Body: 'STOP', MessageSid: 'SMproxied', AccountSid: twilio.accountSid }
    const post = (
      signed: string,
      headers: Record<string, string> = {},
      sent: Record<string, string> = form,
      path = '/webhooks/twilio/inbound',
    ) =>
      api.call('POST', path, new URLSearchParams(sent).toString(), {
        key: null,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-twilio-signature': twilio.sign(signed, form),
          ...headers,
        },
      })
    const real = `${publicUrl}/webhooks/twilio/inbound`
    const lies = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      host: 'evil.example',
      forwarded: 'host=evil.example',
    }
    for (const refused of [
      await post('https://evil.example/webhooks/twilio/inbound', lies),
      await post(real, {}, { ...form, From: '+46700000000' }),
      await post(real, {}, { ...form, Extra: '1' }),
      await post(real, {}, form, '/webhooks/twilio/inbound?message=x'),
      await post(real, { 'x-twilio-signature': '' }),
      await post(real, { 'x-twilio-signature': 'å' }),
    ])
      expect(refused.status).toBe(403)
    expect(await consents(id!)).toMatchObject([{ status: 'subscribed' }])
    expect((await post(real, lies)).status).toBe(200)
    expect(await consents(id!)).toMatchObject([{ status: 'unsubscribed' }])
  })

  test('that Twilio has answered itself is not answered again', async () => {
    const [id] = await someone()
    expect(await reply(await numberOf(id!), 'STOP', { optOutType: 'STOP' })).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response></Response>',
    )
    expect(await consents(id!)).toEqual([{ channel: 'sms', status: 'unsubscribed', source: 'sms' }])
  })

  test('that asks for help is answered in the language of its writer, and changes nothing', async () => {
    const [id] = await someone()
    await journeys.receive(now, { type: 'identify', userId: id!, traits: { locale: 'sv-SE' } })
    expect(await reply(await numberOf(id!), 'HELP')).toContain('Svara STOPP')
    expect(await consents(id!)).toEqual([{ channel: 'sms', status: 'subscribed', source: 'api' }])
  })

  test('answers the last message that went there, and wakes who awaits an answer', async () => {
    const [id] = await someone()
    const { run } = await journeys.launch(
      campaignFor(
        [id!],
        [
          text('question'),
          { kind: 'await', on: { message: 'replied' }, within: '2d', do: [text('thanks')], else: [text('pity')] },
        ],
      ),
      now,
    )
    const start = now
    const from = await numberOf(id!)
    await journeys.play(run, start, start + 5 * 24 * 60 * minute, [
      {
        at: start + 5 * minute,
        happen: async () => {
          now = start + 5 * minute
          expect(await reply(from, 'yes I love it')).not.toContain('<Message>')
        },
      },
    ])
    expect(twilio.messages.map(each => each.body.split('\n')[0])).toEqual([
      expect.stringContaining('question'),
      expect.stringContaining('thanks'),
    ])
  })

  test('without a signature changes nothing', async () => {
    const [id] = await someone()
    const forged = await api.call(
      'POST',
      '/webhooks/twilio/inbound',
      `From=${encodeURIComponent(await numberOf(id!))}&Body=STOP&MessageSid=SM9`,
      {
        key: null,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
    )
    expect(forged.status).toBe(403)
    expect(await consents(id!)).toEqual([{ channel: 'sms', status: 'subscribed', source: 'api' }])
  })
})

describe('a send that the provider refuses because the person said stop', () => {
  test('suppresses the number', async () => {
    const [id] = await someone()
    const [{ phone }] = (await journeys.db.rows<{ phone: string }>(
      sql`SELECT phone FROM customer WHERE external_id = ${id}`,
    )) as [{ phone: string }]
    const strict = await startTwilio({ refuse: { [phone]: 21610 } })
    const { accountSid, authToken, url: baseUrl } = strict
    const other = await openJourneys({
      channels: { sms: createTwilio({ accountSid, authToken, baseUrl, from: '+15005550006', publicUrl }) },
      settings: { quietHours: { sms: null, email: null, inApp: null } },
    })
    await other.receive(now, { type: 'identify', userId: 'x', traits: { phone, consents: { sms: 'subscribed' } } })
    const document = { ...campaignFor(['x'], [text('one'), text('two')]), audience: { all: [] } }
    const { run } = await other.launch(document, now)
    await other.play(run, now, now + minute)
    expect(await other.db.rows(sql`SELECT status, reason FROM message ORDER BY step`)).toEqual([
      { status: 'failed', reason: null },
      { status: 'skipped', reason: 'suppressed' },
    ])
    expect(await other.db.rows(sql`SELECT channel, reason, source FROM suppression`)).toEqual([
      { channel: 'sms', reason: 'stop', source: 'twilio' },
    ])
    expect(await other.db.rows(sql`SELECT channel, status, source FROM consent`)).toEqual([
      { channel: 'sms', status: 'unsubscribed', source: 'twilio' },
    ])
    await other.close()
    await strict.close()
  })
})

describe('Stripe', () => {
  const event = (type: string, object: object, id = `evt_${++person}`) => ({
    id,
    type,
    created: Math.floor(now / 1_000),
    data: { object },
  })
  const post = (body: object, secret = stripeSecret) => {
    const raw = JSON.stringify(body)
    const t = Math.floor(now / 1_000)
    const v1 = createHmac('sha256', secret).update(`${t}.${raw}`).digest('hex')
    return api.call('POST', '/webhooks/stripe', raw, { key: null, headers: { 'stripe-signature': `t=${t},v1=${v1}` } })
  }
  const subscription = (more: object = {}) => ({
    customer: 'cus_1',
    status: 'active',
    currency: 'eur',
    items: {
      data: [
        {
          quantity: 1,
          current_period_end: Math.floor(now / 1_000) + 86_400,
          price: { id: 'price_1', nickname: 'pro', unit_amount: 1_900, recurring: { interval: 'month' } },
        },
      ],
    },
    ...more,
  })
  const subscribed = (id: string) =>
    journeys.db.row(
      sql`SELECT s.status, s.plan, s.mrr FROM subscription s JOIN customer c ON c.id = s.customer WHERE c.external_id = ${id}`,
    )

  test('tells of subscriptions, and a repetition changes nothing', async () => {
    const created = event('customer.subscription.created', subscription({ metadata: { externalId: 'payer' } }))
    expect((await post(created)).body).toEqual({ stored: 2 })
    expect(await subscribed('payer')).toEqual({ status: 'active', plan: 'pro', mrr: 19 })
    expect((await post(created)).body).toEqual({ stored: 0 })
    // Without metadata the customer is known by Stripe's own id from here on.
    await post(event('customer.subscription.deleted', subscription({ status: 'canceled' })))
    expect(await subscribed('payer')).toMatchObject({ status: 'cancelled' })
  })

  test('is refused when it is not signed with our secret', async () => {
    const forged = await post(
      event('customer.subscription.created', subscription({ metadata: { externalId: 'nobody' } })),
      'other',
    )
    expect(forged.status).toBe(403)
    const kept = event('customer.subscription.created', subscription({ metadata: { externalId: 'nobody' } }))
    const raw = JSON.stringify(kept)
    const signed = (t: number) => ({
      'stripe-signature': `t=${t},v1=${createHmac('sha256', stripeSecret).update(`${t}.${raw}`).digest('hex')}`,
    })
    const t = Math.floor(now / 1_000)
    const call = (body: string, headers: Record<string, string>) =>
      api.call('POST', '/webhooks/stripe', body, { key: null, headers })
    for (const refused of [
      await call(raw, {}),
      await call(raw, signed(t - 3_600)),
      await call(raw.replace('active', 'canceled'), signed(t)),
      await call(raw, { 'stripe-signature': `t=${t},v0=${signed(t)['stripe-signature'].split('v1=')[1]}` }),
    ])
      expect(refused.status).toBe(403)
    expect(await subscribed('nobody')).toBeUndefined()
  })
})
