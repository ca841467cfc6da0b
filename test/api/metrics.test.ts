import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { only, oracle } from '../domain/oracle.ts'
import { type TestApi, testApi } from '../support/api.ts'
import { type Fact, tell } from '../support/facts.ts'

const now = '2024-04-01T00:00:00.000Z'
const clock = () => new Date(now)

describe('customers kept and lost', () => {
  interface Inputs {
    metric: string
    start: string[]
    end: string[]
    formerBefore: string[]
    leaves: string[]
    returns: string[]
  }
  const cases = only(oracle<Inputs>('retention_metrics'), 'metric', 'relation')

  test.each(cases)('%s: subscriptions in the database give the oracle’s numbers', async (_, { inputs, expected }) => {
    const api = await testApi({ clock })
    try {
      await tell(api.db, lives(inputs))
      const window = 'from=2024-03-01&to=2024-04-01'
      const crr = await api.call('GET', `/v1/metrics/crr?${window}`)
      expect(crr.status, crr.text).toBe(200)
      const want = expected as unknown as Record<string, number>
      expect(crr.body).toMatchObject({
        metric: 'crr',
        definition: 'crr.subscription',
        unit: 'percent',
        from: '2024-03-01T00:00:00.000Z',
        to: '2024-04-01T00:00:00.000Z',
        asOf: now,
        complete: true,
        denominator: inputs.start.length,
      })
      expect(crr.body.value).toBeCloseTo(want.crr!, 9)
      expect(crr.body.counts).toMatchObject({
        start: inputs.start.length,
        end: inputs.end.length,
        lostNet: want.lostNet,
        new: want.new,
        reactivated: want.reactivated,
        newLost: want.newLost,
      })
      const net = (await api.call('GET', `/v1/metrics/churn?${window}`)).body
      const gross = (await api.call('GET', `/v1/metrics/churn?${window}&kind=gross`)).body
      expect(net.value).toBeCloseTo(want.churnNet!, 9)
      expect(gross.value).toBeCloseTo(want.churnGross!, 9)
      expect(net.value + crr.body.value).toBeCloseTo(100, 9)
    } finally {
      await api.close()
    }
  })

  /** Subscriptions that make exactly these sets. */
  function lives({ start, end, formerBefore, leaves }: Inputs): Fact[] {
    const facts: Fact[] = []
    const began = 'Subscription Started'
    const ended = 'Subscription Cancelled'
    for (const id of new Set([...start, ...end, ...formerBefore, ...leaves])) {
      if (start.includes(id)) facts.push([id, began, '2024-01-05T00:00:00Z'])
      else if (formerBefore.includes(id)) facts.push([id, began, '2024-01-05T00:00:00Z'], [id, ended, '2024-02-05T00:00:00Z'])
      if (!start.includes(id) && (end.includes(id) || leaves.includes(id))) facts.push([id, began, '2024-03-05T00:00:00Z'])
      if (leaves.includes(id) || (start.includes(id) && !end.includes(id))) facts.push([id, ended, '2024-03-10T00:00:00Z'])
      if (leaves.includes(id) && end.includes(id)) facts.push([id, began, '2024-03-20T00:00:00Z'])
    }
    return facts
  }
})

describe('purchases as published', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await testApi({ clock: () => new Date('1998-07-01T12:00:00Z') })
    const rows = readFileSync(new URL('../data/cdnow_events.csv', import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
    await tell(
      api.db,
      rows.map(line => {
        const [customer = '', date = '', , spend = ''] = line.trim().split(',')
        return [customer, 'Order Completed', `${date}T00:00:00Z`, { revenue: Number(spend), currency: 'USD' }] as const
      }),
      new Date('1998-07-01T12:00:00Z'),
    )
  })
  afterAll(() => api.close())
  const ask = async (path: string) => (await api.call('GET', `/v1/metrics/${path}`)).body

  test('repeat rate and purchase frequency of all 78 weeks and of the first 39', async () => {
    expect(await ask('repeatRate')).toMatchObject({
      value: expect.closeTo(48.87568943572338, 9),
      numerator: 1152,
      denominator: 2357,
    })
    expect((await ask('purchaseFrequency')).value).toBeCloseTo(2.9355112431056427, 9)
    const early = await ask('repeatRate?from=1997-01-01&to=1997-10-01')
    expect(early).toMatchObject({ value: expect.closeTo(40.68731438268986, 9), orders: 4960, from: '1997-01-01T00:00:00.000Z' })
  })

  test('without subscriptions an order within 90 days keeps a customer active, and the definition says so', async () => {
    const rows = readFileSync(new URL('../data/cdnow_events.csv', import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
    const at = (edge: string) => {
      const to = Date.parse(edge)
      const from = to - 90 * 86_400_000
      return new Set(
        rows.flatMap(line => {
          const [customer = '', date = ''] = line.split(',')
          const time = Date.parse(date)
          return time >= from && time < to ? [customer] : []
        }),
      )
    }
    const [start, end] = [at('1998-01-01'), at('1998-04-01')]
    const kept = [...start].filter(id => end.has(id)).length
    const crr = await ask('crr?from=1998-01-01&to=1998-04-01')
    expect(crr).toMatchObject({
      definition: 'crr.event(Order Completed within 90d)',
      numerator: kept,
      denominator: start.size,
      value: expect.closeTo((kept / start.size) * 100, 9),
      counts: { end: end.size },
    })
    const churn = await ask('churn?from=1998-01-01&to=1998-04-01')
    expect(churn.value + crr.value).toBeCloseTo(100, 9)
  })

  test('a month after the other: each by its own customers at its start, the last one marked as a part', async () => {
    const { series } = await ask('churn?from=1998-04-01&by=month')
    expect(series.map((point: { period: string; complete: boolean }) => [point.period, point.complete])).toEqual([
      ['1998-04', true],
      ['1998-05', true],
      ['1998-06', true],
      ['1998-07', false],
    ])
    const june = await ask('churn?from=1998-06-01&to=1998-07-01')
    expect(series[2]).toMatchObject({ value: june.value, numerator: june.numerator, denominator: june.denominator })
  })
})

describe('a metric that cannot be answered', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await testApi({ clock })
  })
  afterAll(() => api.close())

  test.each([
    ['crr', 'no_customers_at_start'],
    ['churn', 'no_customers_at_start'],
    ['repeatRate', 'no_orders'],
    ['purchaseFrequency', 'no_orders'],
  ])('%s of nobody is null because %s', async (metric, reason) => {
    const { status, body } = await api.call('GET', `/v1/metrics/${metric}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ metric, value: null, reason, denominator: 0 })
  })

  test.each([
    ['an unknown metric', 'love', 404],
    ['an unknown segment', 'crr?segment=nobody', 422],
    ['an unknown zone', 'crr?timezone=Mars/North', 422],
    ['no date', 'crr?from=yesterday', 400],
    ['an unknown parameter', 'crr?form=2024-01-01', 400],
    ['a parameter twice', 'crr?from=2024-01-01&from=2024-01-02', 400],
    ['a window that ends before it begins', 'crr?from=2024-02-01&to=2024-01-01', 422],
    ['a time ahead', 'crr?asOf=2025-01-01', 422],
    ['too many periods', 'crr?from=2000-01-01&by=day', 422],
    ['a wrong duration', 'crr?activeWithin=soon', 400],
  ])('%s: %s', async (_, path, status) => {
    const answer = await api.call('GET', `/v1/metrics/${path}`)
    expect(answer.status, answer.text).toBe(status)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  })

  test('is not shown without a key', async () => {
    expect((await api.call('GET', '/v1/metrics/crr', undefined, { key: null })).status).toBe(401)
  })
})

describe('a window, a segment, a grouping', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await testApi({ clock })
    await tell(api.db, [
      ['ann', 'Order Completed', '2024-03-01T10:00:00Z', { orderId: 'a1', revenue: 10 }],
      ['ann', 'Order Completed', '2024-03-01T10:00:00Z', { orderId: 'a1', revenue: 10 }],
      ['ann', 'Order Completed', '2024-03-02T10:00:00Z', { orderId: 'a2', revenue: 10 }],
      ['bob', 'Order Completed', '2024-03-01T10:00:00Z', { orderId: 'b1', revenue: 10 }],
      ['bob', 'Order Completed', '2024-03-02T10:00:00Z', { orderId: 'b2', revenue: 10 }],
      ['bob', 'Order Refunded', '2024-03-03T10:00:00Z', { orderId: 'b2', revenue: 10 }],
      ['cid', 'Order Completed', '2024-03-02T10:00:00Z', { order_id: 'c1', revenue: 10 }],
      ['cid', 'Order Cancelled', '2024-03-03T10:00:00Z', { order_id: 'c1' }],
      ['dan', 'Order Completed', '2024-03-31T23:30:00Z', { orderId: 'd1', revenue: 10 }],
      ['dan', 'Order Refunded', '2024-03-31T23:40:00Z', { orderId: 'd1', revenue: 4 }],
    ])
    await api.db.pool.query(
      `UPDATE customer SET attributes = CASE external_id WHEN 'ann' THEN '{"country":"DE"}' WHEN 'bob' THEN '{"country":"FR"}' ELSE '{}' END::jsonb`,
    )
    await api.db.pool.query(
      `INSERT INTO segment (key, name, rule, created_at, updated_at) VALUES ('germans', 'Germans', '{"attribute":"country","is":"DE"}', now(), now())`,
    )
  })
  afterAll(() => api.close())
  const ask = async (path: string) => (await api.call('GET', `/v1/metrics/${path}`)).body

  test('an order counts once, a cancelled or wholly refunded one not at all', async () => {
    expect(await ask('repeatRate')).toMatchObject({ numerator: 1, denominator: 3, orders: 4 })
    // Before bob sent it back, nothing was known of that.
    expect(await ask('repeatRate?asOf=2024-03-03T09:00:00Z')).toMatchObject({ numerator: 2, denominator: 3 })
  })

  test('a window holds its first moment and not its end, by the clocks of the zone', async () => {
    expect(await ask('repeatRate?from=2024-03-02&to=2024-03-31')).toMatchObject({ denominator: 1 })
    expect(await ask('repeatRate?from=2024-03-02&to=2024-03-31&timezone=America/New_York')).toMatchObject({ denominator: 1 })
    expect(await ask('repeatRate?from=2024-03-31&to=2024-04-01')).toMatchObject({ denominator: 1 })
    expect(await ask('repeatRate?from=2024-04-01&to=2024-04-02&timezone=Europe/Berlin')).toMatchObject({ denominator: 1 })
  })

  test('a segment, and groups beside each other', async () => {
    expect(await ask('repeatRate?segment=germans')).toMatchObject({ value: 100, denominator: 1 })
    const { value, denominator, table } = await ask('repeatRate?by=country')
    expect({ value, denominator }).toEqual({ value: expect.closeTo(100 / 3, 9), denominator: 3 })
    expect(table.map((row: { group: string; value: number }) => [row.group, row.value]).sort()).toEqual([
      [null, 0],
      ['DE', 100],
      ['FR', 0],
    ])
  })

  test('of very many groups the rare ones are one', async () => {
    await api.db.pool.query(
      `INSERT INTO customer (external_id, created_at, updated_at, attributes) SELECT 'x' || i, now(), now(), jsonb_build_object('ref', 'r' || i / 2) FROM generate_series(1, 300) AS i`,
    )
    await tell(
      api.db,
      Array.from({ length: 300 }, (_, i) => [`x${i + 1}`, 'Order Completed', '2024-03-05T00:00:00Z', { revenue: 1 }] as const),
    )
    const { table } = await ask('repeatRate?from=2024-03-05&to=2024-03-06&by=ref')
    expect(table).toHaveLength(101)
    expect(table.find((row: { group: string }) => row.group === '(other)').denominator).toBe(100)
  })
})

describe('every metric of the contract', () => {
  const names = [
    ...[
      'crr',
      'churn',
      'revenueChurn',
      'grr',
      'nrr',
      'nDay',
      'bracketed',
      'unbounded',
      'survival',
      'repeatRate',
      'purchaseFrequency',
    ],
    ...['clv', 'nps', 'csat', 'renewalRate', 'ltvCac', 'lifecycle', 'rfm', 'cohorts', 'leakage', 'churnReasons'],
  ]
  let empty: TestApi
  let full: TestApi
  beforeAll(async () => {
    empty = await testApi({ clock })
    full = await testApi({ clock })
    const started = 'Subscription Started'
    await tell(full.db, [
      ['ann', 'Trial Started', '2024-01-02T00:00:00Z', { plan: 'pro', trialEndsAt: '2024-01-16T00:00:00Z' }],
      [
        'ann',
        'Trial Converted',
        '2024-01-15T00:00:00Z',
        { plan: 'pro', mrr: 50, currency: 'EUR', renewsAt: '2024-02-15T00:00:00Z' },
      ],
      ['ann', 'Subscription Renewed', '2024-02-15T00:00:00Z', { mrr: 60, renewsAt: '2024-03-15T00:00:00Z' }],
      ['bob', started, '2024-01-05T00:00:00Z', { plan: 'team', mrr: 30, currency: 'EUR', renewsAt: '2024-03-05T00:00:00Z' }],
      ['bob', 'Subscription Cancelled', '2024-03-10T00:00:00Z', { reason: 'price' }],
      ['ann', 'Order Completed', '2024-01-15T00:00:00Z', { revenue: 50, orderId: '1' }],
      ['ann', 'Order Completed', '2024-02-15T00:00:00Z', { revenue: 60, orderId: '2' }],
      ['bob', 'Order Completed', '2024-01-05T00:00:00Z', { revenue: 30, orderId: '3' }],
      ['ann', 'Survey Answered', '2024-02-20T00:00:00Z', { survey: 'nps', score: 9 }],
      ['bob', 'Survey Answered', '2024-02-20T00:00:00Z', { survey: 'csat', score: 2 }],
    ])
  })
  afterAll(async () => {
    await empty.close()
    await full.close()
  })

  test.each(names)('%s says what it is, over what, as of when: of nobody too', async metric => {
    for (const api of [empty, full]) {
      const { status, body, text } = await api.call('GET', `/v1/metrics/${metric}`)
      expect(status, text).toBe(200)
      for (const key of ['metric', 'definition', 'unit', 'from', 'to', 'value', 'numerator', 'denominator', 'asOf'])
        expect(body, key).toHaveProperty(key)
      expect(body.asOf).toBe(now)
      if (body.value === null) expect(body.reason).toEqual(expect.any(String))
      else expect(body.reason).toBeUndefined()
    }
  })

  test.each(names)('%s in groups, by month, and of a segment', async metric => {
    await full.db.pool.query(
      `INSERT INTO segment (key, name, rule, created_at, updated_at) VALUES ('pros', 'Pros', '{"subscription":{"plan":"pro"}}', now(), now()) ON CONFLICT DO NOTHING`,
    )
    for (const query of [
      'by=plan',
      'by=month&from=2024-01-01&to=2024-04-01',
      'segment=pros',
      'segment=pros&by=plan',
      'asOf=2024-02-20',
    ]) {
      const { status, text } = await full.call('GET', `/v1/metrics/${metric}?${query}`)
      expect(status, `${query}: ${text}`).toBe(200)
    }
  })

  test('are listed with what they mean', async () => {
    const { data } = (await full.call('GET', '/v1/metrics')).body
    expect(data.map((each: { metric: string }) => each.metric).sort()).toEqual([...names].sort())
  })

  test('numbers of a small shop, by hand', async () => {
    const ask = async (path: string) => (await full.call('GET', `/v1/metrics/${path}`)).body
    expect(await ask('crr?from=2024-03-01&to=2024-04-01')).toMatchObject({ value: 50, definition: 'crr.subscription' })
    expect(await ask('grr?from=2024-03-01&to=2024-04-01')).toMatchObject({
      value: expect.closeTo((60 / 90) * 100, 9),
      currency: 'EUR',
    })
    expect(await ask('leakage')).toMatchObject({ value: 0, numerator: 0, denominator: 1 })
    expect((await ask('leakage')).funnel.map((step: { customers: number }) => step.customers)).toEqual([1, 1, 1])
    expect(await ask('churnReasons')).toMatchObject({ value: 1, table: [{ reason: 'price', customers: 1, share: 100 }] })
    expect(await ask('nps')).toMatchObject({ value: 100, denominator: 1, unit: 'points' })
    expect(await ask('csat')).toMatchObject({ value: 0, denominator: 1 })
    expect(await ask('clv?definition=totalBusiness')).toMatchObject({ definition: 'totalBusiness', value: 70 })
    expect(await ask('renewalRate')).toMatchObject({ numerator: 1, denominator: 3 })
    const { table } = await ask('grr?from=2024-03-01&to=2024-04-01&by=plan')
    expect(table.map((row: { group: string; value: number }) => [row.group, row.value]).sort()).toEqual([
      ['pro', 100],
      ['team', 0],
    ])
  })
})

describe('by month', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await testApi({ clock })
    await tell(api.db, [
      ['ann', 'Order Completed', '2024-01-15T00:00:00Z', { revenue: 50, orderId: '1' }],
      ['ann', 'Order Completed', '2024-02-15T00:00:00Z', { revenue: 60, orderId: '2' }],
      ['bob', 'Order Completed', '2024-02-05T00:00:00Z', { revenue: 30, orderId: '3', currency: 'CHF' }],
    ])
  })
  afterAll(() => api.close())

  test('scores are made anew in each month, and orders without a rate are told', async () => {
    const { body } = await api.call('GET', '/v1/metrics/rfm?by=month&from=2024-01-01&to=2024-04-01')
    expect(body).toMatchObject({ value: 2, ordersWithoutRate: 1 })
    expect(body.series).toMatchObject([
      { period: '2024-01', value: 1, complete: true },
      { period: '2024-02', value: 2, complete: true },
      { period: '2024-03', value: 0, complete: true },
    ])
  })

  test('survival stands in a table of those who began in each month', async () => {
    const { body } = await api.call('GET', '/v1/metrics/survival?by=month&until=secondOrder&from=2024-01-01&to=2024-04-01')
    expect(body.table).toMatchObject([
      { period: '2024-01', numerator: 1, denominator: 1, value: 31 },
      { period: '2024-02', numerator: 0, denominator: 1, value: null },
      { period: '2024-03', numerator: 0, denominator: 0, value: null },
    ])
  })
})
