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

describe('the profile of two who are one', () => {
  const day = (n: number) => ({ timestamp: `2026-02-0${n}T00:00:00Z` })
  const told = (who: Record<string, string>, traits: Record<string, unknown>, n: number) => ({
    type: 'identify',
    ...who,
    traits,
    ...day(n),
  })
  const profile = (externalId: string) =>
    db.row(sql`SELECT c.email, c.first_name AS "firstName", c.attributes, a.key AS account
      FROM customer c LEFT JOIN account a ON a.id = c.account WHERE c.external_id = ${externalId}`)
  const [known, device] = [{ userId: 'eva' }, { anonymousId: 'eva-phone' }]

  test('says of each field what was said last under either name, and goes on doing so', async () => {
    await take(told(known, { email: 'eva@example.com', firstName: 'Eva', plan: 'free', city: 'Bonn', seats: 3 }, 3))
    await take(told(device, { email: 'late@example.com', plan: 'pro', city: null, color: 'red' }, 4))
    await take(told(device, { firstName: 'E', seats: 1 }, 2))
    await take({ type: 'group', ...known, groupId: 'early', ...day(1) }, { type: 'group', ...device, groupId: 'acme', ...day(2) })
    await take({ type: 'alias', userId: 'eva', previousId: 'eva-phone', ...day(5) })
    const merged = { email: 'late@example.com', firstName: 'Eva', account: 'acme' }
    expect(await profile('eva')).toEqual({ ...merged, attributes: { plan: 'pro', seats: 3, color: 'red', groupId: 'acme' } })
    // Older words about either of them, arriving after the merge, change nothing.
    await take(
      told(known, { plan: 'older', city: 'Köln', seats: 9 }, 3),
      told(device, { email: 'old@example.com', color: 'blue' }, 3),
    )
    expect(await profile('eva')).toEqual({ ...merged, attributes: { plan: 'pro', seats: 9, color: 'red', groupId: 'acme' } })
    const changes = await db.rows<{ name: string; value: unknown }>(
      sql`SELECT name, value FROM profile_change p JOIN customer c ON c.id = p.customer WHERE external_id = 'eva' ORDER BY p.id`,
    )
    expect(changes).toEqual(
      expect.arrayContaining([
        { name: 'email', value: 'eva@example.com' },
        { name: 'plan', value: 'free' },
        { name: 'city', value: 'Bonn' },
        { name: 'firstName', value: 'E' },
        { name: 'groupId', value: 'early' },
      ]),
    )
  })

  test('is that of the one who stays where nobody knows when it was said', async () => {
    await take(told({ userId: 'otto' }, { plan: 'free' }, 1), told({ anonymousId: 'otto-tv' }, { plan: 'pro', size: 'L' }, 2))
    await db.run(sql`DELETE FROM profile_told WHERE customer IN (SELECT id FROM customer WHERE external_id ~ 'otto')`)
    await take({ type: 'alias', userId: 'otto', previousId: 'otto-tv', ...day(5) })
    expect(await profile('otto')).toMatchObject({ attributes: { plan: 'free', size: 'L' } })
  })

  test('of two known customers too, and names that name each other in a circle stay one customer', async () => {
    await take(told({ userId: 'kim' }, { plan: 'free' }, 1), told({ userId: 'kim@work' }, { plan: 'team', desk: 4 }, 2))
    await take({ type: 'alias', userId: 'kim', previousId: 'kim@work', ...day(3) })
    expect(await profile('kim')).toMatchObject({ attributes: { plan: 'team', desk: 4 } })
    await take({ type: 'alias', userId: 'kim@work', previousId: 'kim', ...day(4) })
    await take({ type: 'alias', userId: 'kim', previousId: 'kim', ...day(4) })
    await take(
      { ...seen('x'), anonymousId: undefined, userId: 'kim' },
      { ...seen('x'), anonymousId: undefined, userId: 'kim@work' },
    )
    const rows = await db.rows(sql`SELECT external_id FROM customer WHERE external_id LIKE 'kim%'`)
    expect(rows).toHaveLength(1)
    expect(await orphans()).toEqual({ n: 0 })
    expect(await viewed((rows[0] as { external_id: string }).external_id)).toMatchObject({ count: 2, events: 2 })
  })
})

test('an account says of each trait what was said last, whoever said it and whenever it arrives', async () => {
  const group = (userId: string, traits: Record<string, unknown>, n: number) => ({
    type: 'group',
    userId,
    groupId: 'umbrella',
    traits,
    timestamp: `2026-02-0${n}T00:00:00Z`,
  })
  const traits = async () => (await db.row<{ traits: unknown }>(sql`SELECT traits FROM account WHERE key = 'umbrella'`))!.traits
  await take(group('m1', { seats: 10, plan: 'team', region: 'EU' }, 3))
  await take(group('m2', { seats: 5, city: 'Raccoon', region: null }, 2))
  expect(await traits()).toEqual({ seats: 10, plan: 'team', region: 'EU', city: 'Raccoon' })
  await take(group('m2', { plan: null, seats: 12 }, 4), group('m1', { seats: 11 }, 3))
  await take(group('m1', { plan: 'free' }, 3))
  expect(await traits()).toEqual({ seats: 12, region: 'EU', city: 'Raccoon' })
})
