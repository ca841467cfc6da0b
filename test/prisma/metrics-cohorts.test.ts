import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { CohortQuestion } from '../../domain/metric/n-day.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { type CustomerRange, rangesBetween } from '../../prisma/queries/customer-range.ts'
import { oracle } from '../domain/oracle.ts'
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

interface Inputs extends Omit<CohortQuestion, 'asOf' | 'customerZones'> {
  kind: 'nDay' | 'bracketed' | 'unbounded'
  n?: number[]
  brackets?: [number, number][]
  asOf: string
  customerZones?: Record<string, string>
  events: { customer: string; at: string; event: string }[]
}

describe('retention by days, from the stored events', () => {
  const cases = oracle<Inputs, Record<string, unknown>>('nday')

  test.each(cases)('%s', async (_, { inputs, expected }) => {
    await tell(
      db,
      inputs.events.map(({ customer, event, at }): Fact => [customer, event, at]),
    )
    for (const [customer, zone] of Object.entries(inputs.customerZones ?? {}))
      await db.pool.query('UPDATE customer SET timezone = $2 WHERE external_id = $1', [customer, zone])
    const parameters = {
      ...(inputs.cohortEvent === null ? {} : { cohortEvent: inputs.cohortEvent }),
      ...(inputs.returnEvent === null ? {} : { returnEvent: inputs.returnEvent }),
      days: inputs.days,
      ...(inputs.n ? { n: inputs.n.join() } : {}),
      ...(inputs.brackets ? { brackets: inputs.brackets.map(pair => pair.join('-')).join() } : {}),
    }
    const answer = await askMetric(
      db,
      inputs.kind,
      { asOf: inputs.asOf, zone: inputs.zone, ...(inputs.groupBy ? { period: inputs.groupBy } : {}) },
      parameters,
    )
    const cells = (list: unknown) =>
      (list as Record<string, unknown>[]).map(({ n, from, to, eligible, retained, value, reason }) => ({
        key: n ?? [from, to],
        eligible,
        retained,
        value: value === null ? null : Number((value as number).toFixed(9)),
        reason,
      }))
    expect(cells(answer.series)).toEqual(cells(expected.overall))
    const cohorts = (expected.cohorts ?? []) as { cohort: string; size: number; cells: unknown[] }[]
    expect((answer.table ?? []).map(row => (row as { cohort: string }).cohort)).toEqual(cohorts.map(row => row.cohort))
    for (const [i, cohort] of cohorts.entries()) {
      const row = answer.table?.[i] as { size: number; cells: unknown[] }
      expect(row.size).toBe(cohort.size)
      expect(cells(row.cells)).toEqual(cells(cohort.cells))
    }
  })
})

describe('cohorts of any event', () => {
  const hour = 3_600_000
  const start = Date.parse('2026-01-01T00:00:00Z')
  const fact = fc.record({
    customer: fc.integer({ min: 0, max: 7 }),
    event: fc.constantFrom('Login', 'Order Completed'),
    at: fc.integer({ min: 0, max: 60 * 24 }).map(hours => start + hours * hour),
  })
  const login = { active: 'event', activeEvent: 'Login', activeWithin: '5d' }
  const questions: [string, Record<string, string>, { period?: 'week'; by?: string }?][] = [
    ['nDay', { n: '0,1,7' }],
    ['nDay', { n: '1,7', cohortEvent: 'Login', days: 'rolling24h' }],
    ['nDay', { n: '0,1,7', cohortEvent: 'Login', returnEvent: 'Order Completed' }],
    ['bracketed', { brackets: '0-0,1-7,8-30' }],
    ['unbounded', { n: '1,7,30' }],
    ['unbounded', { n: '1,7', cohortEvent: 'Order Completed' }],
    ['nDay', { n: Array.from({ length: 45 }, (_, day) => day).join() }],
    ['cohorts', {}, { period: 'week' }],
    ['cohorts', {}, { period: 'week', by: 'locale' }],
    ['nDay', { n: '0,1,7' }, { by: 'locale' }],
    ['churn', login, { by: 'locale' }],
    ['crr', login],
    ['repeatRate', {}, { by: 'locale' }],
    ['purchaseFrequency', {}],
    ['clv', { ...login, margin: '0.5' }, { by: 'locale' }],
  ]

  test('read in parts of the customers are those read at once, and what comes after the moment changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fact, { minLength: 1, maxLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 3 }),
        fc.integer({ min: 20, max: 61 }),
        async (facts, cuts, days) => {
          await forget(db)
          const asOf = new Date(start + days * 24 * hour)
          const told = facts.map(({ customer, event, at }): Fact => [`c${customer}`, event, new Date(at)])
          await tell(
            db,
            told.filter(([, , at]) => at <= asOf),
          )
          await db.pool.query(
            `UPDATE customer SET locale = CASE WHEN external_id < 'c3' THEN 'de' WHEN external_id < 'c6' THEN 'en' END`,
          )
          const ask = (parts: CustomerRange[]) =>
            Promise.all(
              questions.map(async ([key, parameters, more]) => {
                const answer = await askMetric(
                  db,
                  key,
                  { from: '2026-01-01', asOf: asOf.toISOString(), parts, ...more },
                  parameters,
                )
                const named = (row: unknown) => JSON.stringify((row as { group?: string; cohort?: string }).group ?? row)
                return { ...answer, table: answer.table?.toSorted((a, b) => (named(a) < named(b) ? -1 : 1)) }
              }),
            )
          const whole = await ask(rangesBetween([]))
          expect(await ask(rangesBetween(cuts.toSorted((a, b) => a - b)))).toEqual(whole)
          await tell(
            db,
            told.filter(([, , at]) => at > asOf),
          )
          expect(await ask(rangesBetween([]))).toEqual(whole)
        },
      ),
      { numRuns: 15 },
    )
  })
})
