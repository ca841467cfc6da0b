import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { agree, only, oracle } from '../domain/oracle.ts'
import { type Fact, tell } from '../support/facts.ts'
import { askMetric, forget } from '../support/metrics.ts'
import { type TestDatabase, testDatabase } from '../support/stack.ts'

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase(database.url, 5)
})
afterEach(() => forget(db))
afterAll(async () => {
  await db.close()
  await database.close()
})

interface Inputs {
  customers: { id: string; start: number; end: number; currency?: string }[]
  contracts: { id: string; status: 'renewed' | 'cancelled' | 'pending' }[]
  asOf: string
  graceDays: number
  trials: { id: string; trialEnd: string; paidOn: string | null }[]
  orders: { customer: string; order: string; cancelled: boolean }[]
  answers: (number | null)[]
  max: number
}
const cases = oracle<Inputs>('retention_metrics')
const march = { from: '2024-03-01', to: '2024-04-01', asOf: '2024-05-01T00:00:00Z' }

describe('recurring revenue kept, from subscription events', () => {
  test.each(only(cases, 'metric', 'revenue'))('%s', async (_, each) => {
    const facts = each.inputs.customers.flatMap(({ id, start, end, currency = 'EUR' }): Fact[] => [
      ...(start > 0 ? [[id, 'Subscription Started', '2024-01-01T00:00:00Z', { mrr: start, currency }] as const] : []),
      end > 0
        ? [id, start > 0 ? 'Subscription Updated' : 'Subscription Started', '2024-03-09T00:00:00Z', { mrr: end, currency }]
        : [id, 'Subscription Cancelled', '2024-03-09T00:00:00Z'],
      // What comes after the window, or was so before, changes nothing.
      [id, 'Subscription Updated', '2024-04-02T00:00:00Z', { mrr: 1_000_000, currency }],
    ])
    await tell(db, facts)
    const [grr, nrr, revenueChurn, net] = [
      await askMetric(db, 'grr', march),
      await askMetric(db, 'nrr', march),
      await askMetric(db, 'revenueChurn', march),
      await askMetric(db, 'revenueChurn', march, { kind: 'net' }),
    ]
    agree(
      {
        grr: grr.value,
        nrr: nrr.value,
        revenueChurn: revenueChurn.value,
        revenueChurnNet: net.value,
        reason: grr.reason,
      },
      each,
    )
  })

  test('several currencies are one where the settings have rates', async () => {
    await tell(db, [
      ['a', 'Subscription Started', '2024-01-01T00:00:00Z', { mrr: 100, currency: 'EUR' }],
      ['b', 'Subscription Started', '2024-01-01T00:00:00Z', { mrr: 100, currency: 'USD' }],
      ['b', 'Subscription Updated', '2024-03-05T00:00:00Z', { mrr: 50, currency: 'USD' }],
    ])
    expect(await askMetric(db, 'grr', march)).toMatchObject({ value: null, reason: 'mixed_currency' })
    const answer = await askMetric(db, 'grr', { ...march, rates: { USD: 0.5 } })
    expect(answer).toMatchObject({ value: expect.closeTo((125 / 150) * 100, 9), currency: 'EUR', denominator: 150 })
    // Who changes the currency keeps what it is worth, not what it is called.
    await tell(db, [['a', 'Subscription Updated', '2024-03-06T00:00:00Z', { mrr: 100, currency: 'USD' }]])
    expect((await askMetric(db, 'grr', { ...march, rates: { USD: 0.5 } })).value).toBeCloseTo((75 / 150) * 100, 9)
  })
})

test('a trial that was never paid is nobody lost, and an event that arrives late finds its place in the history', async () => {
  await tell(db, [
    ['a', 'Subscription Cancelled', '2024-03-20T00:00:00Z'],
    ['a', 'Subscription Started', '2024-02-01T00:00:00Z'],
    ['b', 'Trial Started', '2024-03-05T00:00:00Z'],
    ['b', 'Subscription Cancelled', '2024-03-10T00:00:00Z'],
    ['c', 'Subscription Updated', '2024-02-10T00:00:00Z', { mrr: 5 }],
    ['d', 'Subscription Started', '2024-03-01T00:00:00Z'],
  ])
  const { counts, value } = await askMetric(db, 'churn', march, { kind: 'gross' })
  // What begins exactly with the window begins in it.
  expect(counts).toEqual({ start: 2, end: 2, new: 1, reactivated: 0, lostNet: 1, lostGross: 1, newLost: 0 })
  expect(value).toBe(50)
})

describe('trials and terms', () => {
  test.each(only(cases, 'metric', 'leakage'))('%s', async (_, each) => {
    const facts = each.inputs.trials.flatMap(({ id, trialEnd, paidOn }): Fact[] => [
      [id, 'Trial Started', '2023-01-01T00:00:00Z', { trialEndsAt: `${trialEnd}T12:00:00Z` }],
      ...(paidOn === null ? [] : [[id, 'Trial Converted', `${paidOn}T15:00:00Z`] as const]),
    ])
    await tell(db, facts)
    const grace = { grace: `${each.inputs.graceDays ?? 0}d` }
    const answer = await askMetric(db, 'leakage', { asOf: `${each.inputs.asOf}T18:00:00Z`, to: '2100-01-01' }, grace)
    const conversion = answer.value === null ? null : 100 - answer.value
    agree({ ...answer, conversion, ended: answer.denominator, leaked: answer.numerator }, each)
  })

  test.each(only(cases, 'metric', 'renewalRate'))('%s', async (_, each) => {
    const facts = each.inputs.contracts.flatMap(({ id, status }): Fact[] => {
      const renewsAt = status === 'pending' ? '2024-03-30T00:00:00Z' : '2024-03-10T00:00:00Z'
      return [
        [id, 'Subscription Started', '2023-03-10T00:00:00Z', { renewsAt }],
        ...(status === 'renewed'
          ? ([[id, 'Subscription Renewed', '2024-03-09T00:00:00Z', { renewsAt: '2025-03-10T00:00:00Z' }]] as const)
          : status === 'cancelled'
            ? ([[id, 'Subscription Cancelled', '2024-03-01T00:00:00Z']] as const)
            : []),
      ]
    })
    await tell(db, facts)
    const answer = await askMetric(db, 'renewalRate', { ...march, asOf: '2024-03-31T00:00:00Z' }, { grace: '5d' })
    agree({ ...answer, due: answer.denominator }, each)
  })

  test('a term that ran out unpaid is lost once its grace is over, and one that was moved is not due', async () => {
    await tell(db, [
      ['silent', 'Subscription Started', '2023-03-10T00:00:00Z', { renewsAt: '2024-03-10T00:00:00Z' }],
      ['moved', 'Subscription Started', '2023-03-10T00:00:00Z', { renewsAt: '2024-03-10T00:00:00Z' }],
      ['moved', 'Subscription Updated', '2024-02-10T00:00:00Z', { renewsAt: '2024-09-10T00:00:00Z' }],
      ['late', 'Subscription Started', '2023-03-10T00:00:00Z', { renewsAt: '2024-03-10T00:00:00Z' }],
      ['late', 'Subscription Renewed', '2024-03-14T00:00:00Z', { renewsAt: '2025-03-10T00:00:00Z' }],
    ])
    expect(await askMetric(db, 'renewalRate', march, { grace: '5d' })).toMatchObject({ numerator: 1, denominator: 2 })
    expect(await askMetric(db, 'renewalRate', march)).toMatchObject({ numerator: 0, denominator: 2 })
    const early = { ...march, asOf: '2024-03-12T00:00:00Z' }
    expect(await askMetric(db, 'renewalRate', early, { grace: '5d' })).toMatchObject({ reason: 'no_renewals_due', pending: 2 })
  })

  test('reasons to leave: the last one each customer gave, those who gave none beside them', async () => {
    await tell(db, [
      ['a', 'Subscription Cancelled', '2024-03-02T00:00:00Z', { reason: 'price' }],
      ['a', 'Subscription Cancelled', '2024-03-03T00:00:00Z', { reason: 'support' }],
      ['b', 'Subscription Cancelled', '2024-03-03T00:00:00Z', { reason: ' support ' }],
      ['c', 'Subscription Cancelled', '2024-03-03T00:00:00Z'],
      ['d', 'Subscription Cancelled', '2024-02-03T00:00:00Z', { reason: 'price' }],
    ])
    const answer = await askMetric(db, 'churnReasons', march)
    expect(answer).toMatchObject({ value: 3, numerator: 2, denominator: 3 })
    expect(answer.table).toEqual([
      { reason: 'support', customers: 2, share: expect.closeTo(200 / 3, 9) },
      { reason: null, customers: 1, share: expect.closeTo(100 / 3, 9) },
    ])
  })

  test('reasons to leave by month are those of the window and of what is known, and a part of a month says that it is one', async () => {
    await tell(db, [
      ['before', 'Subscription Cancelled', '2024-02-03T00:00:00Z', { reason: 'price' }],
      ['a', 'Subscription Cancelled', '2024-02-20T00:00:00Z', { reason: 'support' }],
      ['b', 'Subscription Cancelled', '2024-03-03T00:00:00Z', { reason: 'price' }],
      ['later', 'Subscription Cancelled', '2024-03-20T00:00:00Z', { reason: 'price' }],
    ])
    const asked = { from: '2024-02-10', to: '2024-04-01', asOf: '2024-03-10T00:00:00Z', period: 'month' as const }
    const { value, series } = await askMetric(db, 'churnReasons', asked)
    expect(value).toBe(2)
    expect(series).toMatchObject([
      {
        period: '2024-02',
        from: new Date('2024-02-10'),
        complete: false,
        value: 1,
        reasons: [{ reason: 'support', customers: 1 }],
      },
      { period: '2024-03', complete: false, value: 1, reasons: [{ reason: 'price', customers: 1 }] },
    ])
  })

  test('who has paid and is in the first term still may renew: maturing, not lost; who cancelled or let it run out is', async () => {
    const renewsAt = '2024-04-10T00:00:00Z'
    const trial = (id: string): Fact => [id, 'Trial Started', '2024-03-01T00:00:00Z', { trialEndsAt: '2024-03-10T00:00:00Z' }]
    const paid = (id: string, ends?: string): Fact => [
      id,
      'Trial Converted',
      '2024-03-10T00:00:00Z',
      ends === undefined ? {} : { renewsAt: ends },
    ]
    await tell(db, [
      ...['left', 'paying', 'quit', 'ranOut', 'renewed', 'unknown'].map(trial),
      paid('paying', renewsAt),
      paid('quit', renewsAt),
      ['quit', 'Subscription Cancelled', '2024-03-12T00:00:00Z'],
      paid('ranOut', '2024-03-20T00:00:00Z'),
      paid('renewed', '2024-03-20T00:00:00Z'),
      ['renewed', 'Subscription Renewed', '2024-03-20T00:00:00Z', { renewsAt }],
      // Nobody said when it ends.
      paid('unknown'),
    ])
    const funnelAsOf = async (asOf: string) =>
      (await askMetric(db, 'leakage', { from: '2024-03-01', to: '2024-06-01', asOf })).funnel as Record<string, unknown>[]
    const said = (funnel: Record<string, unknown>[]) => funnel.map(({ step, customers, maturing }) => [step, customers, maturing])
    expect(said(await funnelAsOf('2024-03-31T00:00:00Z'))).toEqual([
      ['trialEnded', 6, 0],
      ['paid', 5, 0],
      ['renewed', 1, 2],
    ])
    expect(said(await funnelAsOf('2024-03-15T00:00:00Z'))[2]).toEqual(['renewed', 0, 4])
    expect(said(await funnelAsOf('2024-04-10T00:00:00Z'))[2]).toEqual(['renewed', 1, 1])
  })
})

describe('orders and what they are worth', () => {
  test.each(only(cases, 'metric', 'orders'))('%s', async (_, each) => {
    await tell(
      db,
      each.inputs.orders.flatMap(({ customer, order, cancelled }): Fact[] => [
        [customer, 'Order Completed', '2024-03-02T00:00:00Z', { orderId: order, revenue: 5 }],
        ...(cancelled ? [[customer, 'Order Cancelled', '2024-03-03T00:00:00Z', { orderId: order }] as const] : []),
      ]),
    )
    const [repeat, frequency] = [await askMetric(db, 'repeatRate', march), await askMetric(db, 'purchaseFrequency', march)]
    agree(
      {
        repeatRate: repeat.value,
        purchaseFrequency: frequency.value,
        customers: repeat.denominator,
        orders: frequency.numerator,
        reason: repeat.reason,
      },
      each,
    )
  })

  test('four lifetime values, each by its name', async () => {
    const order = (customer: string, at: string, revenue: number): Fact => [
      customer,
      'Order Completed',
      at,
      { revenue, currency: 'EUR' },
    ]
    await tell(db, [
      order('a', '2024-03-02T00:00:00Z', 40),
      order('a', '2024-03-12T00:00:00Z', 60),
      order('b', '2024-03-15T00:00:00Z', 100),
    ])
    const clv = (parameters: Record<string, string>) => askMetric(db, 'clv', march, parameters)
    const months = 31 / (365.2425 / 12)
    expect(await clv({})).toMatchObject({
      definition: 'totalBusiness',
      value: 100,
      numerator: 200,
      denominator: 2,
      currency: 'EUR',
    })
    expect(await clv({ definition: 'profit', cost: '130' })).toMatchObject({ definition: 'profit', value: -30 })
    expect((await clv({ definition: 'revenueLifespan', periods: '36' })).value).toBeCloseTo((100 / months) * 36, 9)
    expect((await clv({ definition: 'basket', periods: '36', margin: '0.3' })).value).toBeCloseTo(
      (200 / 3) * (1.5 / months) * 36 * 0.3,
      9,
    )
    expect(await askMetric(db, 'ltvCac', march, { definition: 'totalBusiness', cost: '50' })).toMatchObject({
      definition: 'ltvCac.totalBusiness',
      value: 4,
      acquired: 2,
    })
    expect(await askMetric(db, 'ltvCac', march)).toMatchObject({ value: null, reason: 'no_cac' })
  })
})

describe('surveys', () => {
  const answers = oracle<Inputs>('nps_csat')
  const store = (survey: string, scores: readonly (number | null)[]) =>
    tell(
      db,
      scores.map((score, i): Fact => [`c${i}`, 'Survey Answered', '2024-03-02T00:00:00Z', { survey, score }]),
    )

  test.each(only(answers, 'metric', 'nps'))('%s', async (_, each) => {
    await store('nps', each.inputs.answers)
    agree(await askMetric(db, 'nps', march), each)
  })
  test.each(only(answers, 'metric', 'csat'))('%s', async (_, each) => {
    await store('csat', each.inputs.answers)
    agree(await askMetric(db, 'csat', march, { scale: `1-${each.inputs.max}` }), each)
  })

  test('who answers twice counts with the latest answer', async () => {
    await tell(db, [
      ['a', 'Survey Answered', '2024-03-02T00:00:00Z', { survey: 'nps', score: 2 }],
      ['a', 'Survey Answered', '2024-03-05T00:00:00Z', { survey: 'nps', score: '10' }],
      ['a', 'Survey Answered', '2024-03-06T00:00:00Z', { survey: 'csat', score: 1 }],
    ])
    expect(await askMetric(db, 'nps', march)).toMatchObject({ value: 100, n: 1 })
  })

  test('what lies outside the scale takes nobody’s answer away', async () => {
    await tell(db, [
      ['a', 'Survey Answered', '2024-03-02T00:00:00Z', { survey: 'nps', score: 9 }],
      ['a', 'Survey Answered', '2024-03-05T00:00:00Z', { survey: 'nps', score: 11 }],
      ['b', 'Survey Answered', '2024-03-05T00:00:00Z', { survey: 'nps', score: 'very' }],
    ])
    expect(await askMetric(db, 'nps', march)).toMatchObject({ value: 100, n: 1, invalid: 1 })
  })
})

describe('survival', () => {
  interface Lives {
    durations: number[]
    events: number[]
    times: number[]
  }
  const whole = oracle<Lives>('survival').filter(
    ([, { inputs }]) =>
      inputs.durations?.every(Number.isInteger) && Array.isArray(inputs.events) && inputs.durations.length < 400,
  )
  test.each(whole)('%s, from subscriptions that began and ended', async (_, { inputs, expected }) => {
    const asOf = Date.parse('2024-12-31T12:00:00Z')
    const day = 86_400_000
    await tell(
      db,
      inputs.durations.flatMap((days, i): Fact[] => {
        const begins = inputs.events[i] ? Date.parse('2020-01-01T12:00:00Z') : asOf - days * day
        return [
          [`c${i}`, 'Subscription Started', new Date(begins)],
          ...(inputs.events[i] ? [[`c${i}`, 'Subscription Cancelled', new Date(begins + days * day)] as const] : []),
        ]
      }),
    )
    const answer = await askMetric(db, 'survival', { asOf: new Date(asOf).toISOString() }, { until: 'churn' })
    const want = expected as {
      median?: { value: number | null; reason: string | null }
      curve?: { t: number; survival: number | null }[]
    }
    if (want.median)
      expect({ value: answer.value, reason: answer.reason }).toEqual({ value: want.median.value, reason: want.median.reason })
    for (const point of want.curve ?? []) {
      const ours = answer.series?.find(each => (each as { t: number }).t === point.t)
      if (ours) agree(ours, { expected: point, tolerance: 1e-9 })
    }
  })
})

test('cohorts by month: a month that is not over is no loss, and a revenue-less month is', async () => {
  await tell(db, [
    ['a', 'Login', '2024-01-10T00:00:00Z'],
    ['a', 'Login', '2024-02-10T00:00:00Z'],
    ['b', 'Login', '2024-01-20T00:00:00Z'],
    ['c', 'Login', '2024-02-05T00:00:00Z'],
    ['c', 'Login', '2024-03-05T00:00:00Z'],
  ])
  const answer = await askMetric(db, 'cohorts', { asOf: '2024-03-15T00:00:00Z', from: '2024-01-01' })
  const rows = (answer.table as { cohort: string; size: number; cells: { value: number | null; reason: string | null }[] }[]).map(
    ({ cohort, size, cells }) => [cohort, size, ...cells.map(cell => cell.value ?? cell.reason)],
  )
  expect(rows).toEqual([
    ['2024-01', 2, 100, 50, 'not_matured'],
    ['2024-02', 1, 100, 'not_matured', 'not_matured'],
  ])
})

describe('quintiles and stages, counted', () => {
  interface Scored {
    method?: 'rank' | 'ntile'
    asOf: string
    orders?: { customer: string; date: string; amount: number }[]
    purchases?: Record<string, string[]> | { customer: string; date: string }[]
  }
  const oracles = oracle<Scored>('rfm')
  const tallyOf = (rows: readonly (string | number | null)[][]) => {
    const counts = new Map<string, number>()
    for (const row of rows) counts.set(row.join(), (counts.get(row.join()) ?? 0) + 1)
    return [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  test.each(only(oracles, 'metric', 'rfm'))('%s', async (_, { inputs, expected }) => {
    const orders = inputs.orders ?? []
    await tell(
      db,
      orders.map(({ customer, date, amount }): Fact => [customer, 'Order Completed', `${date}T00:00:00Z`, { revenue: amount }]),
    )
    const answer = await askMetric(db, 'rfm', { asOf: `${inputs.asOf}T23:59:59.999Z` }, { method: inputs.method ?? 'rank' })
    const want = (expected as { customers: { r: number; f: number; m: number }[] }).customers
    const got = (answer.table as { recency: number; frequency: number; monetary: number; customers: number }[]).map(row => [
      [row.recency, row.frequency, row.monetary].join(),
      row.customers,
    ])
    expect(got.sort(([a = ''], [b = '']) => (a < b ? -1 : 1))).toEqual(tallyOf(want.map(({ r, f, m }) => [r, f, m])))
  })

  test.each(only(oracles, 'metric', 'lifecycle'))('%s', async (_, { inputs, expected }) => {
    const purchases = Object.entries(inputs.purchases as Record<string, string[]>)
    await tell(
      db,
      purchases.flatMap(([customer, dates]) => dates.map((date): Fact => [customer, 'Order Completed', `${date}T08:00:00Z`])),
    )
    const answer = await askMetric(db, 'lifecycle', { asOf: `${inputs.asOf}T23:59:59.999Z` })
    const want = (expected as { customers: { stage: string | null }[] }).customers.filter(each => each.stage !== null)
    const got = (answer.table as { stage: string; customers: number }[]).filter(row => row.customers > 0)
    expect(got.map(row => [row.stage, row.customers]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1))).toEqual(
      tallyOf(want.map(each => [each.stage])),
    )
  })

  test('customers move between stages from month to month, and every one is accounted for', async () => {
    await tell(db, [
      ['steady', 'Order Completed', '2024-01-10T00:00:00Z'],
      ['steady', 'Order Completed', '2024-02-10T00:00:00Z'],
      ['steady', 'Order Completed', '2024-03-10T00:00:00Z'],
      ['gone', 'Order Completed', '2024-01-10T00:00:00Z'],
      ['late', 'Order Completed', '2024-03-20T00:00:00Z'],
    ])
    const answer = await askMetric(db, 'lifecycle', {
      from: '2024-01-01',
      to: '2024-04-01',
      asOf: '2024-04-10T00:00:00Z',
      period: 'month',
    })
    const series = answer.series as {
      period: string
      customers: number
      flow: { from: string | null; to: string; customers: number }[]
    }[]
    expect(series.map(({ period, customers }) => [period, customers])).toEqual([
      ['2024-01', 2],
      ['2024-02', 2],
      ['2024-03', 3],
    ])
    const sorted = (flow: (typeof series)[number]['flow']) => flow.map(each => `${each.from}>${each.to} ${each.customers}`).sort()
    expect(sorted(series[1]!.flow)).toEqual(['new>active 1', 'new>atRisk 1'])
    expect(sorted(series[2]!.flow)).toEqual(['active>active 1', 'atRisk>atRisk 1', 'null>new 1'])
  })
})
