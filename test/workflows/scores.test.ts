import { readFileSync } from 'node:fs'
import { MockActivityEnvironment } from '@temporalio/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createScores } from '../../activities/scores.ts'
import { dayOf } from '../../domain/metric/calendar.ts'
import { lifecycleStages } from '../../domain/metric/lifecycle.ts'
import { rfmInputs, scoreRfm } from '../../domain/metric/rfm.ts'
import type { CustomerScore } from '../../domain/metric/score.ts'
import { defaultSettings } from '../../domain/settings.ts'
import { sql } from '../../domain/sql.ts'
import { findModel, findScore, scoreChanges } from '../../prisma/queries/scores.ts'
import { agree, only, oracle } from '../domain/oracle.ts'
import { type Engine, openEngine } from '../support/engine.ts'
import { type Fact, tell } from '../support/facts.ts'

const rows = readFileSync(new URL('../data/cdnow_events.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map(line => {
    const [customer = '', date = '', , spend = ''] = line.trim().split(',')
    return { customer, date, day: dayOf(date), amount: Number(spend) }
  })
const asOfDay = dayOf('1997-09-30')
const at = Date.parse('1997-09-30T23:59:59.999Z')

let engine: Engine
beforeAll(async () => {
  engine = await openEngine()
  await tell(
    engine.db,
    rows.map(({ customer, date, amount }): Fact => [customer, 'Order Completed', `${date}T00:00:00Z`, { revenue: amount }]),
    new Date('1998-07-02T00:00:00Z'),
  )
  await engine.work()
}, 120_000)
afterAll(() => engine.close())

const refresh = (when: number): Promise<{ model: number; scored: number }> =>
  engine.temporal.client.workflow.execute('scores', {
    taskQueue: engine.temporal.taskQueue,
    workflowId: `scores-test/${engine.temporal.taskQueue}/${when}`,
    args: [{ at: when }],
  })

describe('a refresh over the published purchases', () => {
  let done: { model: number; scored: number }
  beforeAll(async () => {
    done = await refresh(at)
  }, 120_000)

  test('finds the published parameters of BG/NBD', async () => {
    const found = await findModel(engine.db, done.model)
    expect(found).toMatchObject({ scored: 2357, model: { buyers: 2357, purchases: { reason: null, n: 2357 } } })
    const [[, published]] = only(oracle<{ metric?: string }>('cdnow'), 'metric', 'bgnbd.fit') as [[string, never]]
    agree(found?.model.purchases, { ...(published as object), expected: pick(published) } as never)
    expect(found?.model.spend.params?.p).toBeCloseTo(6.25, 1)
    expect(found?.model.spend.params?.q).toBeCloseTo(3.74, 1)
  })
  const pick = (each: { expected: Record<string, unknown> }) => ({ params: each.expected.params, logLik: each.expected.logLik })

  test('gives everybody the quintiles and the stage that the formulas give', async () => {
    const orders = rows.filter(row => row.day <= asOfDay)
    const quintiles = new Map(
      scoreRfm(rfmInputs(orders, asOfDay)).customers.map(each => [each.customer, [each.r, each.f, each.m]]),
    )
    const days = new Map<string, number[]>()
    for (const { customer, day } of orders) days.set(customer, [...(days.get(customer) ?? []), day])
    const stages = new Map(lifecycleStages(days, asOfDay).map(each => [each.customer, each.stage]))
    const stored = await engine.db.rows<{ id: string; r: number; f: number; m: number; stage: string }>(
      sql`SELECT c.external_id AS id, s.recency AS r, s.frequency AS f, s.monetary AS m, s.lifecycle AS stage FROM customer_score s JOIN customer c ON c.id = s.customer`,
    )
    expect(stored).toHaveLength(2357)
    const wrong = stored.filter(
      ({ id, r, f, m, stage }) => JSON.stringify([r, f, m]) !== JSON.stringify(quintiles.get(id)) || stage !== stages.get(id),
    )
    expect(wrong.slice(0, 5)).toEqual([])
  })

  test('never calls a customer of one purchase safe, and says why it cannot tell', async () => {
    const once = await engine.db.row<{ any: number; risk: number | null; reason: string }>(
      sql`SELECT count(*) AS any, max(churn_risk) AS risk, min(facts #>> '{churn,reason}') AS reason FROM customer_score WHERE jsonb_typeof(facts -> 'rfm') = 'object' AND (facts #>> '{rfm,orders}') = '1'`,
    )
    expect(once).toMatchObject({ risk: null, reason: 'no_repeat' })
    const repeaters = await engine.db.row<{ n: number }>(
      sql`SELECT count(*) AS n FROM customer_score WHERE churn_risk BETWEEN 0 AND 1`,
    )
    expect(repeaters?.n).toBe(946)
  })

  test('keeps how a customer changed from one refresh to the next', async () => {
    await refresh(Date.parse('1998-06-30T23:59:59.999Z'))
    const silent = rows.filter(row => row.day <= asOfDay).at(0)?.customer ?? ''
    const row = await findScore(engine.db, silent)
    const changes = await scoreChanges(engine.db, row?.customer ?? 0, 10)
    expect(changes.length).toBe(2)
    expect(changes[0]?.at.toISOString()).toBe('1998-06-30T23:59:59.999Z')
    // An older refresh that comes late changes nothing.
    await refresh(Date.parse('1998-01-31T23:59:59.999Z'))
    expect((await findScore(engine.db, silent))?.at).toEqual(row?.at)
    expect(await scoreChanges(engine.db, row?.customer ?? 0, 10)).toHaveLength(2)
  })
})

test('engagement that rises, a promoter and a satisfied answer make a super-healthy customer; one of them missing does not', async () => {
  const when = Date.parse('1998-07-01T12:00:00Z')
  const logins = (customer: string, recent: number, before: number): Fact[] => [
    ...Array.from({ length: recent }, (_, i): Fact => [customer, 'Login', new Date(when - (i + 1) * 86_400_000)]),
    ...Array.from({ length: before }, (_, i): Fact => [customer, 'Login', new Date(when - (i + 31) * 86_400_000)]),
  ]
  const answers = (customer: string, nps: number, csat: number): Fact[] => [
    [customer, 'Survey Answered', new Date(when - 70 * 86_400_000), { survey: 'nps', score: nps }],
    [customer, 'Survey Answered', new Date(when - 70 * 86_400_000), { survey: 'csat', score: csat }],
  ]
  await tell(
    engine.db,
    [
      ...logins('fond', 5, 2),
      ...answers('fond', 10, 5),
      ...logins('fading', 2, 5),
      ...answers('fading', 10, 5),
      ...logins('unsatisfied', 5, 2),
      ...answers('unsatisfied', 10, 3),
      ...logins('passive', 5, 2),
      ...answers('passive', 8, 5),
    ],
    new Date('1998-07-02T00:00:00Z'),
  )
  await refresh(when)
  const happy = await engine.db.rows<{ id: string }>(
    sql`SELECT c.external_id AS id FROM customer_score s JOIN customer c ON c.id = s.customer WHERE s.super_healthy`,
  )
  expect(happy).toEqual([{ id: 'fond' }])
  const { score } = (await findScore(engine.db, 'fading')) as { score: CustomerScore }
  // Engagement 40 of weight 30, NPS 100 and satisfaction 100 of weight 10 each: half of all weights.
  expect(score.health).toMatchObject({ value: expect.closeTo((40 * 30 + 100 * 10 + 100 * 10) / 50, 9), coverage: 0.5 })
})

test('a worker that dies in the middle is followed by one that goes on where it was', async () => {
  const when = Date.parse('1998-07-02T00:00:00Z')
  const { fitScores, scoreCustomers } = createScores({ db: engine.db, settings: async () => defaultSettings() })
  const model = await fitScores({ at: when })
  const half = 1_200
  const successor = new MockActivityEnvironment({ heartbeatDetails: { after: half, scored: half } })
  const scored: number = await successor.run(async () => (await scoreCustomers(model)).scored)
  const rescored = await engine.db.row<{ n: number; least: number }>(
    sql`SELECT count(*) AS n, min(customer) AS least FROM customer_score WHERE at = ${new Date(when)}`,
  )
  expect(rescored?.least).toBe(half + 1)
  expect(scored).toBe(half + (rescored?.n ?? 0))
  expect(scored).toBe((await engine.db.row<{ n: number }>(sql`SELECT count(*) AS n FROM customer_score`))?.n)
})
