import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createScores } from '../../activities/scores.ts'
import { createSegmentHistory } from '../../activities/segment-history.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import { type TestApi, testApi } from '../support/api.ts'
import { tell } from '../support/facts.ts'

// What the project knows of customers, told and asked over its own routes.

let api: TestApi
const now = new Date('2026-06-01T12:00:00Z')
beforeAll(async () => {
  api = await testApi({ clock: () => now })
})
afterAll(() => api.close())

const day = 86_400_000
const days = (n: number) => new Date(now.getTime() + n * day).toISOString()
const send = async (...batch: object[]) => {
  const { status, text } = await api.call('POST', '/v1/batch', { batch })
  expect(status, text).toBe(200)
}
const track = (userId: string, event: string, properties: object, at: number) => ({
  type: 'track',
  userId,
  event,
  properties,
  timestamp: days(at),
})
const customer = async (id: string) => (await api.call('GET', `/v1/customers/${id}`)).body
const who = async (rule: unknown): Promise<string[]> => {
  const { status, body, text } = await api.call('POST', '/v1/segments/preview', { rule })
  expect(status, text).toBe(200)
  return body.sample.toSorted()
}
const metric = async (path: string) => {
  const { status, body, text } = await api.call('GET', `/v1/metrics/${path}`)
  expect(status, text).toBe(200)
  return body
}

test('a subscription is told by its events: trial, plan, revenue, renewal, and why it ended', async () => {
  await send(track('sub', 'Trial Started', { plan: 'pro', trialEndsAt: days(2) }, -12))
  const told = async () => {
    const { subscription } = await customer('sub')
    const times = ['trialEndsAt', 'renewsAt', 'cancelledAt'].map(name => [
      name,
      subscription[name] && new Date(subscription[name]).toISOString(),
    ])
    return { ...subscription, ...Object.fromEntries(times) }
  }
  expect(await told()).toMatchObject({ status: 'trialing', plan: 'pro', trialEndsAt: days(2) })
  expect(await who({ subscription: { status: 'trialing', plan: 'pro', trialEndsWithin: '3d' } })).toEqual(['sub'])
  expect(await who({ subscription: { status: 'trialing', trialEndsWithin: '47h' } })).toEqual([])

  await send(track('sub', 'Trial Converted', { plan: 'pro', mrr: 40, currency: 'EUR', renewsAt: days(10) }, -9))
  expect(await who({ subscription: { status: 'active', mrr: { gte: 40 }, renewsWithin: '10d' } })).toEqual(['sub'])
  await send(track('sub', 'Subscription Updated', { plan: 'team', mrr: 90 }, -6))
  await send(track('sub', 'Subscription Renewed', { renewsAt: days(40) }, -5))
  expect(await told()).toMatchObject({
    status: 'active',
    plan: 'team',
    mrr: 90,
    currency: 'EUR',
    renewsAt: days(40),
  })
  expect(await who({ subscription: { renewsWithin: '10d' } })).toEqual([])

  await send(track('sub', 'Subscription Cancelled', { reason: 'too dear' }, -1))
  expect(await told()).toMatchObject({
    status: 'cancelled',
    plan: 'team',
    reason: 'too dear',
    cancelledAt: days(-1),
  })
  expect((await metric('churnReasons')).table).toEqual([{ reason: 'too dear', customers: 1, share: 100 }])
})

describe('money in several currencies', () => {
  const order = (userId: string, orderId: string, revenue: number, currency: string, at: number) =>
    track(userId, 'Order Completed', { orderId, revenue, currency }, at)
  const refund = (userId: string, orderId: string, revenue: number, currency: string, at: number) =>
    track(userId, 'Order Refunded', { orderId, revenue, currency }, at)
  const window = () => `from=${days(-80).slice(0, 10)}&to=${days(-50).slice(0, 10)}`
  const value = async () => await metric(`clv?definition=totalBusiness&${window()}`)

  test('is one where the table of rates says how, refunds in another currency than their order included', async () => {
    await send(
      order('rich', 'm1', 100, 'EUR', -70),
      order('rich', 'm2', 100, 'USD', -69),
      order('rich', 'm3', 80, 'USD', -68),
      // Half of it, in francs; and all of it, in euros.
      refund('rich', 'm2', 50, 'CHF', -67),
      refund('rich', 'm3', 40, 'EUR', -66),
    )
    expect(await value()).toMatchObject({ value: null, reason: 'mixed_currency' })
    const { body } = await api.call('GET', '/v1/settings')
    const currencies = { reporting: 'EUR', rates: { USD: 0.5, CHF: 0.5 } }
    expect((await api.call('PUT', '/v1/settings', { ...body, currencies })).status).toBe(200)
    expect(await value()).toMatchObject({ value: 125, numerator: 125, denominator: 1, currency: 'EUR' })
    expect(await metric(`purchaseFrequency?${window()}`)).toMatchObject({ numerator: 2, denominator: 1 })
  })

  test('is unknown where something came back in a currency without a rate, and told once there is one', async () => {
    await send(order('odd', 'x1', 100, 'EUR', -40), refund('odd', 'x1', 1000, 'SEK', -39))
    const spent = () => metric(`clv?definition=totalBusiness&from=${days(-41).slice(0, 10)}&to=${days(-38).slice(0, 10)}`)
    expect(await spent()).toMatchObject({ value: null, reason: 'mixed_currency' })
    const { body } = await api.call('GET', '/v1/settings')
    const currencies = { reporting: 'EUR', rates: { ...body.currencies.rates, SEK: 0.09 } }
    expect((await api.call('PUT', '/v1/settings', { ...body, currencies })).status).toBe(200)
    expect(await spent()).toMatchObject({ value: 10, currency: 'EUR' })
  })

  test('is compared by rules in the reporting currency, from the next event on', async () => {
    await send(order('soon', 's1', 100, 'USD', -3), order('soon', 's2', 10.1, 'EUR', -2), order('soon', 's3', 7, 'XXX', -1))
    const spent = (range: object) =>
      who({ all: [{ event: 'Order Completed', within: '4d', sum: { property: 'revenue', ...range } }] })
    expect(await spent({ gte: 60.1, lte: 60.1 })).toEqual(['soon'])
    expect(await spent({ gt: 60.1 })).toEqual([])
  })
})

test('attributes keep their kinds, and each value they had before', async () => {
  const told = [{ seats: 5 }, { seats: '5' }, { seats: null, tags: ['a', 1] }, { seats: { of: 2 }, tags: [] }]
  for (const [i, traits] of told.entries()) await send({ type: 'identify', userId: 'typed', traits, timestamp: days(i - 9) })
  expect((await customer('typed')).attributes).toEqual({ seats: { of: 2 }, tags: [] })
  const { data } = (await api.call('GET', '/v1/customers/typed/timeline?limit=100')).body
  const before = data.filter((each: { kind: string }) => each.kind === 'profile')
  expect(before.toReversed().map(({ name, was }: { name: string; was: unknown }) => [name, was])).toEqual([
    ['seats', 5],
    ['seats', '5'],
    ['tags', ['a', 1]],
  ])
  expect(await who({ attribute: 'seats.of', is: 2 })).toEqual(['typed'])
  expect(await who({ attribute: 'seats.of', is: '2' })).toEqual([])
})

test('an anonymous history counts as one customer once they are known, in rules and in metrics', async () => {
  const at = { timestamp: days(-100) }
  const buy = (name: object, orderId: string, shift: number) => ({
    type: 'track',
    ...name,
    event: 'Order Completed',
    properties: { orderId, revenue: 10 },
    timestamp: days(-100 + shift),
  })
  await send(buy({ anonymousId: 'visitor' }, 'v1', 0), buy({ userId: 'known' }, 'v2', 1))
  const window = `from=${days(-101).slice(0, 10)}&to=${days(-98).slice(0, 10)}`
  expect(await metric(`repeatRate?${window}`)).toMatchObject({ numerator: 0, denominator: 2 })
  await send({ type: 'identify', userId: 'known', anonymousId: 'visitor', traits: {}, ...at })
  expect(await metric(`repeatRate?${window}`)).toMatchObject({ numerator: 1, denominator: 1, value: 100 })
  expect(
    await who({
      all: [
        { event: 'Order Completed', count: { eq: 2 } },
        { attribute: 'externalId', is: 'known' },
      ],
    }),
  ).toEqual(['known'])
  await send(buy({ anonymousId: 'visitor' }, 'v3', 2))
  expect((await customer('known')).events).toMatchObject([{ event: 'Order Completed', count: 3 }])
})

test('a late event counts on its day: in a window that holds it, in the metrics of then, and as the first time', async () => {
  await send(track('late', 'Course Finished', {}, -2))
  await send(track('late', 'Course Finished', {}, -200))
  expect(await who({ event: 'Course Finished', count: { eq: 1 }, within: '30d' })).toEqual(['late'])
  expect(await who({ event: 'Course Finished', count: { eq: 2 }, within: '201d' })).toEqual(['late'])
  expect(await who({ inactive: { event: 'Course Finished', for: '3d' } })).toEqual([])
  expect(await metric(`nDay?n=198&cohortEvent=Course%20Finished&returnEvent=Course%20Finished`)).toMatchObject({
    value: 100,
    denominator: 1,
  })
})

test('members are told by key, page by page, and who comes meanwhile disturbs no page', async () => {
  const ids = Array.from({ length: 23 }, (_, i) => `paged-${String(i).padStart(2, '0')}`)
  await send(...ids.map(userId => ({ type: 'identify', userId, traits: { paged: true } })))
  await api.call('POST', '/v1/segments', { key: 'paged', name: 'Paged', rule: { attribute: 'paged', is: true } })
  const seen: string[] = []
  for (let cursor = ''; ; ) {
    const { body } = await api.call('GET', `/v1/segments/paged/members?limit=5${cursor}`)
    seen.push(...body.data.map((each: { externalId: string }) => each.externalId))
    if (seen.length === 5) await send({ type: 'identify', userId: 'aaa-before-all', traits: { paged: true } })
    if (body.next === null) break
    cursor = `&cursor=${encodeURIComponent(body.next)}`
  }
  expect(seen.filter(id => id !== 'aaa-before-all').toSorted()).toEqual(ids)
  expect(new Set(seen).size).toBe(seen.length)
})

describe('scores', () => {
  let shop: TestApi
  let today = new Date('1998-04-01T00:00:00Z')
  beforeAll(async () => {
    shop = await testApi({ clock: () => today })
  })
  afterAll(() => shop.close())
  const refresh = async () => {
    const { fitScores, scoreCustomers } = createScores({ db: shop.db, settings: () => readSettings(shop.db) })
    await scoreCustomers(await fitScores({ at: today.getTime() }))
  }
  const scores = async (id: string) => (await shop.call('GET', `/v1/customers/${id}/scores`)).body
  const sweep = () => createSegmentHistory({ db: shop.db }).sweepSegments({ at: today.getTime() })
  const count = async (rule: object) => (await shop.call('POST', '/v1/segments/preview', { rule })).body.count
  interface Row {
    id: string
    stage: string | null
    recency: number | null
    health: number | null
    risk: number | null
    healthy: boolean
  }
  const stored = async (is: (row: Row) => boolean) =>
    (
      await shop.db.pool.query<Row>(`SELECT c.external_id AS id, s.lifecycle AS stage, s.recency, s.health, s.churn_risk AS risk, s.super_healthy AS healthy
        FROM customer_score s JOIN customer c ON c.id = s.customer`)
    ).rows.filter(is)

  test('are what rules read after a refresh, each in words, and who entered a segment of them is told', async () => {
    const purchases = readFileSync(new URL('../data/cdnow_events.csv', import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map(line => line.trim().split(','))
    await tell(
      shop.db,
      purchases.map(([who = '', date = '', , spend = ''], i) => [
        who,
        'Order Completed',
        `${date.length === 8 ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : date}T12:00:00Z`,
        { orderId: `o${i}`, revenue: Number(spend) },
      ]),
    )
    const ago = (n: number) => new Date(today.getTime() - n * day).toISOString()
    await tell(shop.db, [
      ...[45, 10, 9, 8].map(n => ['fan', 'Page Viewed', ago(n)] as const),
      ['fan', 'Survey Answered', ago(5), { survey: 'nps', score: 10 }],
      ['fan', 'Survey Answered', ago(4), { survey: 'csat', score: 5 }],
    ])
    const make = (key: string, rule: object) => shop.call('POST', '/v1/segments', { key, name: key, rule })
    expect((await make('lost', { lifecycle: ['lapsed'] })).status).toBe(201)
    await refresh()
    await sweep()

    for (const [rule, is] of [
      [{ lifecycle: 'atRisk' }, row => row.stage === 'atRisk'],
      [{ lifecycle: ['new', 'active', 'wonBack'] }, row => ['new', 'active', 'wonBack'].includes(row.stage ?? '')],
      [{ rfm: { recency: { gte: 4 } } }, row => row.recency !== null && row.recency >= 4],
      [{ health: { lt: 50 } }, row => row.health !== null && row.health < 50],
      [{ churnRisk: { gte: 0.5 } }, row => row.risk !== null && row.risk >= 0.5],
    ] as [object, (row: Row) => boolean][]) {
      const expected = (await stored(is)).length
      expect([rule, expected > 20]).toEqual([rule, true])
      expect([rule, await count(rule)]).toEqual([rule, expected])
    }
    expect((await stored(row => row.healthy)).map(row => row.id)).toEqual(['fan'])
    expect(await count({ superHealthy: true })).toBe(1)

    const [atRisk] = await stored(row => row.stage === 'atRisk')
    expect((await scores(atRisk!.id)).lifecycle.because).toMatch(/^at risk: silent for \d+ days, usual gap \d+/)
    const [certain] = await stored(row => row.risk !== null)
    expect((await scores(certain!.id)).churnRisk).toMatchObject({ value: certain!.risk, because: expect.stringMatching(/./) })
    // After one purchase the model cannot tell, and says so instead of showing safety.
    const [once] = await stored(row => row.risk === null && row.recency !== null)
    expect((await scores(once!.id)).churnRisk).toMatchObject({
      value: null,
      reason: expect.any(String),
      because: expect.stringMatching(/./),
    })

    const before = new Set((await stored(row => row.stage === 'lapsed')).map(row => row.id))
    today = new Date(today.getTime() + 40 * day)
    await refresh()
    await sweep()
    const lapsed = (await stored(row => row.stage === 'lapsed')).map(row => row.id)
    const fresh = lapsed.filter(id => !before.has(id))
    expect(fresh.length).toBeGreaterThan(20)
    expect((await scores(fresh[0]!)).history.slice(0, 2).map((each: { lifecycle: string }) => each.lifecycle)[0]).toBe('lapsed')
    const told: string[] = []
    for (let cursor = ''; ; ) {
      const { body } = await shop.call('GET', `/v1/segments/lost/history?limit=500${cursor}`)
      told.push(
        ...body.data
          .filter((each: { change: string }) => each.change === 'entered')
          .map((each: { externalId: string }) => each.externalId),
      )
      if (body.next === null) break
      cursor = `&cursor=${encodeURIComponent(body.next)}`
    }
    // Whoever was in it at the first look has not entered since.
    expect(told.toSorted()).toEqual(fresh.toSorted())
  })
})
