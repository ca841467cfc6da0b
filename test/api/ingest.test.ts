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

  test('alias says that it does not stand yet', async () => {
    expect((await post('/v1/alias', { userId: 'a', previousId: 'b' })).status).toBe(501)
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
