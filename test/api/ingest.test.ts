import { Analytics } from '@segment/analytics-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApi, testApi } from '../support/api.ts'

let api: TestApi
let key: string
beforeAll(async () => {
  api = await testApi()
  key = await api.key('ingest')
})
afterAll(() => api.close())

const post = (path: string, body: unknown, headers: Record<string, string> = {}) => api.call('POST', path, body, { key, headers })
const count = async (what: string) => (await api.db.pool.query(`SELECT count(*) AS n FROM ${what}`)).rows[0].n as number

describe('Segment’s HTTP spec', () => {
  test('the npm client works with its host changed and nothing else', async () => {
    const host = await api.app.listen({ port: 0, host: '127.0.0.1' })
    const analytics = new Analytics({ writeKey: key, host, flushAt: 5 })
    const failures: unknown[] = []
    analytics.on('error', error => failures.push(error))
    analytics.identify({ userId: 'sdk-1', traits: { email: 'sdk@example.com', plan: 'pro', createdAt: new Date('2025-01-01') } })
    analytics.track({ userId: 'sdk-1', event: 'Order Completed', properties: { revenue: 25, currency: 'EUR' } })
    analytics.page({ userId: 'sdk-1', name: 'Home', properties: { url: 'https://example.com' } })
    analytics.screen({ anonymousId: 'sdk-anon', name: 'Start' })
    analytics.group({ userId: 'sdk-1', groupId: 'acme', traits: { seats: 3 } })
    await analytics.closeAndFlush()
    expect(failures).toEqual([])
    const { rows } = await api.db.pool.query(`SELECT c.external_id, email, attributes, array_agg(n.name ORDER BY n.name) AS events
      FROM customer c JOIN event e ON e.customer = c.id JOIN event_name n ON n.id = e.name WHERE external_id LIKE '%sdk%' GROUP BY c.id ORDER BY 1`)
    expect(rows).toEqual([
      { external_id: 'anonymous:sdk-anon', email: null, attributes: {}, events: ['screen'] },
      {
        external_id: 'sdk-1',
        email: 'sdk@example.com',
        attributes: { plan: 'pro', groupId: 'acme', group: { seats: 3 } },
        events: ['Order Completed', 'page'],
      },
    ])
  })

  test('the npm client’s alias makes one of an anonymous visitor and a customer', async () => {
    const address = api.app.server.address()
    const host = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : await api.app.listen({ port: 0 })
    const analytics = new Analytics({ writeKey: key, host, flushAt: 1 })
    analytics.track({ anonymousId: 'sdk-visitor', event: 'Viewed' })
    await analytics.flush()
    analytics.alias({ userId: 'sdk-2', previousId: 'sdk-visitor' })
    await analytics.closeAndFlush()
    const { rows } = await api.db.pool.query(`SELECT external_id, count FROM customer c JOIN event_stat s ON s.customer = c.id
      WHERE external_id IN ('sdk-2', 'anonymous:sdk-visitor')`)
    expect(rows).toEqual([{ external_id: 'sdk-2', count: 1 }])
  })

  test.each([
    ['track', { userId: 'one', event: 'Login' }],
    ['identify', { userId: 'one', traits: { plan: 'pro' } }],
    ['page', { userId: 'one', name: 'Home' }],
    ['screen', { anonymousId: 'one' }],
    ['group', { userId: 'one', groupId: 'g' }],
  ])('POST /v1/%s takes one call', async (kind, call) => {
    const answer = await post(`/v1/${kind}`, call)
    expect([answer.status, answer.body]).toEqual([200, { success: true }])
  })

  test('text/plain is taken as JSON, as browsers send it', async () => {
    const answer = await post('/v1/track', JSON.stringify({ userId: 'beacon', event: 'Login' }), {
      'content-type': 'text/plain;charset=UTF-8',
    })
    expect(answer.status).toBe(200)
  })

  test('an anonymous history becomes the history of who identifies, and what still comes under the old name too', async () => {
    const shop = (anonymousId: string, messageId: string) => ({ type: 'track', anonymousId, event: 'Viewed', messageId })
    await post('/v1/batch', {
      batch: [shop('device-7', 'm1'), { type: 'identify', anonymousId: 'device-7', traits: { theme: 'dark', plan: 'none' } }],
    })
    await post('/v1/identify', { userId: 'merged', anonymousId: 'device-7', traits: { plan: 'pro' } })
    await post('/v1/batch', { batch: [shop('device-7', 'm2'), shop('device-7', 'm1')] })
    const { rows } =
      await api.db.pool.query(`SELECT c.external_id, c.attributes, s.count, (SELECT count(*)::int FROM event e WHERE e.customer = c.id) AS events
      FROM customer c JOIN event_stat s ON s.customer = c.id WHERE c.external_id IN ('merged', 'anonymous:device-7')`)
    expect(rows).toEqual([{ external_id: 'merged', attributes: { theme: 'dark', plan: 'pro' }, count: 2, events: 2 }])
  })

  test('alias makes one of two customers: counts add up, the newer consent holds, the stay goes along', async () => {
    const at = (day: number) => new Date(Date.UTC(2026, 0, day)).toISOString()
    await post('/v1/batch', {
      batch: [
        {
          type: 'identify',
          userId: 'old-name',
          timestamp: at(2),
          traits: { email: 'one@example.com', consents: { email: 'unsubscribed', sms: 'subscribed' } },
        },
        {
          type: 'identify',
          userId: 'new-name',
          timestamp: at(1),
          traits: { firstName: 'Uma', consents: { email: 'subscribed' } },
        },
        { type: 'track', userId: 'old-name', event: 'Paid', properties: { revenue: 10 } },
        { type: 'track', userId: 'new-name', event: 'Paid', properties: { revenue: 5 } },
      ],
    })
    await api.db.pool.query(`INSERT INTO enrollment (run, customer, version, goal, state, place, due, entered_at)
      SELECT 991, id, 1, 'g', 'waiting', 0, now(), now() FROM customer WHERE external_id = 'old-name'`)
    expect((await post('/v1/alias', { userId: 'new-name', previousId: 'old-name' })).status).toBe(200)
    expect((await post('/v1/alias', { userId: 'new-name', previousId: 'old-name' })).status).toBe(200)
    await post('/v1/track', { userId: 'old-name', event: 'Paid', properties: { revenue: 1 } })
    const { rows } = await api.db.pool.query(`SELECT c.id, external_id, email, first_name, s.count, s.sum,
      (SELECT json_object_agg(channel, status ORDER BY channel) FROM consent k WHERE k.customer = c.id) AS consents,
      (SELECT count(*)::int FROM enrollment e WHERE e.customer = c.id) AS stays
      FROM customer c JOIN event_stat s ON s.customer = c.id WHERE c.external_id IN ('old-name', 'new-name')`)
    expect(rows).toEqual([
      {
        id: expect.any(Number),
        external_id: 'new-name',
        email: 'one@example.com',
        first_name: 'Uma',
        count: 3,
        sum: 16,
        consents: { email: 'unsubscribed', sms: 'subscribed' },
        stays: 1,
      },
    ])
  })

  test('a group call puts its customer in an account, whose traits it keeps', async () => {
    await post('/v1/group', { userId: 'g1', groupId: 'initech', traits: { seats: 3, plan: 'free' } })
    await post('/v1/group', { userId: 'g2', groupId: 'initech', traits: { seats: 40, plan: null } })
    const { rows } = await api.db.pool.query(`SELECT a.key, a.traits, array_agg(c.external_id ORDER BY c.id) AS members
      FROM account a JOIN customer c ON c.account = a.id WHERE a.key = 'initech' GROUP BY a.id`)
    expect(rows).toEqual([{ key: 'initech', traits: { seats: 40 }, members: ['g1', 'g2'] }])
  })

  test('amounts count in the reporting currency, by the table of the settings; what one without a rate is worth is unknown', async () => {
    const before = (await api.call('GET', '/v1/settings')).body
    await api.call('PUT', '/v1/settings', { ...before, currencies: { reporting: 'EUR', rates: { SEK: 0.1, USD: 0.9 } } })
    const order = (revenue: unknown, currency?: string) => ({
      type: 'track',
      userId: 'rich',
      event: 'Order Completed',
      properties: { revenue, currency },
    })
    await post('/v1/batch', {
      batch: [order(1000, 'SEK'), order('50', 'USD'), order(7, 'EUR'), order(3), order(2, 'CHF'), order(4, 'eur')],
    })
    const { rows } =
      await api.db.pool.query(`SELECT sum, (SELECT array_agg(value ORDER BY e.id) FROM event e WHERE e.customer = c.id) AS values
      FROM customer c JOIN event_stat s ON s.customer = c.id WHERE external_id = 'rich'`)
    expect(rows).toEqual([{ sum: 159, values: [100, 45, 7, 3, null, 4] }])
  })

  test('what a profile said before is kept', async () => {
    await post('/v1/identify', { userId: 'changing', traits: { plan: 'free', email: 'a@example.com' } })
    await post('/v1/identify', { userId: 'changing', traits: { plan: 'pro', email: 'b@example.com' } })
    await post('/v1/identify', { userId: 'changing', traits: { plan: 'pro', seats: 3 } })
    const { rows } = await api.db.pool.query(
      `SELECT name, value FROM profile_change p JOIN customer c ON c.id = p.customer WHERE external_id = 'changing' ORDER BY 1`,
    )
    expect(rows).toEqual([
      { name: 'email', value: 'a@example.com' },
      { name: 'plan', value: 'free' },
      // That it said nothing before is kept too, of whoever was known before.
      { name: 'seats', value: null },
    ])
  })
})

describe('a bad call', () => {
  test('is named by its place in the batch, and none of the batch is stored', async () => {
    const before = await count('event')
    const good = { type: 'track', userId: 'u', event: 'Login' }
    const answer = await post('/v1/batch', { batch: [good, { type: 'track', userId: 'u' }, good, { ...good, timestamp: 'x' }] })
    expect(answer.status).toBe(400)
    expect(answer.body.errors.map((each: { path: string }) => each.path)).toEqual(['/batch/1/event', '/batch/3/timestamp'])
    const future = await post('/v1/batch', { batch: [good, { ...good, timestamp: '2999-01-01T00:00:00Z' }] })
    expect([future.status, future.body.errors[0].path]).toEqual([400, '/batch/1/timestamp'])
    expect(await count('event')).toBe(before)
  })

  test.each([
    ['an empty batch', { batch: [] }, '/batch'],
    ['no batch', {}, '/batch'],
    ['more than 1000 calls', { batch: Array(1001).fill({ type: 'track', userId: 'u', event: 'e' }) }, '/batch'],
    [
      'U+0000 in a property',
      { batch: [{ type: 'track', userId: 'u', event: 'e', properties: { a: ['\0'] } }] },
      '/batch/0/properties/a/0',
    ],
    ['U+0000 in a key', { batch: [{ type: 'track', userId: 'u', event: 'e', properties: { 'a\0': 1 } }] }, '/batch/0/properties'],
    ['a lone surrogate', { batch: [{ type: 'track', userId: '\udc00', event: 'e' }] }, '/batch/0/userId'],
  ])('%s', async (_, body, path) => {
    const answer = await post('/v1/batch', body)
    expect([answer.status, answer.body.errors[0].path]).toEqual([400, path])
  })

  test('and a body beyond 8 MiB is 413, one below it is taken', async () => {
    const call = (size: number) => ({
      batch: [{ type: 'track', userId: 'big', event: 'e', properties: { text: 'x'.repeat(size) } }],
    })
    expect((await post('/v1/batch', call(8 * 1024 * 1024))).status).toBe(413)
    expect((await post('/v1/batch', call(8 * 1024 * 1024 - 1000))).status).toBe(200)
  })
})

describe('who may', () => {
  test('an ingest key sends events and reads nothing', async () => {
    expect((await api.call('GET', '/v1/settings', undefined, { key })).status).toBe(403)
  })

  test('a viewer sends nothing', async () => {
    expect((await api.call('POST', '/v1/track', { userId: 'u', event: 'e' }, { key: await api.key('viewer') })).status).toBe(403)
  })
})

test('runs for which something was written are rung', async () => {
  await post('/v1/track', { userId: 'ring', event: 'Rung' })
  await api.db.pool.query(`INSERT INTO watch SELECT id, 77 FROM event_name WHERE name = 'Rung'`)
  await post('/v1/track', { userId: 'ring', event: 'Rung' })
  expect(api.temporal.rung).toEqual([77])
})

test('with the database away it is 503, to be tried again', async () => {
  const other = await testApi()
  await other.db.pool.end()
  const answer = await other.call('POST', '/v1/track', { userId: 'u', event: 'e' })
  expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2'])
  expect((await other.call('GET', '/readyz')).status).toBe(503)
  await other.close().catch(() => {})
})
