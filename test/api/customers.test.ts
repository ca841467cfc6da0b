import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createErase } from '../../activities/erase.ts'
import { sql } from '../../domain/sql.ts'
import { type TestApi, testApi } from '../support/api.ts'

let api: TestApi
let now = new Date('2026-06-01T12:00:00Z')
let ingestKey: string
beforeAll(async () => {
  api = await testApi({ clock: () => now })
  ingestKey = await api.key('ingest')
})
afterAll(() => api.close())

const path = (externalId: string, rest = '') => `/v1/customers/${encodeURIComponent(externalId)}${rest}`
const send = (...batch: unknown[]) => api.call('POST', '/v1/batch', { batch }, { key: ingestKey })
const rows = async (text: string) => (await api.db.pool.query(text)).rows

describe('a customer', () => {
  test.each(['plain', 'with/slash', 'a b+c&d?e#f', 'Дарья 漢字 🙂', 'a..b', '%2F', 'o\'neil"', 'x'.repeat(500)])(
    'of the external id %j is written, read and found',
    async externalId => {
      const made = await api.call('PUT', path(externalId), {
        email: 'p@example.com',
        firstName: 'Pia',
        attributes: { plan: 'pro' },
        seats: 3,
      })
      expect([made.status, made.headers.etag]).toEqual([201, '"2"'])
      expect(made.body).toMatchObject({
        externalId,
        email: 'p@example.com',
        firstName: 'Pia',
        attributes: { plan: 'pro', seats: 3 },
        anonymous: false,
      })
      expect((await api.call('GET', path(externalId))).body).toEqual(made.body)
      const found = await api.call('GET', `/v1/customers?q=${encodeURIComponent(externalId)}`)
      expect(found.body.data.map((each: { externalId: string }) => each.externalId)).toContain(externalId)
    },
  )

  test('is replaced by PUT and changed by PATCH, each against the version that was read', async () => {
    await api.call('PUT', path('v'), { email: 'v@example.com', attributes: { plan: 'pro', seats: 3 } })
    const read = await api.call('GET', path('v'))
    const same = await api.call('PUT', path('v'), read.body, { headers: { 'if-match': read.headers.etag! } })
    expect([same.status, same.body]).toEqual([200, read.body])
    const patched = await api.call(
      'PATCH',
      path('v'),
      { firstName: 'Vera', attributes: { seats: null, city: 'Ulm' } },
      { headers: { 'if-match': read.headers.etag! } },
    )
    expect(patched.body).toMatchObject({ email: 'v@example.com', firstName: 'Vera', attributes: { plan: 'pro', city: 'Ulm' } })
    expect((await api.call('PATCH', path('v'), { firstName: 'W' }, { headers: { 'if-match': read.headers.etag! } })).status).toBe(
      412,
    )
    const replaced = await api.call('PUT', path('v'), { lastName: 'Only' })
    expect(replaced.body).toMatchObject({ email: null, firstName: null, lastName: 'Only', attributes: {} })
    expect((await api.call('PUT', path('v2'), {}, { headers: { 'if-match': '"1"' } })).status).toBe(412)
    expect((await api.call('GET', path('v2'))).status).toBe(404)
  })

  test.each([
    ['email', { email: 'nobody' }, '/email'],
    ['phone', { attributes: { phone: '12' } }, '/attributes/phone'],
    ['timezone', { timezone: 'Mars/Base' }, '/timezone'],
    ['createdAt', { createdAt: 'yesterday' }, '/createdAt'],
  ])('with a wrong %s is refused with its place, and nothing is made', async (_what, body, at) => {
    const answer = await api.call('PUT', path('wrong'), body)
    expect([answer.status, answer.body.errors[0].path]).toEqual([422, at])
    expect((await api.call('GET', path('wrong'))).status).toBe(404)
  })

  test('is found by parts of address and name, and by a segment', async () => {
    await send(
      {
        type: 'identify',
        userId: 'f1',
        traits: { email: 'First.Person@Example.com', firstName: 'Anna', lastName: 'Svensson', tier: 'gold' },
      },
      { type: 'identify', userId: 'f2', traits: { phone: '+46701234567', tier: 'gold' } },
      { type: 'identify', userId: 'f3_%', traits: { tier: 'tin' } },
    )
    await api.call('POST', '/v1/segments', { key: 'gold', name: 'Gold', rule: { attribute: 'tier', is: 'gold' } })
    const found = async (query: string) =>
      (await api.call('GET', `/v1/customers?${query}`)).body.data.map((each: { externalId: string }) => each.externalId)
    expect(await found('q=first.person')).toEqual(['f1'])
    expect(await found('q=anna%20sven')).toEqual(['f1'])
    expect(await found('q=70123')).toEqual(['f2'])
    expect(await found('q=_%25')).toEqual(['f3_%'])
    expect(await found('segment=gold')).toEqual(['f1', 'f2'])
    expect(await found('segment=gold&q=anna')).toEqual(['f1'])
    const unknown = await api.call('GET', '/v1/customers?segment=nobody')
    expect([unknown.status, unknown.body.errors[0].path]).toEqual([422, '/querystring/segment'])
    const first = await api.call('GET', '/v1/customers?segment=gold&limit=1')
    const second = await api.call('GET', `/v1/customers?segment=gold&limit=1&cursor=${first.body.next}`)
    expect([first.body.data[0].externalId, second.body.data[0].externalId, second.body.next]).toEqual(['f1', 'f2', null])
  })

  test('shows what is known: account, subscription, consents, what was done and when last', async () => {
    await send(
      { type: 'identify', userId: 'known', traits: { consents: { sms: 'subscribed' } } },
      { type: 'group', userId: 'known', groupId: 'acme', traits: { seats: 9 } },
      {
        type: 'track',
        userId: 'known',
        event: 'Subscription Started',
        timestamp: '2026-05-01T00:00:00Z',
        properties: { plan: 'pro', mrr: 12 },
      },
      { type: 'track', userId: 'known', event: 'Order Completed', timestamp: '2026-05-02T00:00:00Z', properties: { revenue: 5 } },
    )
    expect((await api.call('GET', path('known'))).body).toMatchObject({
      lastSeenAt: '2026-05-02T00:00:00.000Z',
      account: { key: 'acme', traits: { seats: 9 } },
      subscription: { status: 'active', plan: 'pro', mrr: 12 },
      consents: [{ channel: 'sms', status: 'subscribed', source: 'api', at: now.toISOString() }],
      events: [
        { event: 'Order Completed', count: 1, lastAt: '2026-05-02T00:00:00.000Z', sum: 5 },
        { event: 'Subscription Started', count: 1 },
      ],
    })
  })
})

describe('consents', () => {
  test('are recorded with what was shown, in history and audit', async () => {
    await send({ type: 'identify', userId: 'consenting', traits: {} })
    const evidence = { text: 'Yes, send me offers', ip: '192.0.2.7', page: '/join', at: '2026-05-31T10:00:00Z' }
    const put = (body: unknown) => api.call('PUT', path('consenting', '/consents'), body)
    const said = await put({ channel: 'sms', status: 'subscribed', source: 'web form', at: '2026-05-31T10:00:00Z', evidence })
    expect([said.status, said.body]).toEqual([
      200,
      { consents: [{ channel: 'sms', status: 'subscribed', source: 'web form', at: '2026-05-31T10:00:00.000Z' }] },
    ])
    const later = await put({ channel: 'sms', status: 'unsubscribed', source: 'call' })
    expect(later.body.consents).toEqual([{ channel: 'sms', status: 'unsubscribed', source: 'call', at: now.toISOString() }])
    const timeline = (await api.call('GET', path('consenting', '/timeline'))).body.data
    expect(timeline).toEqual([
      { at: now.toISOString(), kind: 'consent', channel: 'sms', status: 'unsubscribed', source: 'call' },
      { at: '2026-05-31T10:00:00.000Z', kind: 'consent', channel: 'sms', status: 'subscribed', source: 'web form', evidence },
    ])
    const [audit] = await rows(`SELECT action, target, facts FROM audit WHERE action = 'consent.recorded' ORDER BY id LIMIT 1`)
    expect(audit).toEqual({
      action: 'consent.recorded',
      target: expect.stringMatching(/^customer_\d+$/),
      facts: { channel: 'sms', topic: '', status: 'subscribed', source: 'web form' },
    })
  })

  test.each([
    [{ channel: 'fax', status: 'subscribed', source: 'x' }, 400, '/channel'],
    [{ channel: 'sms', status: 'subscribed' }, 400, '/source'],
    [{ channel: 'email', topic: 'nothing', status: 'subscribed', source: 'x' }, 422, '/topic'],
    [{ channel: 'email', status: 'subscribed', source: 'x', at: '2030-01-01T00:00:00Z' }, 422, '/at'],
  ])('refuse %j', async (body, status, at) => {
    await send({ type: 'identify', userId: 'refusing', traits: {} })
    const answer = await api.call('PUT', path('refusing', '/consents'), body)
    expect([answer.status, answer.body.errors[0].path]).toEqual([status, at])
  })
})

describe('the timeline', () => {
  test('tells all that happened, newest first, page by page without a gap', async () => {
    const at = (minute: number) => new Date(Date.UTC(2026, 4, 1, 0, minute)).toISOString()
    await send(
      { type: 'identify', userId: 'busy', traits: { plan: 'free' }, timestamp: at(0) },
      ...Array.from({ length: 30 }, (_, i) => ({
        type: 'track',
        userId: 'busy',
        event: 'Login',
        timestamp: at(Math.floor(i / 5)),
      })),
      { type: 'identify', userId: 'busy', traits: { consents: { email: 'subscribed' } }, timestamp: at(3) },
    )
    await send({ type: 'identify', userId: 'busy', traits: { plan: 'pro' } })
    const [{ id }] = await rows(`SELECT id FROM customer WHERE external_id = 'busy'`)
    await api.db.pool.query(`INSERT INTO run (id, campaign, version, number, status, finite, salt, planned_size, started_at) VALUES (77, 7, 1, 1, 'running', false, 's', 1, now());
      INSERT INTO enrollment (id, run, customer, version, goal, variant, state, place, entered_at, ended_at, reason) VALUES (7700, 77, ${id}, 1, 'g', 'a', 'ended', 0, '${at(2)}', '${at(9)}', 'converted');
      INSERT INTO message (id, run, enrollment, customer, version, step, channel, class, status, created_at, clicked_at) VALUES ('${'0'.repeat(8)}-0000-7000-8000-000000000001', 77, 7700, ${id}, 1, 0, 'email', 'marketing', 'clicked', '${at(3)}', '${at(4)}');
      INSERT INTO customer_score_change (customer, at, lifecycle, health) VALUES (${id}, '${at(5)}', 'active', 80);
      INSERT INTO decision (enrollment, kind, step, outcome, at) VALUES (7700, 'branch', 1, 'else', '${at(3)}')`)
    const whole = (await api.call('GET', path('busy', '/timeline?limit=500'))).body.data
    expect(whole.map((line: { at: string }) => line.at)).toEqual(
      whole
        .map((line: { at: string }) => line.at)
        .toSorted()
        .reverse(),
    )
    const kinds: Record<string, number> = {}
    for (const { kind } of whole) kinds[kind] = (kinds[kind] ?? 0) + 1
    expect(kinds).toEqual({ event: 30, enrollment: 2, message: 1, engagement: 1, consent: 1, decision: 1, profile: 1, score: 1 })
    expect(whole.find((line: { kind: string }) => line.kind === 'message')).toMatchObject({
      campaign: 'cmp_7',
      run: 'run_77',
      step: '0',
      status: 'clicked',
    })
    const paged = []
    for (let cursor = ''; ; ) {
      const { body } = await api.call('GET', path('busy', `/timeline?limit=4${cursor}`))
      paged.push(...body.data)
      if (body.next === null) break
      cursor = `&cursor=${body.next}`
    }
    expect(paged).toEqual(whole)
  })
})

describe('suppressions', () => {
  test('are added by hand and in lists, found by address, lifted again; the address is not kept', async () => {
    const add = (body: unknown) => api.call('POST', '/v1/suppressions', body)
    expect((await add({ channel: 'email', address: 'Stop@Example.com' })).body).toEqual({ suppressed: 1 })
    expect(
      (
        await add({
          entries: [
            { channel: 'sms', address: '+46701112233', reason: 'stop' },
            { channel: 'email', address: 'b@example.com', reason: 'bounce' },
          ],
        })
      ).body,
    ).toEqual({ suppressed: 2 })
    const bad = await add({
      entries: [
        { channel: 'sms', address: '+46701112234' },
        { channel: 'sms', address: 'x' },
      ],
    })
    expect([bad.status, bad.body.errors[0].path]).toEqual([422, '/entries/1/address'])
    const listed = await api.call('GET', '/v1/suppressions?limit=2')
    const rest = await api.call('GET', `/v1/suppressions?limit=2&cursor=${listed.body.next}`)
    expect([...listed.body.data, ...rest.body.data].map(each => [each.channel, each.reason, each.source]).toSorted()).toEqual([
      ['email', 'bounce', 'import'],
      ['email', 'manual', 'manual'],
      ['sms', 'stop', 'import'],
    ])
    expect(listed.text).not.toContain('xample')
    const one = (address: string) => `/v1/suppressions?channel=email&address=${encodeURIComponent(address)}`
    expect((await api.call('GET', one('stop@example.COM'))).body.data).toHaveLength(1)
    expect((await api.call('DELETE', one('stop@example.com'))).status).toBe(204)
    expect((await api.call('DELETE', one('stop@example.com'))).status).toBe(404)
    expect((await api.call('GET', one('stop@example.com'))).body.data).toEqual([])
  })
})

describe('export and erasure', () => {
  /** Every row of every table that holds one of these texts. */
  async function traces(...texts: string[]): Promise<string[]> {
    const found: string[] = []
    for (const { name } of await rows(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
    )) {
      const held = await api.db.rows<{ row: string }>(
        sql`SELECT t::text AS row FROM ${{ pieces: [`"${name}"`], values: [] }} t WHERE EXISTS (SELECT 1 FROM unnest(${texts}::text[]) AS w (word) WHERE strpos(lower(t::text), lower(w.word)) > 0)`,
      )
      found.push(...held.map(({ row }) => `${name}: ${row}`))
    }
    return found
  }

  test('all that is held is exported, and after an erasure nothing of the person is left in any table', async () => {
    now = new Date('2026-06-02T12:00:00Z')
    const person = { email: 'greta.garbo@example.org', phone: '+46709998877', firstName: 'Gretaxx', lastName: 'Garboxx' }
    const externalId = 'person/№77'
    await api.db.pool.query(
      `INSERT INTO run (id, campaign, version, number, status, finite, salt, planned_size, started_at) VALUES (88, 8, 1, 1, 'running', false, 's', 1, now()) ON CONFLICT DO NOTHING`,
    )
    await send(
      { type: 'track', anonymousId: 'gretas-phone', event: 'Viewed' },
      {
        type: 'identify',
        userId: externalId,
        anonymousId: 'gretas-phone',
        traits: { ...person, nickname: 'Gretchenxx', consents: { email: 'unsubscribed' } },
      },
      { type: 'group', userId: externalId, groupId: 'movies', traits: { size: 1 } },
      { type: 'track', userId: externalId, event: 'Trial Started', properties: { plan: 'pro', note: 'for Garboxx' } },
      { type: 'track', userId: 'bystander', event: 'Viewed' },
    )
    await send({ type: 'identify', userId: externalId, traits: { nickname: 'G.' } })
    await api.call('PUT', path(externalId, '/consents'), {
      channel: 'sms',
      status: 'subscribed',
      source: 'form',
      evidence: { text: 'Hello Garboxx' },
    })
    await api.call('POST', '/v1/suppressions', { channel: 'sms', address: person.phone })
    const [{ id }] = await rows(`SELECT id FROM customer WHERE external_id = '${externalId}'`)
    await api.db.pool.query(`
      INSERT INTO enrollment (id, run, customer, version, goal, variant, state, place, due, event, entered_at) VALUES
        (8801, 88, ${id}, 1, 'g', 'a', 'waiting', 0, now(), (SELECT max(id) FROM event WHERE customer = ${id}), now());
      INSERT INTO enrollment (id, run, customer, stay, version, goal, variant, state, place, entered_at, ended_at, reason) VALUES (8802, 88, ${id}, 2, 1, 'g', 'a', 'ended', 0, now(), now(), 'completed');
      INSERT INTO message (id, run, enrollment, customer, version, step, channel, class, status, created_at, provider_id, evidence) VALUES
        ('00000000-0000-7000-8000-0000000000a1', 88, 8801, ${id}, 1, 0, 'email', 'marketing', 'delivered', now(), 'sg-1', '{"detail": "to ${person.email}"}'),
        ('00000000-0000-7000-8000-0000000000a2', 88, 8801, ${id}, 1, 1, 'email', 'marketing', 'queued', now(), NULL, NULL);
      INSERT INTO outbox (message, channel, "to", content, at) VALUES ('00000000-0000-7000-8000-0000000000a1', 'email', '${person.email}', '{"html": "Dear ${person.firstName}"}', now());
      INSERT INTO inbox (message, customer, content, at) VALUES ('00000000-0000-7000-8000-0000000000a2', ${id}, '{"title": "Hi ${person.firstName}"}', now());
      INSERT INTO provider_event (provider, event_id, kind, message, payload, received_at) VALUES ('sendgrid', 'e1', 'delivered', '00000000-0000-7000-8000-0000000000a1', '{"email": "${person.email}"}', now()),
        ('twilio', 'e2', 'inbound', NULL, '{"From": "${person.phone}", "Body": "hello"}', now()), ('twilio', 'e3', 'inbound', NULL, '{"From": "+4612345678"}', now());
      INSERT INTO decision (enrollment, kind, outcome, facts, at) VALUES (8801, 'branch', 'else', '{"name": "${person.lastName}"}', now());
      INSERT INTO nudge (run, enrollment, customer, at) VALUES (88, 8801, ${id}, now())`)
    const texts = [person.email, person.phone, person.firstName, person.lastName, 'Gretchenxx', externalId, 'gretas-phone']

    const { status, body, text } = await api.call('GET', path(externalId, '/export'))
    expect(status).toBe(200)
    for (const held of texts) expect(text).toContain(held)
    expect(Object.keys(body.records).toSorted()).toEqual(
      expect.arrayContaining([
        'consent',
        'consentChange',
        'customerAlias',
        'decision',
        'enrollment',
        'event',
        'eventStat',
        'inbox',
        'lastSeen',
        'message',
        'outbox',
        'profileChange',
        'providerEvent',
        'subscription',
      ]),
    )
    expect(body.records.event.map((event: { name: string }) => event.name).toSorted()).toEqual(['Trial Started', 'Viewed'])
    expect(body.suppressions).toMatchObject([{ channel: 'sms', reason: 'manual' }])

    const erased = await api.call('DELETE', path(externalId))
    expect([erased.status, erased.body]).toEqual([
      202,
      { receipt: expect.any(String), status: 'running', requestedAt: now.toISOString(), deleted: {} },
    ])
    expect((await api.call('GET', path(externalId))).status).toBe(404)
    expect((await api.call('DELETE', path(externalId))).status).toBe(404)
    expect(api.temporal.asked.at(-1)).toEqual({
      what: 'start',
      of: { workflow: 'eraseCustomer', workflowId: `erasure/${erased.body.receipt}`, args: [{ erasure: erased.body.receipt }] },
    })
    await createErase({ db: api.db }).eraseRows({ erasure: erased.body.receipt, at: now.getTime() })
    await createErase({ db: api.db }).eraseRows({ erasure: erased.body.receipt, at: now.getTime() })

    expect(await traces(...texts)).toEqual([])
    expect((await api.call('GET', `/v1/erasures/${erased.body.receipt}`)).body).toMatchObject({
      status: 'completed',
      deleted: { event: 2, outbox: 1, provider_event: 2 },
    })
    // What the campaign did still adds up, and what forbids an address still does.
    expect(await rows(`SELECT reason, count(*)::int AS n FROM enrollment WHERE run = 88 GROUP BY 1 ORDER BY 1`)).toEqual([
      { reason: 'completed', n: 1 },
      { reason: 'erased', n: 1 },
    ])
    expect(await rows(`SELECT status, reason FROM message WHERE run = 88 ORDER BY id`)).toEqual([
      { status: 'delivered', reason: null },
      { status: 'skipped', reason: 'erased' },
    ])
    const suppressed = async (channel: string, address: string) =>
      (await api.call('GET', `/v1/suppressions?channel=${channel}&address=${encodeURIComponent(address)}`)).body.data.map(
        (each: { reason: string }) => each.reason,
      )
    expect(await suppressed('sms', person.phone)).toEqual(['manual'])
    expect(await suppressed('email', person.email)).toEqual(['unsubscribed'])
    expect(await rows(`SELECT count(*)::int AS n FROM provider_event`)).toEqual([{ n: 1 }])
    expect((await api.call('GET', path('bystander'))).status).toBe(200)
  })
})
