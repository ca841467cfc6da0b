import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSegmentHistory } from '../../activities/segment-history.ts'
import { sql } from '../../domain/sql.ts'
import { type TestApi, testApi } from '../support/api.ts'

let api: TestApi
const now = new Date('2026-06-01T12:00:00Z')
beforeAll(async () => {
  api = await testApi({ clock: () => now })
  const ingest = await api.key('ingest')
  const batch = [
    ...['anna', 'bo', 'cleo'].map(userId => ({
      type: 'identify',
      userId,
      traits: { plan: 'pro', email: `${userId}@example.com` },
    })),
    { type: 'identify', userId: 'Дарья/4', traits: { plan: 'free' } },
    { type: 'track', userId: 'anna', event: 'Login' },
  ]
  await api.call('POST', '/v1/batch', { batch }, { key: ingest })
})
afterAll(() => api.close())

const pro = { attribute: 'plan', is: 'pro' }
const make = (key: string, rule: unknown) => api.call('POST', '/v1/segments', { key, name: key, rule })

describe('a segment', () => {
  test('is made, read, changed and deleted, each time with its version', async () => {
    const made = await make('pros', pro)
    expect(made.status).toBe(201)
    expect(made.headers.etag).toBe('"1"')
    expect(made.body).toEqual({
      key: 'pros',
      name: 'pros',
      rule: pro,
      summary: 'plan is "pro"',
      version: 1,
      createdAt: now.toISOString(),
      updatedAt: now.toISOString(),
    })
    expect((await make('pros', pro)).status).toBe(409)
    expect((await api.call('GET', '/v1/segments/pros')).body).toEqual(made.body)

    const stale = await api.call('PUT', '/v1/segments/pros', made.body, { headers: { 'if-match': '"7"' } })
    expect(stale.status).toBe(412)
    const changed = await api.call(
      'PUT',
      '/v1/segments/pros',
      { ...made.body, name: 'Paying' },
      { headers: { 'if-match': '"1"' } },
    )
    expect([changed.status, changed.headers.etag, changed.body.name]).toEqual([200, '"2"', 'Paying'])

    expect((await api.call('DELETE', '/v1/segments/pros', undefined, { headers: { 'if-match': '"1"' } })).status).toBe(412)
    expect((await api.call('DELETE', '/v1/segments/pros')).status).toBe(204)
    expect((await api.call('GET', '/v1/segments/pros')).status).toBe(404)
    const { rows } = await api.db.pool.query(`SELECT actor, action FROM audit WHERE target = 'pros' ORDER BY id`)
    expect(rows).toEqual(['made', 'changed', 'deleted'].map(did => ({ actor: 'owner', action: `segment.${did}` })))
  })

  test('answers now: who was ingested a moment ago is in it', async () => {
    await make('seen', { event: 'Login', within: '1h' })
    const members = () => api.call('GET', '/v1/segments/seen/members')
    expect((await members()).body.data.map((m: { externalId: string }) => m.externalId)).toEqual(['anna'])
    await api.call('POST', '/v1/track', { userId: 'bo', event: 'Login' }, { key: await api.key('ingest') })
    expect((await members()).body.data.map((m: { externalId: string }) => m.externalId)).toEqual(['anna', 'bo'])
  })

  test('lists its members page by page, and every one once', async () => {
    await make('all', { all: [] })
    const found: string[] = []
    for (let cursor = ''; ; ) {
      const { body } = await api.call('GET', `/v1/segments/all/members?limit=3${cursor}`)
      found.push(...body.data.map((m: { externalId: string }) => m.externalId))
      if (body.next === null) break
      cursor = `&cursor=${encodeURIComponent(body.next)}`
    }
    expect(found.toSorted()).toEqual(['anna', 'bo', 'cleo', 'Дарья/4'].toSorted())
    const listed = await api.call('GET', '/v1/segments?limit=1')
    expect([listed.body.data.length, listed.body.next === null]).toEqual([1, false])
  })

  test('that another uses is not deleted', async () => {
    await make('inner', pro)
    await make('outer', { all: [{ segment: 'inner' }] })
    const refused = await api.call('DELETE', '/v1/segments/inner')
    expect([refused.status, refused.body.errors[0].code]).toEqual([409, 'inUse'])
  })
})

test('a saved segment says where it looks further back than raw events are kept, also by way of another', async () => {
  const { body: settings } = await api.call('GET', '/v1/settings')
  await api.call('PUT', '/v1/settings', { ...settings, eventRetention: '60d' })
  await make('steady', { event: 'Login', count: { gte: 2 }, within: '90d' })
  await make('unsteady', { not: { segment: 'steady' } })
  const warned = async (key: string) => (await api.call('GET', `/v1/segments/${key}`)).body
  expect((await warned('steady')).warnings).toMatchObject([{ path: '/rule', code: 'beyondRetention' }])
  const unsteady = await warned('unsteady')
  expect(unsteady.warnings).toMatchObject([{ path: '/rule/not', code: 'beyondRetention' }])
  expect((await api.call('POST', '/v1/segments/preview', { rule: unsteady.rule })).body.warnings).toMatchObject(unsteady.warnings)
  expect((await api.call('PUT', '/v1/segments/unsteady', unsteady)).status).toBe(200)
  await api.call('PUT', '/v1/settings', { ...(await api.call('GET', '/v1/settings')).body, eventRetention: null })
  expect(await warned('steady')).not.toHaveProperty('warnings')
})

test('the history of a segment says who entered and left, newest first', async () => {
  await make('kept', pro)
  const { sweepSegments } = createSegmentHistory({ db: api.db })
  await sweepSegments({ at: now.getTime() })
  const ingest = await api.key('ingest')
  await api.call('POST', '/v1/identify', { userId: 'bo', traits: { plan: 'free' } }, { key: ingest })
  await api.call('POST', '/v1/identify', { userId: 'new', traits: { plan: 'pro' } }, { key: ingest })
  await sweepSegments({ at: now.getTime() + 60_000 })
  await api.call('POST', '/v1/identify', { userId: 'bo', traits: { plan: 'pro' } }, { key: ingest })
  await sweepSegments({ at: now.getTime() + 120_000 })
  const { body } = await api.call('GET', '/v1/segments/kept/history?limit=2')
  const rest = await api.call('GET', `/v1/segments/kept/history?cursor=${body.next}`)
  const [first, second] = [60_000, 120_000].map(later => new Date(now.getTime() + later).toISOString())
  expect(body.data[0]).toEqual({ at: second, externalId: 'bo', change: 'entered' })
  expect(new Set([body.data[1], ...rest.body.data])).toEqual(
    new Set([
      { at: first, externalId: 'new', change: 'entered' },
      { at: first, externalId: 'bo', change: 'left' },
    ]),
  )
  await api.db.pool.query(`DELETE FROM customer WHERE external_id = 'new'`)
})

describe('a preview', () => {
  test('counts without saving anything', async () => {
    const { status, body } = await api.call('POST', '/v1/segments/preview', { rule: pro })
    expect(status).toBe(200)
    expect(body).toMatchObject({ count: 3, of: 4, summary: 'plan is "pro"', tookMs: expect.any(Number) })
    expect(body.sample.toSorted()).toEqual(['anna', 'bo', 'cleo'])
  })
})

describe('a rule that cannot mean anything is refused with the place', () => {
  beforeAll(async () => {
    await make('ring-a', pro)
    await make('ring-b', { not: { segment: 'ring-a' } })
  })
  const deep = (levels: number): unknown => (levels === 0 ? pro : { not: deep(levels - 1) })
  test.each([
    ['an unknown segment', { all: [pro, { segment: 'nobody' }] }, 422, '/rule/all/1/segment', 'unknownSegment'],
    ['too many terms', { any: Array.from({ length: 600 }, () => pro) }, 422, '/rule', 'tooLarge'],
    ['nesting too deep', deep(21), 422, `/rule${'/not'.repeat(20)}`, 'tooDeep'],
    ['a comparison that nothing passes', { not: { attribute: 'email', gt: 5 } }, 422, '/rule/not/gt', 'wrongOperator'],
    ['an unknown kind', { all: [{ weather: 'fine' }] }, 400, '/rule/all/0/weather', 'unknownKind'],
  ])('%s', async (_what, rule, status, path, code) => {
    const { status: got, body } = await api.call('POST', '/v1/segments/preview', { rule })
    expect([got, body.errors[0].path, body.errors[0].code]).toEqual([status, path, code])
  })

  test('itself', async () => {
    const { status, body } = await make('self', { any: [{ segment: 'self' }] })
    expect([status, body.errors[0].path, body.errors[0].code]).toEqual([422, '/rule/any/0/segment', 'cycle'])
  })

  test('a circle through another, which closes only with the change', async () => {
    const { status, body } = await api.call('PUT', '/v1/segments/ring-a', { name: 'a', rule: { segment: 'ring-b' } })
    expect([status, body.errors[0].path, body.errors[0].code]).toEqual([422, '/rule/segment', 'cycle'])
    expect((await api.call('GET', '/v1/segments/ring-a')).body.rule).toEqual(pro)
  })

  test('a list of a hundred thousand values', async () => {
    const rule = { attribute: 'plan', in: Array.from({ length: 100_000 }, (_, i) => `p${i}`) }
    const { status, body } = await api.call('POST', '/v1/segments/preview', { rule })
    expect([status, body.errors[0].code]).toEqual(
      [413, 'tooLarge'].includes(status) ? [413, body.errors[0].code] : [422, 'tooLarge'],
    )
  })

  test.each(['', 'with space', '/slash', 'ü'.repeat(101)])('the key %j', async key => {
    expect((await make(key, pro)).body.errors[0].path).toBe('/key')
  })
})

test('only who may draft makes segments; everybody who reads may see and count them, who only sends may not', async () => {
  const viewer = await api.key('viewer')
  expect((await api.call('POST', '/v1/segments', { key: 'x', name: 'x', rule: pro }, { key: viewer })).status).toBe(403)
  expect((await api.call('GET', '/v1/segments', undefined, { key: viewer })).status).toBe(200)
  expect((await api.call('POST', '/v1/segments/preview', { rule: pro }, { key: viewer })).status).toBe(200)
  expect((await api.call('POST', '/v1/segments/preview', { rule: pro }, { key: await api.key('ingest') })).status).toBe(403)
})

test('segments are listed page after page, and found by a part of their name or key in any case', async () => {
  await api.db.run(sql`INSERT INTO segment (key, name, rule, created_at, updated_at)
    SELECT 'many-' || to_char(n, 'FM0000'), 'One of many, ' || n || '%', '{"all": []}', now(), now() FROM generate_series(1, 1200) n`)
  const found: string[] = []
  for (let cursor = ''; ; ) {
    const { body } = await api.call('GET', `/v1/segments?limit=500&q=MANY-${cursor && `&cursor=${cursor}`}`)
    found.push(...body.data.map((each: { key: string }) => each.key))
    if (body.next === null) break
    cursor = body.next
  }
  expect([found.length, new Set(found).size, found.at(-1)]).toEqual([1200, 1200, 'many-1200'])
  const exact = await api.call('GET', `/v1/segments?q=${encodeURIComponent('MANY, 77%')}`)
  expect(exact.body.data.map((each: { key: string }) => each.key)).toEqual(['many-0077'])
  await api.db.run(sql`DELETE FROM segment WHERE key LIKE 'many-%'`)
})

test('a segment says who uses it: campaigns and segments that name it, and those that do by way of another', async () => {
  await make('used-base', pro)
  await make('used-by', { not: { segment: 'used-base' } })
  await make('used-far', { any: [{ segment: 'used-by' }, pro] })
  await make('used-not', pro)
  const campaign = (name: string, more: object) =>
    api.call('POST', '/v1/campaigns', {
      name,
      trigger: { kind: 'now' },
      audience: { all: [] },
      goals: [{ key: 'g', kind: 'education', journey: [{ kind: 'wait', for: '1d' }] }],
      ...more,
    })
  const one = (await campaign('By its trigger', { trigger: { kind: 'segmentEntry', segment: 'used-base' } })).body.id
  const two = (await campaign('Far', { audience: { segment: 'used-far' } })).body.id
  await campaign('Not at all', { audience: { segment: 'used-not' } })
  const viewer = await api.key('viewer')
  const { status, body } = await api.call('GET', '/v1/segments/used-base/uses', undefined, { key: viewer })
  expect([status, body]).toEqual([
    200,
    {
      segments: [
        { key: 'used-by', name: expect.anything() },
        { key: 'used-far', name: expect.anything(), through: 'used-by' },
      ],
      campaigns: [
        { id: two, name: 'Far', draft: true, running: false, through: 'used-far' },
        { id: one, name: 'By its trigger', draft: true, running: false },
      ],
    },
  ])
  await api.call('POST', `/v1/campaigns/${one}/launch`)
  const { version } = (await api.call('GET', `/v1/campaigns/${one}`)).body
  const { data } = (await api.call('GET', `/v1/campaigns?q=trigger`)).body
  expect(data.map((each: { id: string }) => each.id)).toEqual([one])
  // Its draft no longer names it, its run still does.
  await api.call(
    'PUT',
    `/v1/campaigns/${one}`,
    {
      ...Object.fromEntries(
        Object.entries(data[0]).filter(([key]) => !['id', 'version', 'status', 'createdAt', 'updatedAt'].includes(key)),
      ),
      trigger: { kind: 'segmentEntry', segment: 'used-not' },
    },
    { headers: { 'if-match': `"${version}"` } },
  )
  const now = (await api.call('GET', '/v1/segments/used-base/uses')).body.campaigns
  expect(now[1]).toEqual({ id: one, name: 'By its trigger', draft: false, running: true })
  expect((await api.call('GET', '/v1/segments/no-such/uses')).status).toBe(404)
})

describe('a rule about attributes', () => {
  test('tells of a comparison that no value so far can pass: a number with text', async () => {
    await api.call('PUT', '/v1/customers/kinds', { attributes: { seatsAsText: '12', rooms: 4, opened: '2026-01-01' } })
    const warned = async (rule: unknown) => (await api.call('POST', '/v1/segments/preview', { rule })).body.warnings
    expect(
      await warned({
        any: [
          { attribute: 'seatsAsText', gte: 10 },
          { attribute: 'rooms', is: '4' },
        ],
      }),
    ).toEqual([
      expect.objectContaining({
        path: '/rule/any/0/gte',
        code: 'otherKind',
        message: '"gte" compares a number, and seatsAsText is text wherever it was looked at',
      }),
      expect.objectContaining({ path: '/rule/any/1/is', code: 'otherKind' }),
    ])
    const fine = [
      { attribute: 'rooms', gte: 3 },
      { attribute: 'seatsAsText', is: '12' },
      { attribute: 'opened', before: '2026-02-01' },
    ]
    expect(await warned({ all: [...fine, { attribute: 'neverSeen', gte: 3 }] })).toBeUndefined()
    // Of four values one is a number: a share is told, and what it is about.
    for (const [i, seatsAsText] of ['7', 'many', 40].entries())
      await api.call('PUT', `/v1/customers/kinds-${i}`, { attributes: { seatsAsText } })
    expect(await warned({ attribute: 'seatsAsText', gte: 10 })).toEqual([
      expect.objectContaining({
        path: '/rule/gte',
        code: 'someOfOtherKind',
        message: '"gte" compares a number, and seatsAsText is text in 75 % of the values looked at, which it does not match',
      }),
    ])
  })

  test('is written with the attributes there are, their kinds counted', async () => {
    const { status, body } = await api.call('GET', '/v1/attributes')
    expect(status).toBe(200)
    const named = (name: string) => body.data.find((each: { name: string }) => each.name === name)
    expect(named('seatsAsText')).toEqual({ name: 'seatsAsText', customers: 4, kinds: { number: 1, string: 3 }, dates: 0 })
    expect(named('opened')).toEqual({ name: 'opened', customers: 1, kinds: { string: 1 }, dates: 1 })
    expect(body.of).toBeGreaterThanOrEqual(4)
  })

  test('tells of a sum that leaves amounts out whose currency has no rate', async () => {
    const order = (revenue: number, currency: string) => ({
      type: 'track',
      userId: 'yen',
      event: 'Bought',
      properties: { revenue, currency },
    })
    await api.call('POST', '/v1/batch', { batch: [order(100, 'JPY'), order(2, 'EUR')] })
    const rule = { event: 'Bought', sum: { property: 'revenue', gte: 3 } }
    const { body } = await api.call('POST', '/v1/segments/preview', { rule })
    expect(body).toMatchObject({
      count: 0,
      warnings: [{ path: '/rule/sum', code: 'noRate', message: expect.stringContaining('50 % of the "Bought"') }],
    })
    const within = await api.call('POST', '/v1/segments/preview', { rule: { ...rule, within: '1d' } })
    expect(within.body.count).toBe(0)
  })
})
