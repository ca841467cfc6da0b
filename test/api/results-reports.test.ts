import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assignVariant, globalSalt, hashUnit } from '../../domain/experiment/assign.ts'
import { newcombe } from '../../domain/experiment/proportions.ts'
import { anytimeComparison } from '../../domain/experiment/sequential.ts'
import { campaignIds } from '../../domain/ids.ts'
import { sql } from '../../domain/sql.ts'
import type { RunRow } from '../../prisma/queries/runs.ts'
import { apiOver } from '../support/api-over.ts'
import { endsOf, type Journeys, openJourneys } from '../support/journey.ts'

const day = 86_400_000
const start = Date.UTC(2026, 2, 2, 10)
const window = 30 * day
const share = 0.2
const people = Array.from({ length: 900 }, (_, i) => `c${i}`)
const held = (id: string) => hashUnit(globalSalt, id) < share
const variants = [{ key: 'a', weight: 1 }]
const letter = { subject: 'Hello', html: '<p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a></p>' }
const campaignOf = (name: string, more: Record<string, unknown> = {}, step: Record<string, unknown> = {}) => ({
  name,
  trigger: { kind: 'now' },
  experiment: { holdout: 0.3, variants },
  goals: [
    {
      key: 'g',
      kind: 'winBack',
      success: { event: 'Order Completed', within: '30d' },
      journey: [{ kind: 'message', id: 'one', channel: 'email', content: letter, ...step }],
    },
  ],
  ...more,
})

let journeys: Journeys
let api: Awaited<ReturnType<typeof apiOver>>
let run: RunRow
let now = start
const armOf = (id: string) => assignVariant({ salt: run.salt, customerId: id, holdout: 0.3, variants })

/** How often somebody buys in the 30 days before (−1) and after (0) the start, and the time before that (−2). */
function timesOf(id: string, which: -2 | -1 | 0): number {
  const u = hashUnit(`buys${which}`, id)
  const rate = which === 0 ? (held(id) ? 0.3 : armOf(id) === 'a' ? 0.7 : 0.35) : 0.5
  return u >= rate ? 0 : u < rate / 3 ? 2 : 1
}

beforeAll(async () => {
  journeys = await openJourneys()
  api = await apiOver(journeys.db, () => new Date(now))
  await journeys.db.run(sql`INSERT INTO setting (id, value) VALUES (1, ${JSON.stringify({ globalHoldout: share })}::jsonb)`)
  await journeys.receive(
    start - 100 * day,
    ...people.map(userId => ({ type: 'identify', userId, traits: { email: `${userId}@mail.example` } })),
  )
  run = (await journeys.launch(campaignOf('Spring'), start)).run
  await journeys.play(run, start, start + day)
  for (const which of [-2, -1, 0] as const)
    await journeys.receive(
      start + (which + 0.5) * window,
      ...people.flatMap(userId =>
        Array.from({ length: timesOf(userId, which) }, () => ({
          type: 'track',
          userId,
          event: 'Order Completed',
          properties: { revenue: 25, currency: 'USD' },
        })),
      ),
    )
}, 120_000)
afterAll(async () => {
  await api.close()
  await journeys.close()
})

describe('the global holdout', () => {
  test('enters no campaign, gets no message, and does not tilt a campaign’s own sample ratio', async () => {
    const entered = await journeys.db.rows<{ id: string; variant: string }>(
      sql`SELECT c.external_id AS id, e.variant FROM enrollment e JOIN customer c ON c.id = e.customer WHERE e.run = ${run.id}`,
    )
    expect(entered.map(row => row.id).sort()).toEqual(people.filter(id => !held(id)).sort())
    expect(entered.every(row => row.variant === armOf(row.id))).toBe(true)
    expect(journeys.sent).toHaveLength(entered.filter(row => row.variant === 'a').length)
    const ends = await endsOf(journeys.db, run.id)
    expect(Object.values(ends).reduce((a, b) => a + b, 0)).toBe(entered.length)
    now = start + 31 * day
    const { body } = await api.call('GET', `/v1/campaigns/${campaignIds.show(run.campaign)}/results`)
    expect(body.srm.ok).toBe(true)
    expect(body.population.enrolled).toBe(entered.length)
  })

  test('is named when somebody asks why a customer never entered', async () => {
    const id = people.find(held) ?? ''
    const { body } = await api.call('GET', `/v1/campaigns/${campaignIds.show(run.campaign)}/explain?customer=${id}`)
    expect(body.enrolled).toBe(false)
    expect(body.decisions.at(-1)).toMatchObject({
      kind: 'variant',
      outcome: 'globalHoldout',
      facts: { u: hashUnit('global', id), share },
    })
  })

  test('is written to by transactional campaigns that say so, and by no other', async () => {
    const { run: receipt } = await journeys.launch(
      campaignOf('Receipt', { limits: { globalHoldout: 'ignore' }, experiment: undefined }, { class: 'transactional' }),
      start + 40 * day,
    )
    await journeys.play(receipt, start + 40 * day, start + 41 * day)
    const ends = await endsOf(journeys.db, receipt.id)
    expect(Object.values(ends).reduce((a, b) => a + b, 0)).toBe(people.length)
    const refused = await api.call('POST', '/v1/campaigns', { body: campaignOf('Sale', { limits: { globalHoldout: 'ignore' } }) })
    expect(refused.status).toBe(422)
    expect(refused.body.errors.map((each: { path: string }) => each.path)).toContain('/limits/globalHoldout')
  })

  test('tells what being contactable changes, over everybody', async () => {
    now = start + 30 * day
    const query = `?from=${new Date(start).toISOString()}&to=${new Date(start + 30 * day).toISOString()}`
    const { status, body } = await api.call('GET', `/v1/results/programme${query}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ share, currency: 'USD', contactedInHoldout: 0 })
    for (const group of body.groups) {
      const mine = people.filter(id => held(id) === (group.group === 'holdout'))
      const before = mine.filter(id => timesOf(id, -1) > 0)
      const after = mine.filter(id => timesOf(id, 0) > 0)
      const repeaters = mine.filter(id => timesOf(id, 0) > 1)
      expect(group.customers).toBe(mine.length)
      expect(group.after.crr.value).toBeCloseTo((100 * before.filter(id => timesOf(id, 0) > 0).length) / before.length, 9)
      expect(group.after.crr.value + group.after.churn.value).toBeCloseTo(100, 9)
      expect(group.after.repeatRate.value).toBeCloseTo((100 * repeaters.length) / after.length, 9)
      const orders = mine.reduce((sum, id) => sum + timesOf(id, 0), 0)
      expect(group.after.revenuePerCustomer.value).toBeCloseTo((25 * orders) / mine.length, 9)
      expect(group.after.clv.value).toBeCloseTo((25 * orders) / after.length / (group.after.churn.value / 100), 6)
    }
    const active = body.comparisons.find((each: { metric: string }) => each.metric === 'active')
    const counts = (key: boolean) => {
      const mine = people.filter(id => held(id) === key)
      return { n: mine.length, successes: mine.filter(id => timesOf(id, 0) > 0).length }
    }
    const wanted = newcombe(counts(true), counts(false), 0.01)
    expect(active.fixed.interval[0]).toBeCloseTo(wanted?.[0] ?? Number.NaN, 9)
    expect(active.interval[0]).toBeLessThan(active.fixed.interval[0])
    expect(body.incremental.customers).toBeCloseTo(active.difference * counts(false).n, 9)
  })

  test('that is not set has nothing to tell, and says so', async () => {
    await journeys.db.run(sql`UPDATE setting SET value = '{"globalHoldout": 0}'`)
    const { status, body } = await api.call('GET', '/v1/results/programme')
    await journeys.db.run(sql`UPDATE setting SET value = ${JSON.stringify({ globalHoldout: share })}::jsonb`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ groups: [], comparisons: [], because: expect.stringContaining('No global holdout is set') })
  })
})

describe('campaigns side by side', () => {
  const compare = (query: string) => api.call('GET', `/v1/results/compare${query}`)

  test('tell retention before and after, and the difference to the holdout', async () => {
    now = start + 31 * day
    const id = campaignIds.show(run.campaign)
    const { status, body } = await compare(`?campaigns=${id}&window=30d`)
    expect(status).toBe(200)
    const [{ groups, comparisons }] = body.campaigns
    for (const group of groups) {
      const mine = people.filter(each => !held(each) && (armOf(each) === 'holdout') === (group.group === 'holdout'))
      const kept = (from: -2 | -1, to: -1 | 0) => {
        const then = mine.filter(each => timesOf(each, from) > 0)
        return (100 * then.filter(each => timesOf(each, to) > 0).length) / then.length
      }
      expect(group.before.crr.value).toBeCloseTo(kept(-2, -1), 9)
      expect(group.after.crr.value).toBeCloseTo(kept(-1, 0), 9)
    }
    const found = (metric: string) => comparisons.find((each: { metric: string }) => each.metric === metric)
    expect(found('crr').interval[0]).toBeGreaterThan(0)
    // CLV is Y·S / (A·L), and each customer's share in its logarithm is y/Y + s/S − a/A − l/L.
    const lifetime = (isHoldout: boolean) => {
      const mine = people.filter(each => !held(each) && (armOf(each) === 'holdout') === isHoldout)
      const rows = mine.map(each => {
        const [before, orders] = [timesOf(each, -1) > 0 ? 1 : 0, timesOf(each, 0)]
        return { y: 25 * orders, s: before, a: orders > 0 ? 1 : 0, l: before === 1 && orders === 0 ? 1 : 0 }
      })
      const sum = (key: 'y' | 's' | 'a' | 'l') => rows.reduce((total, row) => total + row[key], 0)
      const [y, s, a, l] = [sum('y'), sum('s'), sum('a'), sum('l')]
      const squares = rows.reduce((total, row) => total + (row.y / y + row.s / s - row.a / a - row.l / l) ** 2, 0)
      const mean = (y * s) / (a * l)
      return { n: mine.length, mean, variance: mean ** 2 * squares * mine.length }
    }
    const [treated, control] = [lifetime(false), lifetime(true)]
    const clv = anytimeComparison(control, treated, { alpha: 0.01, nStar: 5_000 })
    expect(found('clv')).toMatchObject({
      difference: expect.closeTo(clv.difference, 6),
      interval: clv.interval?.map(end => expect.closeTo(end, 6)),
      fixed: { test: 'welch' },
    })
    const lifetimeOf = (name: string) => groups.find((each: { group: string }) => each.group === name).after.clv.value
    expect(found('clv').difference).toBeCloseTo(lifetimeOf('treated') - lifetimeOf('holdout'), 6)
    expect(body.definition).toContain('revenueLifespan')
  })

  test('count as active who did what was asked for; money and repeat rate stay with the orders', async () => {
    now = start + 31 * day
    const visited = (id: string, which: -1 | 0) => hashUnit(`visits${which}`, id) < (which === 0 && armOf(id) === 'a' ? 0.8 : 0.5)
    for (const which of [-1, 0] as const)
      await journeys.receive(
        start + (which + 0.5) * window,
        ...people.filter(id => visited(id, which)).map(userId => ({ type: 'track', userId, event: 'Visited' })),
      )
    const query = `?campaigns=${campaignIds.show(run.campaign)}&window=30d`
    const { body: orders } = await compare(query)
    const { body } = await compare(`${query}&activeEvent=Visited`)
    for (const [i, group] of body.campaigns[0].groups.entries()) {
      const mine = people.filter(each => !held(each) && (armOf(each) === 'holdout') === (group.group === 'holdout'))
      const before = mine.filter(id => visited(id, -1))
      expect(group.after.crr.value).toBeCloseTo((100 * before.filter(id => visited(id, 0)).length) / before.length, 9)
      expect(group.active.customers).toBe(mine.filter(id => visited(id, 0)).length)
      const other = orders.campaigns[0].groups[i]
      expect(group.after.repeatRate).toEqual(other.after.repeatRate)
      expect(group.after.revenuePerCustomer).toEqual(other.after.revenuePerCustomer)
    }
    expect(body.definition).toContain('Active: at least one “Visited”')
    const { body: programme } = await api.call(
      'GET',
      `/v1/results/programme?activeEvent=Visited&from=${new Date(start).toISOString()}`,
    )
    const free = programme.groups.find((each: { group: string }) => each.group === 'contactable')
    expect(free.active.customers).toBe(people.filter(id => !held(id) && visited(id, 0)).length)
  })

  test('have nothing to compare before the time after is over', async () => {
    now = start + 10 * day
    const { body } = await compare(`?campaigns=${campaignIds.show(run.campaign)}&window=30d`)
    expect(body.campaigns[0]).toMatchObject({ groups: [], because: expect.stringContaining('Nobody entered 30d or longer ago') })
  })

  test.each([
    ['', 400],
    ['?campaigns=cmp_99', 404],
    ['?campaigns=cmp_1&window=1h', 422],
    ['?campaigns=cmp_1&window=soon', 400],
  ])('refuse %s', async (query, status) => {
    expect((await compare(query)).status).toBe(status)
  })
})
