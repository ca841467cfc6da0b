import { beforeEach, describe, expect, test } from 'vitest'
import { summarise } from '../../domain/experiment/arm.ts'
import { assignVariant, hashUnit } from '../../domain/experiment/assign.ts'
import { cuped, cupedMoments } from '../../domain/experiment/cuped.ts'
import { welch } from '../../domain/experiment/means.ts'
import { campaignIds } from '../../domain/ids.ts'
import { sql } from '../../domain/sql.ts'
import type { RunRow } from '../../prisma/queries/runs.ts'
import { apiOver } from '../support/api-over.ts'
import { type Journeys, openJourneys } from '../support/journey.ts'

const day = 86_400_000
const start = Date.UTC(2026, 2, 2, 10)
const people = Array.from({ length: 400 }, (_, i) => `c${i}`)
const variants = [{ key: 'a', weight: 1 }]
const letter = { subject: 'Hello', html: '<p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a></p>' }

let journeys: Journeys
let api: Awaited<ReturnType<typeof apiOver>>
let run: RunRow
let now = start
const armOf = (id: string) => assignVariant({ salt: run.salt, customerId: id, holdout: 0.4, variants })
const at = (days: number) => start + days * day

const document = (more: Record<string, unknown> = {}) => ({
  name: 'Measures',
  trigger: { kind: 'now' },
  experiment: { holdout: 0.4, variants, minimumDays: 0, metric: { kind: 'revenue' } },
  goals: [
    {
      key: 'g',
      kind: 'winBack',
      success: { event: 'Order Completed', within: '10d' },
      journey: [{ kind: 'message', channel: 'email', content: letter }],
    },
  ],
  ...more,
})
const launch = async (more: Record<string, unknown> = {}) => {
  run = (await journeys.launch(document(more), start)).run
  await journeys.play(run, start, start + day)
}
const results = async (query = '') =>
  (await api.call('GET', `/v1/campaigns/${campaignIds.show(run.campaign)}/results${query}`)).body
const arms = (body: { arms: { key: string }[] }): Record<string, Record<string, number>> =>
  Object.fromEntries(body.arms.map(arm => [arm.key, arm as unknown as Record<string, number>]))
const members = (arm: string) => people.filter(id => armOf(id) === arm)

beforeEach(async () => {
  journeys = await openJourneys()
  api = await apiOver(journeys.db, () => new Date(now))
  await journeys.receive(
    start - 60 * day,
    ...people.map(userId => ({ type: 'identify', userId, traits: { email: `${userId}@mail.example` } })),
  )
  return async () => {
    await api.close()
    await journeys.close()
  }
})

const order = (userId: string, days: number, revenue: number, currency = 'EUR') =>
  journeys.receive(at(days), { type: 'track', userId, event: 'Order Completed', properties: { revenue, currency } })

describe('revenue per customer', () => {
  test('is compared by Welch, and by CUPED with what was spent before the entry', async () => {
    await launch()
    const before = new Map<string, number>()
    const after = new Map<string, number>()
    for (const id of people) {
      const habit = hashUnit('habit', id)
      if (habit < 0.5) before.set(id, Math.round(100 * habit))
      if (habit < 0.45) after.set(id, Math.round(100 * habit + 10 * hashUnit('noise', id)) + (armOf(id) === 'a' ? 8 : 0))
    }
    const send = (days: number, amounts: Map<string, number>) =>
      journeys.receive(
        at(days),
        ...[...amounts].map(([userId, revenue]) => ({
          type: 'track',
          userId,
          event: 'Order Completed',
          properties: { revenue },
        })),
      )
    await send(-4, before)
    await send(-11, new Map([['c0', 1_000]]))
    await send(4, after)
    await send(11, new Map([['c1', 1_000]]))
    now = at(20)
    const body = await results()
    const y = (arm: string) => members(arm).map(id => after.get(id) ?? 0)
    const x = (arm: string) => members(arm).map(id => before.get(id) ?? 0)
    const plain = welch(summarise(y('holdout')), summarise(y('a')), 0.05)
    const [pair] = body.comparisons
    expect(pair.difference).toBeCloseTo(plain.difference, 9)
    expect(pair.fixed).toMatchObject({ test: 'welch', p: expect.closeTo(plain.reason === null ? plain.p : 0, 9) })
    const better = cuped(cupedMoments(y('holdout'), x('holdout')), cupedMoments(y('a'), x('a')), 0.05)
    expect(pair.cuped.theta).toBeCloseTo(better.theta, 9)
    expect(pair.cuped.difference).toBeCloseTo(better.adjusted.difference, 9)
    expect(pair.cuped.varianceReduction).toBeCloseTo(better.varianceReduction ?? 0, 9)
    expect(pair.cuped.varianceReduction).toBeGreaterThan(0.4)
    expect(body.revenue).toMatchObject({ currency: 'EUR', cap: null })

    const capped = await results('?winsorise=0.9')
    const spent = [...before.values()].filter(amount => amount > 0).sort((a, b) => a - b)
    const position = 0.9 * (spent.length - 1)
    const [low, high] = [spent[Math.floor(position)] ?? 0, spent[Math.ceil(position)] ?? 0]
    expect(capped.revenue.cap).toBeCloseTo(low + (high - low) * (position % 1), 9)
  })

  test('is decided by what customers spent up to the cap that was fixed at the launch, and by nothing else', async () => {
    await launch({
      experiment: { holdout: 0.4, variants, minimumDays: 0, minimumEffect: 5, metric: { kind: 'revenue', cap: 50 } },
    })
    const spent = new Map(people.filter(id => hashUnit('spends', id) < 0.6).map(id => [id, armOf(id) === 'a' ? 45 : 20]))
    // One customer of the holdout has spent more than all others together.
    const [whale = ''] = members('holdout')
    spent.set(whale, 100_000)
    const properties = (revenue: number) => ({ revenue, currency: 'EUR' })
    await journeys.receive(
      at(2),
      ...[...spent].map(([userId, amount]) => ({
        type: 'track',
        userId,
        event: 'Order Completed',
        properties: properties(amount),
      })),
    )
    now = at(20)
    const body = await results()
    expect(body).toMatchObject({ primary: true, revenue: { cap: 50 }, decision: { state: 'winner', arm: 'a' } })
    expect(body.definition).toContain('at most 50 a customer')
    const mine = members('holdout')
    const capped = mine.reduce((sum, id) => sum + Math.min(50, spent.get(id) ?? 0), 0)
    expect(arms(body).holdout?.revenuePerCustomer).toBeCloseTo(capped / mine.length, 9)
    const decided = await journeys.activities.reviewExperiment({ campaign: run.campaign, at: new Date(now).getTime() })
    expect(decided).toMatchObject({ state: 'winner', actions: [{ action: 'reported', arm: 'a' }] })
    const uncapped = await results('?cap=1000000')
    expect(uncapped).toMatchObject({ primary: false, decision: { state: 'keepRunning' } })
    expect((await results('?winsorise=0.9')).definition).not.toContain('at most')
  }, 60_000)

  test('is added up in one currency, and not at all where a rate is missing', async () => {
    await launch()
    await order('c1', 1, 10, 'USD')
    now = at(20)
    expect((await results()).revenue).toMatchObject({ currency: 'USD', total: 10 })
    await order('c2', 1, 10, 'EUR')
    const mixed = await results()
    expect(mixed.revenue).toMatchObject({ currency: null, total: null, unconverted: 1, reason: 'mixed_currency' })
    expect(mixed.decision).toMatchObject({ state: 'invalid', cause: 'mixedCurrency' })
    expect(mixed.arms[0].revenue).toBeNull()
    await journeys.db.run(
      sql`INSERT INTO setting (id, value) VALUES (1, '{"currencies": {"reporting": "EUR", "rates": {"USD": 0.5}}}')`,
    )
    expect((await results()).revenue).toMatchObject({ currency: 'EUR', total: 15, unconverted: 0 })
    // What came when there was a rate is converted once, not twice.
    await order('c3', 2, 100, 'USD')
    expect((await results()).revenue).toMatchObject({ currency: 'EUR', total: 65, unconverted: 0 })
  })

  test('of one other currency stays in it, whether it has a rate or not', async () => {
    await launch()
    await journeys.db.run(
      sql`INSERT INTO setting (id, value) VALUES (1, '{"currencies": {"reporting": "EUR", "rates": {"USD": 0.5}}}')`,
    )
    await order('c1', 1, 10, 'USD')
    await order('c2', 1, 0, 'usd')
    now = at(20)
    expect((await results()).revenue).toMatchObject({ currency: 'USD', total: 10, unconverted: 0 })
  })
})

describe('churn', () => {
  test('means subscriptions where there are any: over those whose subscription ran, whoever came back is not lost', async () => {
    await launch({ experiment: { holdout: 0.4, variants, minimumDays: 0, metric: { kind: 'churn', within: '10d' } } })
    const kind = (id: string) => Math.floor(hashUnit('kind', id) * 5)
    const say = (days: number, event: string, who: (id: string) => boolean) =>
      journeys.receive(
        at(days),
        ...people.filter(who).map(userId => ({ type: 'track', userId, event, properties: { plan: 'pro' } })),
      )
    // 0 never subscribed · 1 had cancelled before · 2 stays · 3 cancels · 4 cancels and comes back.
    await say(-20, 'Subscription Started', id => kind(id) >= 1)
    await say(-10, 'Subscription Cancelled', id => kind(id) === 1)
    await say(5, 'Subscription Cancelled', id => kind(id) >= 3)
    await say(8, 'Subscription Started', id => kind(id) === 4)
    await say(12, 'Subscription Cancelled', id => kind(id) === 2)
    now = at(20)
    const body = await results()
    expect(body.definition).toContain('subscription ran')
    for (const [key, arm] of Object.entries(arms(body))) {
      const mine = members(key)
      expect(arm).toMatchObject({
        enrolled: mine.length,
        matured: mine.filter(id => kind(id) >= 2).length,
        converted: mine.filter(id => kind(id) === 3).length,
        unmeasured: mine.filter(id => kind(id) < 2).length,
      })
    }
    expect(body.better).toBe('lower')
    // The curve tells when they cancelled, whoever came back included.
    const curve = body.retention.curves.find((each: { arm: string }) => each.arm === 'a')
    const mine = members('a').filter(id => kind(id) >= 2)
    expect(curve.points.at(-1).survival).toBeCloseTo(mine.filter(id => kind(id) === 2).length / mine.length, 12)
  })
})

describe('guardrails', () => {
  test('count who unsubscribed and who complained, in every arm, the holdout too', async () => {
    await launch()
    const leavers = people.filter(id => hashUnit('leaves', id) < 0.2)
    await journeys.receive(
      at(2),
      ...leavers.map(userId => ({ type: 'identify', userId, traits: { consents: { email: 'unsubscribed' } } })),
    )
    await journeys.db.run(sql`UPDATE message SET status = 'complained' WHERE id IN (SELECT id FROM message ORDER BY id LIMIT 7)`)
    now = at(40)
    const body = await results('?metric=unsubscribes&within=10d')
    for (const [key, arm] of Object.entries(arms(body)))
      expect(arm.converted).toBe(members(key).filter(id => leavers.includes(id)).length)
    const of = (arm: string, kind: string) =>
      body.guardrails.find((each: { arm: string; kind: string }) => each.arm === arm && each.kind === kind)
    expect(of('a', 'complaints')).toMatchObject({ customers: 7, state: expect.stringMatching(/unclear|breached/) })
    expect(of('holdout', 'complaints').customers).toBe(0)
    expect(of('a', 'unsubscribes').state).toBe('breached')
    expect(arms(await results('?metric=complaints&within=10d')).a).toMatchObject({ converted: 7 })
  })
})

describe('what cannot be judged', () => {
  test('a campaign that never ran has arms, and nobody in them', async () => {
    const made = await api.call('POST', '/v1/campaigns', {
      body: document({
        goals: [{ key: 'g', kind: 'winBack', success: { event: 'Order Completed', within: '10d' }, journey: [] }],
      }),
    })
    const { status, body } = await api.call('GET', `/v1/campaigns/${made.body.id}/results`)
    expect(status).toBe(200)
    expect(body.arms).toMatchObject([
      { key: 'holdout', enrolled: 0, rate: null, interval: null },
      { key: 'a', enrolled: 0 },
    ])
    expect(body.decision).toMatchObject({
      state: 'keepRunning',
      because: 'Nobody has entered yet, so there is nothing to compare.',
    })
    expect(body.retention.logRank.reason).toBe('no_observations')
  })

  test('a campaign without an experiment is counted and not compared', async () => {
    await launch({ experiment: undefined })
    await order('c1', 1, 10)
    now = at(20)
    const body = await results()
    expect(body.arms).toMatchObject([{ key: 'all', enrolled: 400, converted: 1 }])
    expect(body).toMatchObject({ comparisons: [], decision: { state: 'invalid', cause: 'noExperiment' } })
  })

  test('an arm of weight zero is shown empty, and does not hold the others up', async () => {
    await launch({ experiment: { holdout: 0.4, variants: [...variants, { key: 'b', weight: 0 }], minimumDays: 0 } })
    for (const id of people) if (hashUnit('x', id) < (armOf(id) === 'a' ? 0.6 : 0.2)) await order(id, 2, 5)
    now = at(20)
    const body = await results()
    expect(arms(body).b).toMatchObject({ enrolled: 0, share: 0, rate: null })
    expect(body.srm.ok).toBe(true)
    expect(body.decision).toMatchObject({ state: 'winner', arm: 'a' })
  }, 120_000)

  test('goals that say nothing about success have no conversion, and other goals of theirs go on', async () => {
    const journey = [{ kind: 'wait', for: '1h' }]
    await launch({
      experiment: { holdout: 0.4, variants },
      goals: [
        { key: 'one', kind: 'winBack', when: { attribute: 'email', startsWith: 'c1' }, journey },
        { key: 'two', kind: 'winBack', success: { event: 'Order Completed', within: '5d' }, journey },
        { key: 'three', kind: 'winBack', success: { event: 'Login', within: '12h' }, journey },
      ],
    })
    await order('c2', 1, 10)
    await order('c1', 1, 10)
    now = at(20)
    const body = await results('?metric=conversion')
    const ones = people.filter(id => id.startsWith('c1'))
    const sum = (key: string) => body.arms.reduce((total: number, arm: Record<string, number>) => total + (arm[key] ?? 0), 0)
    expect({ unmeasured: sum('unmeasured'), matured: sum('matured'), converted: sum('converted') }).toEqual({
      unmeasured: ones.length,
      matured: 400 - ones.length,
      converted: 1,
    })
    await launch({ goals: [{ key: 'one', kind: 'winBack', journey }] })
    const none = await results('?metric=conversion')
    expect(none.decision).toMatchObject({ state: 'invalid', cause: 'noMeasure' })
  })
})
