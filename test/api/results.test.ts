import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assignVariant, hashUnit } from '../../domain/experiment/assign.ts'
import { newcombe, wilson } from '../../domain/experiment/proportions.ts'
import { anytimeComparison } from '../../domain/experiment/sequential.ts'
import { srmEvidence } from '../../domain/experiment/srm.ts'
import { campaignIds, runIds } from '../../domain/ids.ts'
import { logRank } from '../../domain/metric/logrank.ts'
import { kaplanMeier, lifeTable, survivalAt } from '../../domain/metric/survival.ts'
import { sql } from '../../domain/sql.ts'
import type { RunRow } from '../../prisma/queries/runs.ts'
import { apiOver } from '../support/api-over.ts'
import { type Journeys, openJourneys } from '../support/journey.ts'

const day = 86_400_000
const start = Date.UTC(2026, 2, 2, 10)
const email = (subject: string) => ({
  subject,
  html: '<p>Hello</p><p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a></p>',
})

/** A name that a spreadsheet would compute, with a comma and a quote in it. */
const second = '=1+1 "två", 二'

let journeys: Journeys
let api: Awaited<ReturnType<typeof apiOver>>
let run: RunRow
let campaign: string
let now = start
const people = Array.from({ length: 1_500 }, (_, i) => `c${i}`)
const variants = [
  { key: 'a', weight: 1 },
  { key: 'b', weight: 1 },
]
const holdout = 0.2
const armOf = (customerId: string) => assignVariant({ salt: run.salt, customerId, holdout, variants })
/** Who orders, when and for how much: decided by a hash of the test's own, more often and sooner in arm b. */
const orderOf = (customerId: string) => {
  const rate = { a: 0.3, b: 0.55, holdout: 0.15 }[armOf(customerId)] ?? 0
  if (hashUnit('buys', customerId) >= rate) return null
  const days = 0.5 + hashUnit('when', customerId) * 24
  return { days, revenue: 10 + Math.floor(hashUnit('much', customerId) * 90) }
}

const results = (query = '') => api.call('GET', `/v1/campaigns/${campaign}/results${query}`)

beforeAll(async () => {
  journeys = await openJourneys()
  api = await apiOver(journeys.db, () => new Date(now))
  await journeys.receive(
    start - 40 * day,
    ...people.map(userId => ({
      type: 'identify',
      userId,
      traits: { email: `${userId}@mail.example`, group: hashUnit('g', userId) < 0.5 ? 'x' : 'y' },
    })),
  )
  const launched = await journeys.launch(
    {
      name: 'Win them back',
      trigger: { kind: 'now' },
      experiment: { holdout, variants, minimumDays: 7, minimumEffect: 0.02, plannedTotal: 1_500 },
      goals: [
        {
          key: 'g',
          kind: 'winBack',
          success: { event: 'Order Completed', within: '14d' },
          journey: [
            { kind: 'message', id: 'first', channel: 'email', content: { a: email('A'), b: email('B') } },
            { kind: 'wait', for: '7d' },
            { kind: 'message', id: second, channel: 'email', content: email('Still there?') },
          ],
        },
      ],
    },
    start,
  )
  run = launched.run
  campaign = campaignIds.show(run.campaign)
  const orders = people.flatMap(userId => {
    const order = orderOf(userId)
    return order ? [{ userId, ...order }] : []
  })
  // In parts of a day, as a shop would send them.
  const happenings = Array.from({ length: 25 }, (_, d) => ({
    at: start + (d + 1) * day,
    happen: () =>
      journeys.receive(
        start + (d + 1) * day,
        ...orders
          .filter(order => Math.floor(order.days) === d)
          .map(order => ({
            type: 'track',
            userId: order.userId,
            event: 'Order Completed',
            properties: { revenue: order.revenue, currency: 'EUR' },
            timestamp: new Date(start + order.days * day).toISOString(),
          })),
      ),
  }))
  await journeys.play(run, start, start + 30 * day, happenings)
  // The last customer has left the journey after a week; people go on buying.
  for (const { happen } of happenings) await happen()
}, 120_000)
afterAll(async () => {
  await api.close()
  await journeys.close()
})

/** What everybody of an arm did within so many days, counted here from who ordered when. */
function counted(arm: string, within: number) {
  const members = people.filter(id => armOf(id) === arm)
  const buyers = members.flatMap(id => orderOf(id) ?? []).filter(order => order.days <= within)
  return { n: members.length, successes: buyers.length, revenue: buyers.reduce((sum, order) => sum + order.revenue, 0) }
}

describe('the results of a campaign that has run', () => {
  test('count everybody in the arm they were assigned to, and agree with a count made by hand', async () => {
    now = start + 29 * day
    const { status, body } = await results()
    expect(status).toBe(200)
    expect(body).toMatchObject({ metric: 'conversion', primary: true, maturing: 0, asOf: new Date(now).toISOString() })
    expect(body.arms.map((arm: { key: string }) => arm.key)).toEqual(['holdout', 'a', 'b'])
    for (const arm of body.arms) {
      const mine = counted(arm.key, 14)
      expect(arm).toMatchObject({ enrolled: mine.n, matured: mine.n, maturing: 0, converted: mine.successes, unmeasured: 0 })
      expect(arm.rate).toBe(mine.successes / mine.n)
      expect(arm.interval).toEqual(wilson(mine, 0.05))
      expect(arm.revenue).toBeCloseTo(mine.revenue, 6)
      expect(arm.exposed).toBe(arm.key === 'holdout' ? 0 : mine.n)
    }
    expect(body.population.enrolled).toBe(people.length)
    expect(body.revenue).toMatchObject({ currency: 'EUR', unconverted: 0 })
  })

  test('compare every arm with the holdout and every pair, by the anytime-valid interval, beside Newcombe and Bayes', async () => {
    now = start + 29 * day
    const { body } = await results()
    expect(body.comparisons.map((each: { arm: string; against: string }) => [each.arm, each.against])).toEqual([
      ['a', 'holdout'],
      ['b', 'holdout'],
      ['b', 'a'],
    ])
    for (const each of body.comparisons) {
      const [arm, against] = [counted(each.arm, 14), counted(each.against, 14)]
      const summary = ({ n, successes }: { n: number; successes: number }) => {
        const mean = successes / n
        return { n, mean, variance: mean * (1 - mean) }
      }
      const expected = anytimeComparison(summary(against), summary(arm), { alpha: 0.05 / 3, nStar: 1_500 })
      expect(each.difference).toBeCloseTo(expected.difference, 12)
      expect(each.interval[0]).toBeCloseTo(expected.interval?.[0] ?? Number.NaN, 12)
      expect(each.method).toEqual({ name: 'asymptoticSequence', nStar: 1_500, alpha: 0.05 / 3 })
      expect(each.fixed.interval).toEqual(newcombe(against, arm, 0.05 / 3))
      expect(each.bayes.pBBeatsA).toBeGreaterThan(0.9)
    }
    const counts = body.srm.arms.map((arm: { count: number; expected: number }) => ({ count: arm.count, weight: arm.expected }))
    expect(body.srm.p).toBeCloseTo(srmEvidence(counts).p, 9)
    expect(body.srm.ok).toBe(true)
    expect(body.decision).toMatchObject({ state: 'winner', arm: 'b' })
    expect(body.decision.because).toContain('“b” is better than every other arm on conversion')
  })

  test('wait until customers have had their time, for numerator and denominator alike', async () => {
    now = start + 10 * day
    const early = (await results()).body
    expect(early).toMatchObject({ maturing: people.length, decision: { state: 'keepRunning' } })
    expect(early.arms.every((arm: { converted: number; rate: null }) => arm.converted === 0 && arm.rate === null)).toBe(true)
    expect(early.decision.because).toContain('None of the 1,500 customers has been in long enough')
    now = start + 17 * day
    const young = (await results()).body
    expect(young.maturing).toBe(0)
    // Matured for three days of the seven that were asked for.
    expect(young.decision).toMatchObject({ state: 'keepRunning', waitingFor: 'days', neededDays: 4 })
    now = start + 29 * day
    const back = (await results(`?asOf=${new Date(start + 17 * day).toISOString()}`)).body
    expect({ ...back, exposure: 0, funnel: 0, arms: 0 }).toEqual({ ...young, exposure: 0, funnel: 0, arms: 0 })
  })

  test('read revenue per customer with its cap, retention in a bracket and churn from the same purchases', async () => {
    now = start + 29 * day
    const revenue = (await results('?metric=revenue&cap=50')).body
    for (const arm of revenue.arms) {
      const spent = people
        .filter(id => armOf(id) === arm.key)
        .map(id => {
          const order = orderOf(id)
          return order && order.days <= 14 ? Math.min(50, order.revenue) : 0
        })
      expect(arm.revenuePerCustomer).toBeCloseTo(spent.reduce((a, b) => a + b, 0) / spent.length, 9)
    }
    expect(revenue.primary).toBe(false)
    expect(revenue.comparisons[0].fixed.test).toBe('welch')
    expect(revenue.comparisons[0].cuped).toMatchObject({ theta: 0 })

    const kept = (await results('?metric=retention&bracket=7d-14d')).body
    const churned = (await results('?metric=churn&within=14d')).body
    for (const [i, arm] of kept.arms.entries()) {
      const members = people.filter(id => armOf(id) === arm.key)
      const inside = members.filter(id => {
        const order = orderOf(id)
        return order !== null && order.days >= 7 && order.days <= 14
      })
      expect(arm).toMatchObject({ matured: members.length, converted: inside.length })
      expect(churned.arms[i].converted).toBe(members.length - counted(arm.key, 14).successes)
    }
    expect(churned).toMatchObject({ better: 'lower', definition: expect.stringContaining('without “Order Completed”') })
    expect(churned.comparisons.find((each: { arm: string }) => each.arm === 'b').difference).toBeLessThan(0)
  })

  test('draw a Kaplan-Meier curve for each arm, with the log-rank test of all', async () => {
    now = start + 29 * day
    const { retention } = (await results()).body
    expect(retention.unit).toBe('day')
    const table = (arm: string) => {
      const members = people.filter(id => armOf(id) === arm)
      const days = members.map(id => {
        const order = orderOf(id)
        return order && order.days <= 14 ? Math.ceil(order.days) : null
      })
      return lifeTable(
        days.map(each => each ?? 14),
        days.map(each => each !== null),
      )
    }
    for (const curve of retention.curves) {
      const expected = kaplanMeier(table(curve.arm))
      expect(curve.points).toHaveLength(15)
      for (const point of curve.points) {
        const at = survivalAt(expected, point.t)
        expect(point.survival).toBeCloseTo(at.survival ?? Number.NaN, 12)
        expect(point.lower).toBeCloseTo(at.lower ?? Number.NaN, 12)
      }
    }
    const test = logRank({ holdout: table('holdout'), a: table('a'), b: table('b') })
    expect(retention.logRank).toMatchObject({ df: 2, chi2: expect.closeTo(test.reason === null ? test.chi2 : Number.NaN, 8) })
  })

  test('say what the campaign brought that would not have come by itself', async () => {
    now = start + 29 * day
    const { body } = await results()
    const [one, other] = [counted('b', 14), counted('holdout', 14)]
    const b = body.incremental.find((each: { arm: string }) => each.arm === 'b')
    expect(b.customers.value).toBeCloseTo((one.successes / one.n - other.successes / other.n) * one.n, 9)
    expect(b.revenue.value).toBeCloseTo((one.revenue / one.n - other.revenue / other.n) * one.n, 6)
    expect(b.customers.interval[0]).toBeLessThan(b.customers.value)
    expect(body.incremental.map((each: { arm: string }) => each.arm)).toEqual(['a', 'b', 'all'])
  })

  test('tell the funnel of every message step, by arm', async () => {
    now = start + 29 * day
    const { body } = await results()
    const treated = people.filter(id => armOf(id) !== 'holdout')
    expect(body.funnel.map((step: { step: string }) => step.step)).toEqual(['first', second])
    expect(body.funnel[0]).toMatchObject({ reached: treated.length, sent: treated.length, channel: 'email', goal: 'g' })
    expect(body.funnel[0].byArm.a.sent).toBe(people.filter(id => armOf(id) === 'a').length)
    const stillIn = treated.filter(id => (orderOf(id)?.days ?? 99) > 7)
    expect(body.funnel[1].sent).toBeLessThanOrEqual(treated.length)
    expect(body.funnel[1].sent).toBeGreaterThanOrEqual(stillIn.length)
    expect(body.funnel[0].converted).toBe(treated.filter(id => (orderOf(id)?.days ?? 99) <= 14).length)
    expect(body.exposure).toEqual({ exposed: treated.length, of: people.length })
  })

  test('divide by a segment, marked as exploratory, without losing anybody', async () => {
    await journeys.db.run(sql`INSERT INTO segment (key, name, rule, created_at, updated_at)
      VALUES ('x', 'Group x', '{"attribute":"group","is":"x"}', now(), now())`)
    const { body } = await results('?by=x')
    const [{ inside, outside, exploratory }] = body.breakdown
    expect(exploratory).toBe(true)
    for (const [i, arm] of body.arms.entries()) {
      expect(inside.arms[i].enrolled + outside.arms[i].enrolled).toBe(arm.enrolled)
      expect(inside.arms[i].converted + outside.arms[i].converted).toBe(arm.converted)
      expect(inside.arms[i].enrolled).toBe(people.filter(id => armOf(id) === arm.key && hashUnit('g', id) < 0.5).length)
    }
  })

  test('come as CSV too', async () => {
    const { headers, text } = await results('?format=csv')
    expect(headers['content-type']).toContain('text/csv')
    const lines = text.trim().split('\r\n')
    expect(lines).toHaveLength(4)
    expect(lines[1]).toContain(`${campaign},conversion,`)
    const accepted = await api.call('GET', `/v1/campaigns/${campaign}/results?table=comparisons`, {
      headers: { accept: 'text/csv' },
    })
    expect(accepted.text.split('\r\n')[1]).toContain('a,holdout,')
    const funnel = (await results('?format=csv&table=funnel')).text.split('\r\n')
    expect(funnel.map(line => line.split(',email')[0])).toEqual([
      expect.stringMatching(/^step,/),
      'first',
      `"'=1+1 ""två"", 二"`,
      '',
    ])
    const curves = (await results('?format=csv&table=retention')).text
    expect(curves.split('\r\n')[0]).toBe('arm,day,survival,low,high')
  })

  test.each([
    ['?metric=happiness', 400, '/querystring/metric'],
    ['?metric=retention', 422, '/querystring/bracket'],
    ['?metric=retention&bracket=14d-7d', 422, '/querystring/bracket'],
    ['?metric=retention&bracket=7d', 400, '/querystring/bracket'],
    ['?metric=churn', 422, '/querystring/within'],
    ['?metric=conversion&within=5d', 422, '/querystring/within'],
    ['?metric=churn&within=5d&bracket=7d-14d', 422, '/querystring/bracket'],
    ['?metric=revenue&event=Login', 422, '/querystring/event'],
    ['?run=run_999', 422, '/querystring/run'],
    ['?by=nobody', 422, '/querystring/by'],
    ['?asOf=2100-01-01T00:00:00Z', 422, '/querystring/asOf'],
  ])('refuse %s with the field that is wrong', async (query, status, path) => {
    const answer = await results(query)
    expect(answer.status).toBe(status)
    expect(answer.body.errors[0].path).toContain(path)
    expect(answer.body.errors[0].hint).not.toBe('')
  })

  test('of one run are asked for by its id', async () => {
    const { body } = await results(`?run=${runIds.show(run.id)}`)
    expect(body).toMatchObject({ run: runIds.show(run.id), population: { enrolled: people.length } })
  })
})
