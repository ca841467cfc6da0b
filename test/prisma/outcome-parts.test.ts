import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import { type Measure, measureOf } from '../../domain/experiment/measure.ts'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { eventNameIds } from '../../prisma/queries/event-name-ids.ts'
import { type HitOptions, hitsOf } from '../../prisma/queries/outcome-hits.ts'
import { baseOf, type Population, partsOf } from '../../prisma/queries/outcomes.ts'
import { type TestDatabase, testDatabase } from '../support/stack.ts'

const hour = 3_600_000
const day = 24 * hour
const at = new Date('2026-03-20T10:00:00.123Z')
const run = 1

const campaign = campaignSchema.parse({
  name: 'Parts',
  trigger: { kind: 'now' },
  goals: [
    {
      key: 'g',
      kind: 'winBack',
      success: { event: 'Came back', within: '5d' },
      journey: [{ kind: 'message', id: 'mail', channel: 'email', content: { subject: 'Hi', html: '{{ unsubscribeUrl }}' } }],
    },
  ],
})
const versions = [{ version: 1, document: campaign }]

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase(database.url, 3)
})
afterAll(async () => {
  await db.close()
  await database.close()
})

/** A customer with one stay: when they entered before `at`, in which arm, and what they did around it. */
const stay = fc.record({
  // Whole units more often than chance would have it, for there the ages have their edges.
  enteredMs: fc.oneof(
    fc.integer({ min: 0, max: 12 * day }),
    fc.integer({ min: 0, max: 12 }).map(days => days * day),
  ),
  arm: fc.constantFrom('a', 'b', 'holdout'),
  messaged: fc.boolean(),
  did: fc.array(
    fc.record({
      name: fc.constantFrom('Came back', 'Order Completed'),
      sinceMs: fc.integer({ min: -8 * day, max: 8 * day }),
      value: fc.option(fc.integer({ min: -50, max: 500 }).map(cents => cents / 10)),
      currency: fc.constantFrom('EUR', 'USD', null),
    }),
    { maxLength: 5 },
  ),
})

async function store(stays: readonly (typeof stay extends fc.Arbitrary<infer T> ? T : never)[]): Promise<void> {
  await db.pool.query('TRUNCATE enrollment, event, message')
  const names = await eventNameIds(db, ['Came back', 'Order Completed'])
  for (const [i, { enteredMs, arm, messaged, did }] of stays.entries()) {
    const entered = new Date(at.getTime() - enteredMs)
    const row = await db.row<{
      id: number
    }>(sql`INSERT INTO enrollment (run, customer, version, goal, variant, state, place, entered_at, ended_at, reason)
      VALUES (${run}, ${i + 1}, 1, 'g', ${arm}, 'ended', 1, ${entered}, ${entered}, 'completed') RETURNING id`)
    if (messaged)
      await db.run(sql`INSERT INTO message (run, enrollment, customer, version, step, channel, class, variant, status, created_at, accepted_at)
        VALUES (${run}, ${row?.id}, ${i + 1}, 1, 0, 'email', 'marketing', ${arm}, 'accepted', ${entered}, ${entered})`)
    for (const { name, sinceMs, value, currency } of did) {
      const when = new Date(entered.getTime() + sinceMs)
      await db.run(sql`INSERT INTO event (customer, name, at, received_at, value, properties)
        VALUES (${i + 1}, ${names.get(name)}::int, ${when}, ${when}, ${value}, ${JSON.stringify({ revenue: value, ...(currency ? { currency } : {}) })}::jsonb)`)
    }
  }
}

const population = (kind: 'conversion' | 'revenue'): Population => ({
  runs: [run],
  measure: measureOf(kind, versions, {}, false) as Measure,
  at,
  unit: 'day',
  reenters: false,
})
const sorted = <Row>(rows: readonly Row[]) => rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
const close = (rows: readonly object[]) =>
  sorted(rows).map(row =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, typeof value === 'number' ? expect.closeTo(value, 6) : value]),
    ),
  )

describe('outcomes', () => {
  test('read in parts of the customers are those read at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(stay, { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 0, max: 14 }), { maxLength: 3 }),
        fc.constantFrom('conversion' as const, 'revenue' as const),
        fc.option(fc.constantFrom({ amount: 20 }, { quantile: 0.5 }), { nil: undefined }),
        fc.boolean(),
        async (stays, cuts, kind, cap, converts) => {
          await store(stays)
          const ends = [null, ...cuts.toSorted((a, b) => a - b), null]
          const options: HitOptions = {
            since: new Date(at.getTime() - 30 * day),
            before: kind === 'revenue',
            steps: true,
            ...(cap ? { cap } : {}),
            ...(converts ? { convert: { reporting: 'EUR', rates: { USD: 0.9 } } } : {}),
          }
          const whole = await hitsOf(db, population(kind), options)
          const parts = ends.slice(1).map((below, i) => ({ from: ends[i] ?? null, below }))
          const divided = await hitsOf(db, population(kind), { ...options, parts })
          expect(sorted(divided.cells)).toEqual(sorted(whole.cells))
          expect(sorted(divided.steps)).toEqual(sorted(whole.steps))
          expect(sorted(divided.money)).toEqual(close(whole.money))
          expect([divided.currencies, divided.unconverted, divided.cap]).toEqual([whole.currencies, whole.unconverted, whole.cap])
        },
      ),
      { numRuns: 40 },
    )
  })

  test('count each customer at the whole days they have been in, also to the millisecond', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stay, { minLength: 1, maxLength: 12 }), async stays => {
        await store(stays.map(each => ({ ...each, did: [], messaged: false })))
        const rows = await baseOf(db, population('conversion'))
        const expected = new Map<string, number>()
        for (const { arm, enteredMs } of stays) {
          const key = `${arm} ${Math.floor(Math.min(enteredMs, 5 * day) / day)} ${enteredMs >= 5 * day}`
          expected.set(key, (expected.get(key) ?? 0) + 1)
        }
        const found = rows.map(row => [`${row.arm} ${row.age} ${row.matured > 0}`, row.n])
        expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected))
      }),
      { numRuns: 40 },
    )
  })

  test('of few customers are not divided, of many in two', async () => {
    await db.pool.query('TRUNCATE enrollment')
    const enroll = (customer: number) =>
      db.run(
        sql`INSERT INTO enrollment (run, customer, version, goal, state, place, entered_at) VALUES (${run}, ${customer}, 1, 'g', 'ended', 0, ${at})`,
      )
    expect(await partsOf(db, [run])).toHaveLength(1)
    await enroll(7)
    await enroll(900)
    expect(await partsOf(db, [run])).toEqual([{ from: null, below: null }])
    await enroll(200_001)
    expect(await partsOf(db, [run])).toEqual([
      { from: null, below: 100_004 },
      { from: 100_004, below: null },
    ])
  })
})
