import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSegmentHistory } from '../../activities/segment-history.ts'
import { callSchema, readCall } from '../../domain/customer/call.ts'
import { type Rule, ruleWhere } from '../../domain/segment/rule.ts'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { ingest } from '../../prisma/queries/ingest.ts'
import { deleteSegment, insertSegment, replaceSegment, ruleContext } from '../../prisma/queries/segments.ts'
import { type TestDatabase, testDatabase } from '../support/stack.ts'

let database: TestDatabase
let db: Db
let sweepSegments: ReturnType<typeof createSegmentHistory>['sweepSegments']
beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase(database.url, 10)
  ;({ sweepSegments } = createSegmentHistory({ db }))
})
afterAll(async () => {
  await db.close()
  await database.close()
})
beforeEach(async () => {
  await db.pool.query(
    'TRUNCATE customer, profile_told, event, event_stat, last_seen, call_seen, subscription, consent, consent_change, segment, segment_look, segment_member, segment_change, touched, account, customer_alias RESTART IDENTITY',
  )
})

const start = Date.parse('2026-03-01T00:00:00Z')
const hour = 3_600_000
const day = 24 * hour
const take = async (at: number, ...raws: Record<string, unknown>[]) => {
  const calls = raws.map(raw => {
    const call = readCall(callSchema.parse({ messageId: crypto.randomUUID(), timestamp: new Date(at).toISOString(), ...raw }), {
      at: new Date(at),
    })
    if ('path' in call) throw new Error(call.message)
    return call
  })
  await ingest(db, calls, { receivedAt: new Date(at), region: 'DE' })
}
const make = (key: string, rule: Rule, at = start) =>
  db.transaction(tx => insertSegment(tx, { key, name: key, rule, at: new Date(at) }))
const sweep = (at: number) => sweepSegments({ at })
const history = (key: string) =>
  db.rows<{ who: string; entered: boolean; at: Date }>(
    sql`SELECT external_id AS who, entered, h.at FROM segment_change h JOIN customer c ON c.id = h.customer WHERE segment = ${key} ORDER BY h.id`,
  )
const known = async (key: string) =>
  (await db.rows<{ customer: number }>(sql`SELECT customer FROM segment_member WHERE segment = ${key} ORDER BY 1`)).map(
    row => row.customer,
  )

describe('the history of a segment', () => {
  test('begins with who is in it, then tells who entered and left: by what they did, and by time alone', async () => {
    await make('buyers', { event: 'Order Completed', within: '2d' })
    await take(start, { type: 'track', userId: 'early', event: 'Order Completed' })
    await sweep(start)
    expect(await history('buyers')).toEqual([])
    await take(
      start + day,
      { type: 'track', userId: 'late', event: 'Order Completed' },
      { type: 'identify', userId: 'nobody', traits: {} },
    )
    await sweep(start + day)
    await sweep(start + 2 * day - hour)
    await sweep(start + 2 * day)
    await sweep(start + 4 * day)
    expect(await history('buyers')).toEqual([
      { who: 'late', entered: true, at: new Date(start + day) },
      { who: 'early', entered: false, at: new Date(start + 2 * day) },
      { who: 'late', entered: false, at: new Date(start + 4 * day) },
    ])
  })

  test('tells at the look after it who left because a date went out of reach; of very many customers every ten minutes', async () => {
    await make('young', { attribute: 'signedUp', withinLast: '1d' })
    await make('soon', { attribute: 'account.endsAt', withinNext: '1d' })
    const minute = 60_000
    const traits = {
      signedUp: new Date(start - day + 2.5 * minute).toISOString(),
      account: { endsAt: new Date(start + day + 4 * minute).toISOString() },
    }
    const looks = async (from: number) => {
      for (let i = 0; i <= 10; i++) await sweep(from + i * minute)
    }
    await take(start, { type: 'identify', userId: 'few', traits })
    await looks(start)
    expect(await history('young')).toEqual([{ who: 'few', entered: false, at: new Date(start + 3 * minute) }])
    expect(await history('soon')).toEqual([{ who: 'few', entered: true, at: new Date(start + 4 * minute) }])

    await db.pool.query(`UPDATE customer SET id = 400000`)
    await db.pool.query('TRUNCATE segment_look, segment_member, segment_change, touched')
    await looks(start)
    expect((await history('young')).map(({ at }) => at)).toEqual([new Date(start + 10 * minute)])
  })

  test('is kept of every segment, however many there are', async () => {
    await db.run(sql`INSERT INTO segment (key, name, rule, created_at, updated_at)
      SELECT 'many-' || to_char(n, 'FM0000'), 'One of many', '{"attribute": "plan", "is": "pro"}', now(), now() FROM generate_series(1, 505) n`)
    await sweep(start)
    await take(start + hour, { type: 'identify', userId: 'pro', traits: { plan: 'pro' } })
    expect(await sweep(start + hour)).toEqual({ moved: 505 })
    expect(await history('many-0505')).toEqual([{ who: 'pro', entered: true, at: new Date(start + hour) }])
  })

  test('looks at nobody about whom nothing changed', async () => {
    await make('pros', { attribute: 'plan', is: 'pro' })
    await take(
      start,
      ...Array.from({ length: 50 }, (_, i) => ({ type: 'identify', userId: `c${i}`, traits: { plan: i < 20 ? 'pro' : 'free' } })),
    )
    await sweep(start)
    // Were everybody asked, these two would be found as well: nothing noted that they changed.
    await db.pool.query(
      `ALTER TABLE customer DISABLE TRIGGER customer_changed; UPDATE customer SET attributes = '{}' WHERE external_id IN ('c1', 'c2'); ALTER TABLE customer ENABLE TRIGGER customer_changed`,
    )
    await take(start + hour, { type: 'identify', userId: 'c40', traits: { plan: 'pro' } })
    expect(await sweep(start + hour)).toEqual({ moved: 1 })
    expect(await db.rows(sql`SELECT 1 FROM touched`)).toEqual([])
  })

  test('follows a change of the rule, also of a segment it names, and ends with the segment', async () => {
    await take(
      start,
      { type: 'identify', userId: 'a', traits: { plan: 'pro' } },
      { type: 'identify', userId: 'b', traits: { plan: 'team' } },
    )
    await make('inner', { attribute: 'plan', is: 'pro' })
    await make('outer', { not: { segment: 'inner' } })
    await sweep(start)
    await db.transaction(tx =>
      replaceSegment(tx, { key: 'inner', name: 'x', rule: { attribute: 'plan', is: 'team' }, at: new Date(start) }, () => {}),
    )
    await sweep(start + 1)
    expect((await history('outer')).map(({ who, entered }) => [who, entered])).toEqual([
      ['a', true],
      ['b', false],
    ])
    await db.transaction(tx => deleteSegment(tx, 'outer', () => {}))
    expect(await db.rows(sql`SELECT 1 FROM segment_member WHERE segment = 'outer'`)).toEqual([])
  })

  test('knows at every moment exactly who is in, whatever happened and whenever it looked', { timeout: 120_000 }, async () => {
    const rules: Record<string, Rule> = {
      silent: { inactive: { for: '1d' } },
      lost: { inactive: { event: 'Login', for: '2d', neverCounts: true } },
      busy: { event: 'Login', count: { gte: 2 }, within: '1d' },
      never: { event: 'Login', count: { eq: 0 }, within: '3d' },
      trial: { subscription: { status: 'trialing', trialEndsWithin: '1d' } },
      young: { attribute: 'createdAt', withinLast: '1d' },
      open: { consent: { channel: 'email' } },
      large: { account: 'seats', gte: 5 },
      both: { all: [{ segment: 'busy' }, { not: { segment: 'open' } }] },
    }
    const user = fc.constantFrom('u1', 'u2', 'u3', 'u4')
    const call = fc.oneof(
      user.map(userId => ({ type: 'track', userId, event: 'Login' })),
      fc
        .tuple(user, fc.integer({ min: 0, max: 40 }))
        .map(([userId, hours]) => ({ type: 'track', userId, event: 'Login', hours })),
      user.map(userId => ({ type: 'track', userId, event: 'Other' })),
      fc
        .tuple(user, fc.integer({ min: 1, max: 60 }))
        .map(([userId, hours]) => ({ type: 'track', userId, event: 'Trial Started', ends: hours })),
      fc
        .tuple(user, fc.constantFrom('subscribed', 'unsubscribed'))
        .map(([userId, email]) => ({ type: 'identify', userId, traits: { consents: { email } } })),
      fc
        .tuple(user, fc.constantFrom('g1', 'g2'), fc.integer({ min: 1, max: 9 }))
        .map(([userId, groupId, seats]) => ({ type: 'group', userId, groupId, traits: { seats } })),
      fc
        .tuple(user, fc.constantFrom('x', 'y'))
        .map(([userId, anonymousId]) => ({ type: 'identify', userId, anonymousId, traits: {} })),
      fc.constantFrom('x', 'y').map(anonymousId => ({ type: 'track', anonymousId, event: 'Login' })),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.array(call, { maxLength: 3 })), { minLength: 3, maxLength: 8 }),
        async steps => {
          await db.pool.query(
            'TRUNCATE customer, profile_told, event, event_stat, last_seen, call_seen, subscription, consent, consent_change, segment, segment_look, segment_member, segment_change, touched, account, customer_alias RESTART IDENTITY',
          )
          for (const [key, rule] of Object.entries(rules)) await make(key, rule)
          let at = start
          for (const [hours, calls] of steps) {
            at += hours * hour
            const stamped = calls.map(({ ends, hours: ago, ...each }: Record<string, unknown>) => ({
              ...each,
              ...(ago === undefined ? {} : { timestamp: new Date(at - Number(ago) * hour).toISOString() }),
              ...(ends === undefined ? {} : { properties: { trialEndsAt: new Date(at + Number(ends) * hour).toISOString() } }),
            }))
            if (stamped.length > 0) await take(at, ...stamped)
            await sweep(at)
            const context = await ruleContext(db, new Date(at))
            for (const [key, rule] of Object.entries(rules)) {
              const now = await db.rows<{ id: number }>(
                sql`SELECT c.id FROM customer c WHERE ${ruleWhere(rule, context)} ORDER BY 1`,
              )
              expect([key, await known(key)]).toEqual([key, now.map(row => row.id)])
            }
          }
        },
      ),
      { numRuns: 12 },
    )
  })
})
