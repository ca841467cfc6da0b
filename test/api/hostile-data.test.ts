import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createImports } from '../../activities/imports.ts'
import { importIds } from '../../domain/ids.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import { type TestApi, testApi } from '../support/api.ts'

let api: TestApi
const now = new Date('2026-06-01T12:00:00Z')
beforeAll(async () => {
  api = await testApi({ clock: () => now })
})
afterAll(() => api.close())

const query = (params: Record<string, string>) => new URLSearchParams(params)
const upload = (file: string | Buffer, params: Record<string, string>) =>
  api.call('POST', `/v1/imports?${query(params)}`, file, { headers: { 'content-type': 'text/csv' } })
async function take(file: string | Buffer, params: Record<string, string>) {
  const { status, body } = await upload(file, params)
  expect([status, body]).toEqual([202, { id: expect.any(String) }])
  const { importSome } = createImports({
    db: api.db,
    settings: () => readSettings(api.db),
    links: { secretKey: 'a secret of the tests, long enough' },
  })
  while ((await importSome({ import: importIds.read(body.id)!, at: now.getTime() })).state !== 'done');
  return (await api.call('GET', `/v1/imports/${body.id}`)).body
}
const codes = (done: { rejections: { line: number; code: string }[] }) => done.rejections.map(({ line, code }) => [line, code])
const profile = async (id: string) => (await api.call('GET', `/v1/customers/${encodeURIComponent(id)}`)).body
const preview = (rule: unknown) => api.call('POST', '/v1/segments/preview', typeof rule === 'string' ? rule : { rule })
const matches = async (rule: unknown) => (await preview(rule)).body.sample

describe('a hostile file', () => {
  test.each([
    ['UTF-16, big end first', Buffer.from('\ufeffexternalId,plan\nx,y', 'utf16le').swap16(), 'badEncoding'],
    ['UTF-16 without a mark', Buffer.from('externalId,plan\nx,y', 'utf16le'), 'badEncoding'],
    ['a mark and nothing else', Buffer.from('\ufeff'), 'empty'],
    ['lines without a header', '1,2,3\n4,5,6', 'missingField'],
    ['a header in Latin-1', Buffer.from('externalId,stra\xdfe\nx,y', 'latin1'), 'badEncoding'],
    ['a header that never closes its quote', `"externalId,plan\n${'x,y\n'.repeat(2_000)}`, 'brokenQuotes'],
    ['a header of 10 MB', `externalId${',column'.repeat(1_500_000)}\nx`, 'tooLong'],
    ['a thousand and one columns', `externalId${Array.from({ length: 1_000 }, (_, i) => `,c${i}`).join('')}\nx`, 'tooLarge'],
  ])('is refused by its beginning: %s', async (_what, file, code) => {
    const { status, body } = await upload(file, { kind: 'customers' })
    expect([status, body.errors[0].code]).toEqual([422, code])
  })

  test('costs its bad lines and no other: Latin-1, 10 MB, open quotes, odd names, the same person twice', async () => {
    const file = Buffer.concat([
      Buffer.from('externalId;plan;__proto__;constructor\n'),
      Buffer.from('good-1;pro;a;b\n'),
      Buffer.from('stra\xdfe;pro\n', 'latin1'),
      Buffer.from(`huge;${'x'.repeat(10 * 1024 * 1024)}\n`),
      Buffer.from('open;"pro\n'),
      Buffer.from('nul\0;pro\n'),
      Buffer.from('good-2;one\n'),
      Buffer.from('good-2;two\n'),
      Buffer.from(`${'n'.repeat(600)};pro\n`),
    ])
    const done = await take(file, { kind: 'customers' })
    expect(done).toMatchObject({ status: 'completed', accepted: 3, rejected: 5, total: 8 })
    expect(codes(done)).toEqual([
      [3, 'badEncoding'],
      [4, 'tooLong'],
      [5, 'brokenQuotes'],
      [6, 'badEncoding'],
      [9, 'invalid'],
    ])
    expect((await profile('good-2')).attributes).toEqual({ plan: 'two' })
    const held = JSON.stringify((await profile('good-1')).attributes)
    expect(JSON.parse(held)).toMatchObject({ plan: 'pro', constructor: 'b' })
    expect(await take('externalId\n', { kind: 'customers' })).toMatchObject({ status: 'completed', total: 0, accepted: 0 })
  })

  test('of calls too: surrogates, nothing, numbers, 10 MB, depth, an array of calls', async () => {
    const call = (more: object) => JSON.stringify({ type: 'track', userId: 'nd', event: 'E', ...more })
    const deep = `{"type":"track","userId":"nd","event":"E","properties":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`
    const lines = [
      call({ messageId: 'm1' }),
      call({ messageId: 'm1' }),
      '{"type":"track","userId":"nd","event":"\\ud800"}',
      '{"type":"track","userId":"nd","event":"ok","properties":{"\\udc00":1}}',
      `[${call({})}]`,
      '17',
      'null',
      `{"type":"track","userId":"nd","event":"${'x'.repeat(10 * 1024 * 1024)}"}`,
      deep,
      call({ properties: { emoji: '🦄' } }),
    ]
    const done = await take(lines.join('\n'), { format: 'ndjson' })
    expect(done.accepted + done.rejected).toBe(10)
    const rejected = codes(done)
    expect(rejected).toEqual([
      [3, 'unstorable'],
      [4, 'unstorable'],
      [5, 'invalid'],
      [6, 'invalid'],
      [7, 'invalid'],
      [8, 'tooLong'],
      [9, 'tooDeep'],
    ])
    expect(done.duplicates).toBe(1)
  })
})

describe('a hostile rule', () => {
  const nested = (depth: number) => `{"rule":${'{"not":'.repeat(depth)}{"attribute":"a","is":1}${'}'.repeat(depth)}}`
  test.each<[string, unknown]>([
    ['a hundred thousand terms', { any: Array.from({ length: 100_000 }, (_, i) => ({ attribute: 'a', is: i })) }],
    [
      'terms in terms',
      { all: Array.from({ length: 400 }, () => ({ any: Array.from({ length: 400 }, () => ({ attribute: 'a', is: 1 })) })) },
    ],
    ['depth 40', nested(40)],
    ['depth 5,000', nested(5_000)],
    ['depth 500,000', nested(500_000)],
    ['a list of 100,000', { attribute: 'a', in: Array.from({ length: 100_000 }, (_, i) => i) }],
    ['a NUL', { attribute: 'a', is: 'x\0y' }],
    ['a NUL in a name', { attribute: 'a\0', is: 1 }],
    ['half a surrogate', '{"rule":{"attribute":"a","contains":"\\ud800"}}'],
    ['a path of a hundred parts', { attribute: Array(100).fill('a').join('.'), is: 1 }],
    ['a number that is none', '{"rule":{"attribute":"a","gt":1e999}}'],
    ['a window of a million years', { event: 'E', within: '999999999w' }],
  ])('is refused: %s', async (_what, rule) => {
    const { status, headers } = await preview(rule)
    expect([400, 413, 422]).toContain(status)
    expect(headers['content-type']).toMatch(/^application\/problem\+json/)
  })

  test.each<[string, unknown]>([
    ['a text of a megabyte', { attribute: 'a', contains: 'x'.repeat(1_000_000) }],
    ['the highest number', { attribute: 'a', gt: Number.MAX_VALUE }],
    ['the largest list', { attribute: 'a', in: Array.from({ length: 10_000 }, (_, i) => `v${i}`) }],
    ['odd letters', { attribute: 'ẞ.İ.🦄', startsWith: '%_\\' }],
  ])('that is only odd is answered or refused, never a fault of ours: %s', async (_what, rule) => {
    expect([200, 400, 413, 422]).toContain((await preview(rule)).status)
  })
})

describe('odd histories', () => {
  const at = (day: number) => ({ timestamp: `2026-05-${String(day).padStart(2, '0')}T00:00:00Z` })
  const track = (userId: string, event: string, properties: object, day: number) => ({
    type: 'track',
    userId,
    event,
    properties,
    ...at(day),
  })
  const batch = async (...calls: object[]) => expect((await api.call('POST', '/v1/batch', { batch: calls })).status).toBe(200)

  test('the same batch from many senders at once counts once, whatever else is in theirs', async () => {
    const shared = Array.from({ length: 60 }, (_, i) => ({
      ...track(`twin-${i % 7}`, 'Twin', { revenue: 1 }, 3),
      messageId: `twin-${i}`,
    }))
    await Promise.all(
      Array.from({ length: 8 }, (_, sender) =>
        batch(...shared.toSorted(() => (sender % 2 ? 1 : -1)), { ...track('twin-0', 'Own', {}, 3), messageId: `own-${sender}` }),
      ),
    )
    const { rows } =
      await api.db.pool.query(`SELECT n.name, sum(s.count)::int AS counted, sum(s.sum) AS sum, (SELECT count(*)::int FROM event e WHERE e.name = n.id) AS events
      FROM event_stat s JOIN event_name n ON n.id = s.name WHERE n.name IN ('Twin', 'Own') GROUP BY n.id ORDER BY 1`)
    expect(rows).toEqual([
      { name: 'Own', counted: 8, sum: 0, events: 8 },
      { name: 'Twin', counted: 60, sum: 60, events: 60 },
    ])
  })

  test('what is nested without end is refused with its place, and so is a batch that holds it', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    for (const bad of [
      `{"type":"track","userId":"d","event":"E","properties":{"a":${deep}}}`,
      `{"type":"identify","userId":"d","traits":{"a":${deep}}}`,
    ]) {
      const { status, body } = await api.call('POST', '/v1/batch', `{"batch":[${JSON.stringify(track('d', 'E', {}, 1))},${bad}]}`)
      expect([status, body.status]).toEqual([400, 400])
    }
    expect((await profile('d')).status).toBe(404)
  })

  test('times: a day ahead is now, more is refused with its place, long ago counts on its day', async () => {
    const ahead = await api.call('POST', '/v1/batch', {
      batch: [track('t', 'E', {}, 1), { ...track('t', 'E', {}, 1), timestamp: '2026-06-03T12:00:00Z' }],
    })
    expect([ahead.status, ahead.body.errors[0].path, ahead.body.errors[0].code]).toEqual([400, '/batch/1/timestamp', 'future'])
    await batch(
      { ...track('t', 'E', {}, 1), timestamp: '2026-06-02T11:00:00Z' },
      { ...track('t', 'E', {}, 1), timestamp: '1999-12-31T23:59:59.999Z' },
    )
    expect((await profile('t')).events).toEqual([
      { event: 'E', count: 2, firstAt: '1999-12-31T23:59:59.999Z', lastAt: now.toISOString(), sum: 0 },
    ])
  })

  test('a cancellation before the start it belongs to leaves what was true last, in every order of arrival', async () => {
    const told = (who: string) => [
      track(who, 'Trial Started', { plan: 'pro', trialEndsAt: '2026-05-10T00:00:00Z' }, 1),
      track(who, 'Subscription Started', { mrr: 20, currency: 'EUR' }, 5),
      track(who, 'Subscription Cancelled', { reason: 'price' }, 9),
    ]
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]
    const seen = new Set<string>()
    for (const [i, order] of orders.entries()) {
      for (const each of order) await batch(told(`sub-${i}`)[each]!)
      const { subscription } = await profile(`sub-${i}`)
      seen.add(JSON.stringify(subscription))
    }
    expect([...seen].map(each => JSON.parse(each))).toEqual([
      expect.objectContaining({
        status: 'cancelled',
        reason: 'price',
        plan: 'pro',
        mrr: 20,
        cancelledAt: expect.stringContaining('2026-05-09'),
      }),
    ])
  })

  test('refunds larger than their order, of nothing, in another currency, and orders of nothing', async () => {
    const money = (event: string, orderId: string, revenue: number, currency: string) =>
      track('refunded', event, { orderId, revenue, currency }, 4)
    await batch(
      money('Order Completed', 'o1', 10, 'EUR'),
      money('Order Refunded', 'o1', 25, 'EUR'),
      money('Order Completed', 'o2', 0, 'EUR'),
      money('Order Completed', 'o3', 30, 'EUR'),
      money('Order Refunded', 'o3', 10, 'EUR'),
      money('Order Refunded', 'never', 99, 'EUR'),
    )
    const { body } = await api.call('GET', '/v1/metrics/purchaseFrequency?from=2026-05-01&to=2026-06-01')
    expect(body).toMatchObject({ numerator: 2, denominator: 1, value: 2 })
    const spent = await api.call('GET', '/v1/metrics/clv?definition=totalBusiness&from=2026-05-01&to=2026-06-01')
    expect([spent.status, JSON.stringify(spent.body)]).toEqual([200, expect.not.stringContaining('NaN')])
    await batch(money('Order Refunded', 'o3', 5, 'JPY'))
    expect((await api.call('GET', '/v1/metrics/purchaseFrequency?from=2026-05-01&to=2026-06-01')).status).toBe(200)
  })

  test('a group call for an account nobody knows makes it, and rules see its traits; who has none is as one that says nothing', async () => {
    await batch(
      { type: 'group', userId: 'member', groupId: 'Ünïcorp', traits: { seats: 12, tier: null }, ...at(2) },
      { type: 'group', anonymousId: 'ghost', groupId: 'Ünïcorp', ...at(2) },
      { type: 'group', userId: 'lone', groupId: 77, ...at(2) },
    )
    expect(await matches({ account: 'seats', gte: 10 })).toEqual(expect.arrayContaining(['member', 'anonymous:ghost']))
    expect(
      await matches({
        all: [
          { account: 'key', is: '77' },
          { account: 'seats', exists: false },
        ],
      }),
    ).toEqual(['lone'])
    expect(
      await matches({
        all: [
          { account: 'tier', exists: false },
          { attribute: 'externalId', is: 'member' },
        ],
      }),
    ).toEqual(['member'])
  })
})
