import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRevalue } from '../../activities/revalue.ts'
import { type Call, callSchema, readCall } from '../../domain/customer/call.ts'
import { workflowIds } from '../../domain/ids.ts'
import { defaultSettings, type Settings } from '../../domain/settings.ts'
import { sql } from '../../domain/sql.ts'
import { ingest } from '../../prisma/queries/ingest.ts'
import { type Engine, openEngine } from '../support/engine.ts'

let engine: Engine
beforeEach(async () => {
  engine = await openEngine()
})
afterEach(() => engine.close())

const at = new Date('2026-06-01T12:00:00Z')
const order = (userId: string, revenue: unknown, currency?: string): Call =>
  readCall(callSchema.parse({ type: 'track', userId, event: 'Order Completed', properties: { revenue, currency } }), {
    at,
  }) as Call
const take = (rates: Settings['currencies'], ...calls: Call[]) =>
  ingest(engine.db, calls, { receivedAt: at, region: 'DE', rates })
/** What is kept, and what it should be: the sum of the events' own amounts. */
const held = () =>
  engine.db.rows<{ who: string; values: (number | null)[]; sum: number }>(sql`SELECT c.external_id AS who, s.sum,
    (SELECT array_agg(value ORDER BY id) FROM event e WHERE e.customer = c.id) AS values
    FROM customer c JOIN event_stat s ON s.customer = c.id ORDER BY 1`)
const euros = { reporting: 'EUR', rates: { USD: 0.5 } }
const more = { reporting: 'EUR', rates: { USD: 0.8, CHF: 1.1 } }

test('amounts follow the table of rates: those without a rate are unknown until it arrives, and the sums agree', async () => {
  await take(
    euros,
    order('ann', 10, 'USD'),
    order('ann', '7.25', 'CHF'),
    order('ann', 3),
    order('bob', 100, 'chf'),
    order('bob', 1, 'EUR'),
  )
  await take(euros, order('bob', 2, 'JPY'), order('bob', 'much', 'USD'), order('bob', 0.1 + 0.2, 'USD'))
  expect(await held()).toEqual([
    { who: 'ann', values: [5, null, 3], sum: 8 },
    { who: 'bob', values: [null, 1, null, null, 0.15], sum: 1.15 },
  ])
  const { revalueSome } = createRevalue({ db: engine.db, settings: async () => defaultSettings() })
  const revalue = (currencies: Settings['currencies']) => revalueSome({ after: 0, currencies: JSON.stringify(currencies) })
  for (const _twice of [1, 2]) {
    expect(await revalue(more)).toEqual({})
    expect(await held()).toEqual([
      { who: 'ann', values: [8, 7.975, 3], sum: expect.closeTo(18.975, 9) },
      { who: 'bob', values: [110, 1, null, null, 0.24], sum: expect.closeTo(111.24, 9) },
    ])
  }
  // A new reporting currency: the old one is foreign now. What named none is in the reporting currency, whichever that is.
  await revalue({ reporting: 'CHF', rates: { EUR: 0.9 } })
  expect(await held()).toEqual([
    { who: 'ann', values: [null, 7.25, 3], sum: expect.closeTo(10.25, 9) },
    { who: 'bob', values: [100, 0.9, null, null, null], sum: expect.closeTo(100.9, 9) },
  ])
})

test('a changed table is carried through by its workflow, once, and noted', async () => {
  await engine.work()
  await take(euros, order('ann', 10, 'USD'), order('ann', 5, 'CHF'))
  engine.settings.currencies = more
  const run = () =>
    engine.temporal.client.workflow.execute('revalue', {
      taskQueue: engine.temporal.taskQueue,
      workflowId: `${workflowIds.revaluation}-${engine.temporal.taskQueue}`,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      args: [{ settleMs: 10 }],
    })
  await run()
  expect(await held()).toEqual([{ who: 'ann', values: [8, 5.5], sum: expect.closeTo(13.5, 9) }])
  expect(await engine.db.rows(sql`SELECT currencies FROM revaluation`)).toEqual([{ currencies: more }])
  await engine.db.run(sql`UPDATE event SET value = 1`)
  await run()
  expect((await held())[0]!.values).toEqual([1, 1])
})
