import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Call, callSchema, readCall } from '../../domain/customer/call.ts'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { ingest } from '../../prisma/queries/ingest.ts'
import { type TestDatabase, testDatabase } from '../support/stack.ts'

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase(database.url, 10)
})
afterAll(async () => {
  await db.close()
  await database.close()
})

const now = new Date('2026-03-01T12:00:00Z')
const read = (raw: Record<string, unknown>): Call =>
  readCall(callSchema.parse({ messageId: randomUUID(), ...raw }), { at: now }) as Call
const take = (...raws: Record<string, unknown>[]) => ingest(db, raws.map(read), { receivedAt: now, region: 'DE' })
const seen = (anonymousId: string) => ({ type: 'track', anonymousId, event: 'Viewed', properties: { revenue: 1 } })
const login = (userId: string, anonymousId: string) => ({ type: 'identify', userId, anonymousId, traits: {} })
const orphans = () =>
  db.row<{
    n: number
  }>(sql`SELECT (SELECT count(*)::int FROM event e WHERE NOT EXISTS (SELECT 1 FROM customer c WHERE c.id = e.customer))
    + (SELECT count(*)::int FROM event_stat s WHERE NOT EXISTS (SELECT 1 FROM customer c WHERE c.id = s.customer)) AS n`)
const viewed = (externalId: string) =>
  db.row<{
    count: number
    sum: number
    events: number
  }>(sql`SELECT s.count, s.sum, (SELECT count(*)::int FROM event e WHERE e.customer = c.id) AS events
    FROM customer c JOIN event_stat s ON s.customer = c.id WHERE c.external_id = ${externalId}`)

describe('customers who turn out to be the same', () => {
  test('several devices of one person become one, in one batch and over a chain of names', async () => {
    await take(seen('d1'), seen('d2'), seen('d2'), seen('d3'))
    await take(login('ann', 'd1'), login('ann', 'd2'), seen('d4'), login('ann', 'd4'))
    await take({ type: 'alias', userId: 'ann@work', previousId: 'ann' }, login('ann@work', 'd3'))
    await take(seen('d1'), seen('d4'), { type: 'track', userId: 'ann', event: 'Viewed', properties: { revenue: 1 } })
    expect(await viewed('ann@work')).toEqual({ count: 8, sum: 8, events: 8 })
    expect(await db.rows(sql`SELECT external_id FROM customer`)).toEqual([{ external_id: 'ann@work' }])
    expect(await orphans()).toEqual({ n: 0 })
  })

  test('lose nothing while events of the former name arrive in the same instant', { timeout: 120_000 }, async () => {
    const devices = Array.from({ length: 12 }, (_, i) => `phone-${i}`)
    await take(...devices.map(seen))
    const rounds = 6
    await Promise.all([
      ...Array.from({ length: 4 }, async () => {
        for (let i = 0; i < rounds; i++) await take(...devices.map(seen))
      }),
      ...[0, 1, 2].map(async third => {
        for (const device of devices.filter((_, i) => i % 3 === third)) await take(login(`user-${device}`, device))
      }),
    ])
    for (const device of devices) await take(login(`user-${device}`, device))
    expect(await orphans()).toEqual({ n: 0 })
    const each = 1 + 4 * rounds
    for (const device of devices)
      expect([device, await viewed(`user-${device}`)]).toEqual([device, { count: each, sum: each, events: each }])
    expect(await viewed('anonymous:phone-0')).toBeUndefined()
  })
})
