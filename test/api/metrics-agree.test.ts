import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApi, testApi } from '../support/api.ts'
import { type Fact, tell } from '../support/facts.ts'

// One question asked in two ways has one answer: of a group and of a segment of the same people, of a month and of its window.

const now = '2024-07-01T00:00:00.000Z'
const day = 86_400_000
const tiers = ['gold', 'basic', null] as const

/** A year of random facts about a hundred and twenty people, the same each time. */
function facts(): Fact[] {
  let state = 20240701
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  const told: Fact[] = []
  for (let i = 0; i < 120; i++) {
    const who = `c${i}`
    const begin = Date.parse('2023-07-01T00:00:00Z') + random() * 330 * day
    const at = (days: number) => new Date(begin + days * day).toISOString()
    for (let days = 0, n = 0; begin + days * day < Date.parse(now) && n < 1 + random() * 9; days += 1 + random() * 60, n++) {
      const orderId = `${who}-${n}`
      const currency = one(['EUR', 'EUR', 'USD'])
      told.push([who, 'Order Completed', at(days), { orderId, revenue: Math.round(500 + random() * 9_500) / 100, currency }])
      if (random() < 0.1) told.push([who, 'Order Refunded', at(days + 0.5), { orderId, revenue: 3, currency }])
      if (random() < 0.5) told.push([who, 'Login', at(days + random() * 9), {}])
    }
    if (random() < 0.7) {
      told.push([who, 'Trial Started', at(0), { plan: 'pro', trialEndsAt: at(14) }])
      if (random() < 0.7) {
        const mrr = one([10, 20, 50])
        told.push([who, 'Trial Converted', at(13), { plan: 'pro', mrr, currency: 'EUR', renewsAt: at(44) }])
        if (random() < 0.7)
          told.push([who, 'Subscription Renewed', at(44), { mrr: mrr + one([0, 5, -5]), currency: 'EUR', renewsAt: at(74) }])
        if (random() < 0.4)
          told.push([who, 'Subscription Cancelled', at(60), random() < 0.7 ? { reason: one(['price', 'support']) } : {}])
      }
    }
    if (random() < 0.5) told.push([who, 'Survey Answered', at(20), { survey: 'nps', score: Math.floor(random() * 11) }])
    if (random() < 0.5) told.push([who, 'Survey Answered', at(21), { survey: 'csat', score: 1 + Math.floor(random() * 5) }])
  }
  return told.filter(([, , at]) => at < now)
}

let api: TestApi
beforeAll(async () => {
  api = await testApi({ clock: () => new Date(now) })
  const { body } = await api.call('GET', '/v1/settings')
  await api.call('PUT', '/v1/settings', { ...body, currencies: { reporting: 'EUR', rates: { USD: 0.5 } } })
  await tell(api.db, facts())
  await api.db.pool.query(
    `UPDATE customer SET attributes = CASE id % 3 WHEN 0 THEN '{"tier":"gold"}' WHEN 1 THEN '{"tier":"basic"}' ELSE '{}' END::jsonb`,
  )
  for (const tier of tiers)
    await api.call('POST', '/v1/segments', {
      key: `tier-${tier}`,
      name: `${tier}`,
      rule: { attribute: 'tier', ...(tier === null ? { exists: false } : { is: tier }) },
    })
})
afterAll(() => api.close())

const ask = async (path: string) => {
  const { status, body, text } = await api.call('GET', `/v1/metrics/${path}`)
  expect(status, `${path}: ${text}`).toBe(200)
  return body
}
const near = (value: unknown) => (typeof value === 'number' ? Math.round(value * 1e6) / 1e6 : (value ?? null))
/** The numbers of an answer, of a point of a series, of a row of a table: there, rates by days stand in cells. */
const numbers = (row: Record<string, unknown> & { cells?: Record<string, unknown>[] }) => {
  const [cell] = row.cells ?? []
  const { value, numerator, denominator, reason } = cell ? { ...cell, numerator: cell.retained, denominator: cell.eligible } : row
  return { value: near(value), numerator: near(numerator), denominator: near(denominator), reason: near(reason) }
}

const windows = ['', '&from=2024-01-01&to=2024-07-01', '&from=2024-03-10&to=2024-04-20&asOf=2024-04-10T12:00:00Z']
const rates = [
  'crr?x',
  'crr?active=event&activeEvent=Login&activeWithin=30d',
  'churn?x',
  'churn?kind=gross',
  'revenueChurn?x',
  'grr?x',
  'nrr?x',
  'nDay?n=30',
  'bracketed?brackets=1-30',
  'unbounded?n=30',
  'repeatRate?x',
  'purchaseFrequency?x',
  'clv?definition=totalBusiness',
  'clv?definition=profit&cost=3',
  'nps?x',
  'csat?x',
  'renewalRate?x',
  'ltvCac?cost=100',
  'leakage?x',
  'leakage?grace=5d',
  'survival?x',
  'survival?until=secondOrder',
  'nDay?n=7&days=rolling24h&cohortEvent=Order%20Completed&returnEvent=Login',
  'nDay?n=7&days=customerZone&cohortEvent=Order%20Completed&returnEvent=Order%20Completed',
]

describe('a group among others', () => {
  test.each([...rates, 'lifecycle?x'])('has the numbers of a segment of the same people: %s', async metric => {
    const path = metric.replace('?x', '?')
    let told = 0
    for (const window of windows) {
      const { table } = await ask(`${path}&by=tier${window}`)
      for (const tier of tiers) {
        const alone = numbers(await ask(`${path}&segment=tier-${tier}${window}`))
        const row = table.find((each: { group: string | null }) => each.group === tier)
        if (row) expect([window, tier, numbers(row)]).toEqual([window, tier, alone])
        else expect([window, tier, alone.denominator ?? 0]).toEqual([window, tier, 0])
        if (alone.value !== null) told++
      }
    }
    expect(told).toBeGreaterThan(1)
  })

  test('has the reasons to leave of a segment of the same people', async () => {
    const { table } = await ask('churnReasons?by=tier')
    for (const tier of tiers)
      expect(
        table
          .filter((row: { group: string | null }) => row.group === tier)
          .map(({ group: _, ...row }: { group: string | null }) => row),
      ).toEqual((await ask(`churnReasons?segment=tier-${tier}`)).table)
  })
})

describe('a month among others', () => {
  test.each(rates)('has the numbers of its own window: %s', async metric => {
    const path = metric.replace('?x', '?')
    const { series, table } = await ask(`${path}&by=month&from=2024-01-15&to=2024-06-10`)
    // The series of survival is its curve: its months stand in the table.
    const months: { period?: string; from: string; to: string }[] = [...(series ?? []), ...(table ?? [])]
    const points = months.filter(point => point.period !== undefined)
    for (const { from, to, ...point } of points)
      expect([point.period, numbers(point)]).toEqual([point.period, numbers(await ask(`${path}&from=${from}&to=${to}`))])
    // Cohorts stand in a table, each by the first day of its month, however much of it lies in the window.
    const edges = ['2024-01-15', '2024-02-01', '2024-03-01', '2024-04-01', '2024-05-01', '2024-06-01', '2024-06-10']
    if (points.length === 0)
      for (const [i, row] of (table as { cohort: string }[]).entries())
        expect([row.cohort, numbers(row)]).toEqual([
          row.cohort,
          numbers(await ask(`${path}&from=${edges[i]}&to=${edges[i + 1]}`)),
        ])
    // Nobody began in June.
    expect(points.length || table.length).toBe(points.length === 0 ? 5 : 6)
  })
})

test('parameters are read as the contract writes them', async () => {
  expect((await ask('nDay?n=1,7,30')).series.map((cell: { n: number }) => cell.n)).toEqual([1, 7, 30])
  expect((await ask('bracketed?brackets=0-0,1-7,8-30')).series).toHaveLength(3)
  const [free, dear] = [await ask('clv?definition=profit&cost=0'), await ask('clv?definition=profit&cost=12.5')]
  expect(free.value - dear.value).toBeCloseTo(12.5, 9)
  const basket = await ask('clv?definition=basket&periods=12&margin=0.5')
  expect(basket.value).toBeCloseTo((await ask('clv?definition=basket&periods=24&margin=0.25')).value, 9)
  expect((await ask('ltvCac?cost=1000')).value).toBeCloseTo((await ask('ltvCac?cost=500')).value / 2, 9)
  for (const wrong of ['nDay?n=seven', 'bracketed?brackets=1', 'clv?cost=-1', 'clv?margin=2', 'crr?grace=later'])
    expect((await api.call('GET', `/v1/metrics/${wrong}`)).status).toBe(400)
})
