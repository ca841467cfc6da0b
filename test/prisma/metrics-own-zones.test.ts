import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bracketed, type CohortQuestion, type CustomerEvent, nDay, unbounded } from '../../domain/metric/n-day.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { rangesBetween } from '../../prisma/queries/customer-range.ts'
import { type Fact, tell } from '../support/facts.ts'
import { askMetric, forget } from '../support/metrics.ts'
import { type TestDatabase, testDatabase } from '../support/stack.ts'

// Days of customers' own zones are told from one list of all zones' turns of the clock; here they are asked of the calendar, moment by
// moment, and must be the same.

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase(database.url, 5)
})
afterAll(async () => {
  await db.close()
  await database.close()
})

const minute = 60_000

/** Zones, each with a moment at which its clock was turned: by an hour or half of one, at a minute past midnight, over a whole date. */
const zones: readonly (readonly [zone: string | null, turned: string])[] = [
  ['Europe/Berlin', '2011-03-27T01:00:00Z'],
  ['America/New_York', '2011-03-13T07:00:00Z'],
  ['America/St_Johns', '2011-03-13T03:31:00Z'],
  ['America/St_Johns', '2010-11-07T02:31:00Z'],
  ['America/Havana', '2011-11-13T05:00:00Z'],
  ['America/Sao_Paulo', '2011-10-16T03:00:00Z'],
  ['Australia/Lord_Howe', '2011-04-02T15:00:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00:00Z'],
  ['Africa/Casablanca', '2011-07-31T00:00:00Z'],
  ['Asia/Kathmandu', '2011-06-01T18:15:00Z'],
  ['Pacific/Kiritimati', '2011-06-01T10:00:00Z'],
  ['Nowhere/Atlantis', '2011-10-30T01:00:00Z'],
  [null, '2011-10-30T01:00:00Z'],
]

const customer = fc.record({
  zone: fc.constantFrom(...zones),
  events: fc.array(
    fc.record({
      event: fc.constantFrom('Login', 'Order Completed'),
      days: fc.integer({ min: -9, max: 9 }),
      minutes: fc.oneof(fc.integer({ min: -61, max: 61 }), fc.integer({ min: 0, max: 1439 })),
      ms: fc.constantFrom(0, 0, 1, 999, 59_999),
    }),
    { minLength: 1, maxLength: 5 },
  ),
})

test('days of the customers’ own zones are those of each zone’s calendar, whenever its clock was turned', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(customer, { minLength: 1, maxLength: 12 }),
      fc.constantFrom('Europe/Berlin', 'Pacific/Apia', 'America/St_Johns', 'UTC'),
      fc.constantFrom(undefined, 'week', 'month'),
      fc.constantFrom(
        ['nDay', {}, null, null],
        ['nDay', { cohortEvent: 'Login' }, 'Login', null],
        ['nDay', { cohortEvent: 'Login', returnEvent: 'Order Completed' }, 'Login', 'Order Completed'],
        ['bracketed', {}, null, null],
        ['unbounded', {}, null, null],
      ),
      fc.integer({ min: 0, max: 12 * 1440 }),
      fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 2 }),
      // Some zones may be too rare to be met in a sample.
      fc.option(fc.subarray([...new Set(zones.flatMap(([name]) => name ?? []))]), { nil: undefined }),
      async (customers, zone, period, [kind, parameters, cohortEvent, returnEvent], known, cuts, met) => {
        await forget(db)
        const events: CustomerEvent[] = customers.flatMap(({ zone: [, turned], events: of }, i) =>
          of.map(({ event, days, minutes, ms }) => ({
            customer: `c${i}`,
            event,
            at: Date.parse(turned) + (days * 1440 + minutes) * minute + ms,
          })),
        )
        const asOf = Math.max(...events.map(({ at }) => at)) + (known - 6 * 1440) * minute
        await tell(
          db,
          events.map(({ customer: who, event, at }): Fact => [who, event, new Date(at)]),
        )
        for (const [i, { zone: own }] of customers.entries())
          await db.pool.query('UPDATE customer SET timezone = $2 WHERE external_id = $1', [`c${i}`, own[0]])
        const own = customers.flatMap(({ zone: [name] }, i) =>
          name === null || name.startsWith('Nowhere') ? [] : [[`c${i}`, name] as const],
        )
        const question: CohortQuestion = {
          cohortEvent,
          returnEvent,
          days: 'customerZone',
          zone,
          customerZones: new Map(own),
          asOf,
          ...(period ? { groupBy: period } : {}),
        } as CohortQuestion
        const n = [0, 1, 2, 7]
        const brackets: [number, number][] = [
          [0, 0],
          [1, 3],
          [4, 8],
        ]
        const slow =
          kind === 'nDay'
            ? nDay(events, question, n)
            : kind === 'unbounded'
              ? unbounded(events, question, n)
              : bracketed(events, question, brackets)
        const answer = await askMetric(
          db,
          kind as string,
          {
            asOf: new Date(asOf).toISOString(),
            zone,
            parts: rangesBetween(cuts.toSorted((a, b) => a - b)),
            ...(period ? { period } : {}),
            ...(met ? { zones: met } : {}),
          } as Parameters<typeof askMetric>[2],
          {
            ...parameters,
            days: 'customerZone',
            ...(kind === 'bracketed' ? { brackets: '0-0,1-3,4-8' } : { n: n.join() }),
          } as Record<string, string>,
        )
        const cells = (list: unknown) =>
          (list as { eligible: number; retained: number }[]).map(({ eligible, retained }) => [eligible, retained])
        expect(answer.size).toBe(slow.size)
        expect(cells(answer.series)).toEqual(cells(slow.overall))
        if (period)
          expect((answer.table as { cohort: string; cells: unknown }[]).map(row => [row.cohort, cells(row.cells)])).toEqual(
            slow.cohorts.map(row => [row.cohort, cells(row.cells)]),
          )
      },
    ),
    { numRuns: 25 },
  )
}, 120_000)
