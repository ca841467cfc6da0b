import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRawRetention } from '../../activities/raw-retention.ts'
import { callSchema, readCall } from '../../domain/customer/call.ts'
import { defaultSettings } from '../../domain/settings.ts'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { ingest } from '../../prisma/queries/ingest.ts'
import { countMembers } from '../../prisma/queries/members.ts'
import { ruleContext } from '../../prisma/queries/segments.ts'
import { type TestDatabase, testDatabase } from '../support/stack.ts'

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase(database.url, 4)
})
afterAll(async () => {
  await db.close()
  await database.close()
})

const day = 86_400_000
const today = Date.parse('2026-06-01T00:00:00Z')
const forget = (eventRetention: string | null) =>
  createRawRetention({ db, settings: async () => ({ ...defaultSettings(), eventRetention }) }).forgetRaw({ at: today })
const take = (messageId: string, daysAgo: number, event = 'Order Completed') => {
  const at = new Date(today - daysAgo * day)
  const call = readCall(callSchema.parse({ type: 'track', messageId, userId: 'ada', event, properties: { revenue: 10 } }), { at })
  if ('path' in call) throw new Error(call.message)
  return ingest(db, [call], { receivedAt: at, region: 'DE' })
}
const stored = async () => (await db.row<{ n: number }>(sql`SELECT count(*) AS n FROM event`))?.n

test('raw events go when they are older than they are kept, and what is known of a customer for good stays', async () => {
  for (const ago of [500, 450, 401, 399, 10]) await take(`order ${ago}`, ago)
  expect(await forget(null)).toEqual({ events: 0, calls: 0 })
  expect(await forget('400d')).toEqual({ events: 3, calls: 3 })
  expect(await stored()).toBe(2)
  expect(await forget('400d')).toEqual({ events: 0, calls: 0 })
  expect(
    await db.row(
      sql`SELECT s.count, s.sum, s.first_at AS first, l.first_at AS seen FROM event_stat s JOIN last_seen l USING (customer)`,
    ),
  ).toEqual({
    count: 5,
    sum: 50,
    first: new Date(today - 500 * day),
    seen: new Date(today - 500 * day),
  })
  const context = await ruleContext(db, new Date(today))
  expect(await countMembers(db, { event: 'Order Completed', count: { gte: 5 } }, context)).toMatchObject({ count: 1 })
  expect(await countMembers(db, { event: 'Order Completed', count: { gte: 3 }, within: '600d' }, context)).toMatchObject({
    count: 0,
  })
})

test('a messageId is known as long as raw events are kept', async () => {
  expect(await take('order 399', 0)).toMatchObject({ accepted: 0, duplicates: 1 })
  expect(await take('order 401', 0)).toMatchObject({ accepted: 1, duplicates: 0 })
})

test('more than one part of old events goes in one run', async () => {
  const old = new Date(today - 800 * day)
  await db.run(sql`TRUNCATE event`)
  await db.run(
    sql`INSERT INTO event (customer, name, at, received_at) SELECT 1, 1, ${old}::timestamptz, ${old} FROM generate_series(1, 12000)`,
  )
  await take('order of today', 0)
  expect(await forget('400d')).toMatchObject({ events: 12_000 })
  expect(await stored()).toBe(1)
})
