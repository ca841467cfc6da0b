import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { CohortQuestion } from '../../domain/metric/n-day.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
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
