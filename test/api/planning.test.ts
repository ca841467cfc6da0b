import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashUnit } from '../../domain/experiment/assign.ts'
import { sampleSizeProportions } from '../../domain/experiment/power.ts'
import { sql } from '../../domain/sql.ts'
import { type TestApi, testApi } from '../support/api.ts'

const day = 86_400_000
const now = Date.UTC(2026, 5, 1)
const people = Array.from({ length: 800 }, (_, i) => `c${i}`)
/** A tenth have ordered in the last two weeks. */
const ordered = people.filter(id => hashUnit('ordered', id) < 0.1)
const rate = ordered.length / people.length

let api: TestApi
beforeAll(async () => {
  api = await testApi({ clock: () => new Date(now) })
  const track = (userId: string, event: string, at: number, properties = {}) => ({
    type: 'track',
    userId,
    event,
    properties,
    timestamp: new Date(at).toISOString(),
    messageId: `${event}-${userId}-${at}`,
  })
  const calls = [
    // They signed up at even pace over sixty days; a fifth of them order on the next day.
    ...people.map((id, i) => track(id, 'Signed Up', now - 60 * day + (i * 60 * day) / people.length)),
    ...ordered.map(id => track(id, 'Order Completed', now - 5 * day, { revenue: 40 })),
  ]
  for (let i = 0; i < calls.length; i += 500) {
    const answer = await api.call('POST', '/v1/batch', { batch: calls.slice(i, i + 500) })
    expect(answer.status).toBe(200)
  }
})
afterAll(() => api.close())

async function draft(more: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await api.call('POST', '/v1/campaigns', {
    name: 'Plan',
    trigger: { kind: 'now' },
    experiment: { holdout: 0.5, variants: [{ key: 'a', weight: 1 }], minimumEffect: 0.05 },
    goals: [
      { key: 'g', kind: 'winBack', success: { event: 'Order Completed', within: '14d' }, journey: [{ kind: 'wait', for: '1d' }] },
    ],
    ...more,
  })
  expect(status).toBe(201)
  return body.id
}
const plan = (id: string, body?: unknown) => api.call('POST', `/v1/campaigns/${id}/plan`, body)

describe('planning an experiment', () => {
  test('takes the base rate of its audience from what that did before, and says how many are needed', async () => {
    const { status, body } = await plan(await draft())
    expect(status).toBe(200)
    expect(body.baseline).toMatchObject({ from: 'history', customers: 800, rate })
    const size = sampleSizeProportions({ p1: rate, p2: rate + 0.05, ratio: 1, alpha: 0.05, power: 0.8 })
    expect(body.neededTotal).toBe(4 * (size?.nControl ?? 0))
    expect(body).toMatchObject({ state: 'tooSmall', audience: 800, maturesAfterDays: 14 })
    expect(body.warnings).toMatchObject([{ path: '/experiment/minimumEffect', code: 'audienceTooSmall' }])
    expect(body.detectableEffect).toBeGreaterThan(0.05)
  })

  test('counts the pace of an event, and how many days it will take', async () => {
    const { body } = await plan(await draft({ trigger: { kind: 'event', event: 'Signed Up' } }))
    expect(body.audience).toBeNull()
    expect(body.perDay).toBeCloseTo(400 / 30, 1)
    expect(body.expectedDays).toBe(Math.ceil(Math.ceil(body.neededTotal / body.perDay) + 14))
    expect(body.state).toBe('answerable')
  })

  test('takes what its author knows better', async () => {
    const { body } = await plan(await draft(), { baseRate: 0.4, minimumEffect: 0.2, audience: 100_000 })
    expect(body).toMatchObject({ state: 'answerable', baseline: { from: 'request', rate: 0.4 }, warnings: [] })
  })

  test('leaves the global holdout out of the audience', async () => {
    await api.db.run(sql`INSERT INTO setting (id, value) VALUES (1, '{"globalHoldout": 0.25}')`)
    const { body } = await plan(await draft())
    await api.db.run(sql`DELETE FROM setting`)
    expect(body).toMatchObject({ audience: 600, globalHoldout: 0.25 })
  })

  test('says so where the past tells nothing', async () => {
    const id = await draft({ audience: { attribute: 'plan', is: 'pro' } })
    const { body } = await plan(id)
    expect(body).toMatchObject({ state: 'unknown', neededTotal: null, warnings: [{ hint: 'Send "baseRate".' }] })
  })

  test('plans revenue by its spread and churn by who did not order', async () => {
    const revenue = (
      await plan(await draft({ experiment: { holdout: 0.5, metric: { kind: 'revenue' } } }), { minimumEffect: 10 })
    ).body
    expect(revenue.baseline.standardDeviation).toBeCloseTo(40 * Math.sqrt((rate * (1 - rate) * 800) / 799), 6)
    const capped = (
      await plan(await draft({ experiment: { holdout: 0.5, minimumEffect: 10, metric: { kind: 'revenue', cap: 20 } } }))
    ).body
    expect(capped).toMatchObject({ minimumEffect: 10, definition: expect.stringContaining('at most 20 a customer') })
    expect(capped.baseline.standardDeviation).toBeCloseTo(revenue.baseline.standardDeviation / 2, 9)
    const churn = (await plan(await draft({ experiment: { holdout: 0.5, metric: { kind: 'churn', within: '14d' } } }))).body
    expect(churn.baseline.rate).toBeCloseTo(1 - rate, 12)
  })

  test('takes a smallest effect above 1 for money, and for nothing else', async () => {
    const { status, body } = await api.call('POST', '/v1/campaigns', {
      name: 'Plan',
      trigger: { kind: 'now' },
      experiment: { holdout: 0.5, minimumEffect: 5 },
      goals: [{ key: 'g', kind: 'winBack', journey: [{ kind: 'wait', for: '1d' }] }],
    })
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([{ path: '/experiment/minimumEffect', code: 'tooLarge', hint: 'Two points are 0.02.' }])
  })

  test('warns at validation, and refuses what has no experiment', async () => {
    const { body } = await api.call('POST', `/v1/campaigns/${await draft()}/validate`)
    expect(body.ok).toBe(true)
    expect(body.warnings.map((each: { code: string }) => each.code)).toContain('audienceTooSmall')
    const none = await draft({ experiment: undefined })
    const refused = await plan(none)
    expect(refused.status).toBe(422)
    expect(refused.body.errors[0].path).toBe('/experiment')
    expect((await plan(await draft(), { baseRate: 2 })).status).toBe(400)
  })
})
