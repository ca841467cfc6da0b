import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Call, callSchema, readCall } from '../../domain/customer/call.ts'
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
beforeEach(async () => {
  await db.pool.query(
    'TRUNCATE customer, profile_told, event, event_stat, last_seen, call_seen, subscription, consent, consent_change, watch, nudge, enrollment RESTART IDENTITY',
  )
})

const now = new Date('2026-03-01T12:00:00Z')
const read = (raw: Record<string, unknown>): Call =>
  readCall(callSchema.parse({ messageId: randomUUID(), ...raw }), { at: now }) as Call
const take = (...raws: Record<string, unknown>[]) => ingest(db, raws.map(read), { receivedAt: now, region: 'DE' })
const rows = async (text: string) => (await db.pool.query(text)).rows
const track = (userId: string, event: string, more: Record<string, unknown> = {}) => ({ type: 'track', userId, event, ...more })
const identify = (userId: string, traits: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  type: 'identify',
  userId,
  traits,
  ...more,
})
const nameId = async (name: string) => (await rows(`SELECT id FROM event_name WHERE name = '${name}'`))[0].id

describe('what was ingested', () => {
  test('is counted by the same statement that stored it', async () => {
    await take(
      track('u1', 'Order Completed', { properties: { revenue: 10 }, timestamp: '2026-02-01T00:00:00Z' }),
      track('u1', 'Order Completed', { properties: { revenue: '2.50' }, timestamp: '2026-02-03T00:00:00Z' }),
      track('u1', 'Order Completed', { properties: { coupon: 'x' }, timestamp: '2026-01-01T00:00:00Z' }),
      { type: 'page', userId: 'u2', name: 'Home' },
    )
    expect(
      await rows(
        `SELECT n.name, count, first_at, last_at, sum FROM event_stat s JOIN event_name n ON n.id = s.name ORDER BY n.name`,
      ),
    ).toEqual([
      { name: 'Order Completed', count: 3, first_at: new Date('2026-01-01'), last_at: new Date('2026-02-03'), sum: 12.5 },
      { name: 'page', count: 1, first_at: now, last_at: now, sum: 0 },
    ])
    expect(await rows(`SELECT at FROM last_seen ORDER BY at`)).toEqual([{ at: new Date('2026-02-03') }, { at: now }])
    expect(await rows(`SELECT value, properties FROM event ORDER BY id LIMIT 3`)).toEqual([
      { value: 10, properties: { revenue: 10 } },
      { value: 2.5, properties: { revenue: '2.50' } },
      { value: null, properties: { coupon: 'x' } },
    ])
  })

  test('late events move the first time back and never the last', async () => {
    await take(track('u1', 'Login', { timestamp: '2026-02-10T00:00:00Z' }))
    await take(track('u1', 'Login', { timestamp: '2026-01-10T00:00:00Z' }))
    expect(await rows(`SELECT count, first_at, last_at FROM event_stat`)).toEqual([
      { count: 2, first_at: new Date('2026-01-10'), last_at: new Date('2026-02-10') },
    ])
    expect(await rows(`SELECT at FROM last_seen`)).toEqual([{ at: new Date('2026-02-10') }])
  })

  test('identify and group are no activity', async () => {
    await take(identify('u1', { plan: 'pro' }), { type: 'group', userId: 'u1', groupId: 'g1', traits: { seats: 5 } })
    expect(await rows('SELECT * FROM last_seen')).toEqual([])
    expect(await rows('SELECT attributes FROM customer')).toEqual([
      { attributes: { plan: 'pro', groupId: 'g1', group: { seats: 5 } } },
    ])
  })

  test('a call seen before changes nothing, within a batch and across batches', async () => {
    const call = track('u1', 'Login', { messageId: 'm1' })
    expect(await take(call, call)).toEqual({ accepted: 1, duplicates: 1, rings: [] })
    expect(await take(call)).toEqual({ accepted: 0, duplicates: 1, rings: [] })
    expect(await rows('SELECT count FROM event_stat')).toEqual([{ count: 1 }])
    await take(identify('u1', { plan: 'pro' }, { messageId: 'm2' }), identify('u1', { plan: 'free' }))
    await take(identify('u1', { plan: 'pro' }, { messageId: 'm2' }))
    expect((await rows('SELECT attributes FROM customer'))[0].attributes).toEqual({ plan: 'free' })
  })

  test('calls without a messageId all count', async () => {
    await take(track('u1', 'Login', { messageId: undefined }), track('u1', 'Login', { messageId: undefined }))
    expect(await rows('SELECT count FROM event_stat')).toEqual([{ count: 2 }])
  })
})

describe('a profile', () => {
  test('keeps known traits in its own fields and all others as attributes', async () => {
    await take(
      identify('u1', {
        email: ' Ann@Example.com',
        phone: '0170 1234567',
        firstName: 'Ann',
        createdAt: '2025-05-05',
        plan: 'pro',
        address: { city: 'Köln' },
      }),
    )
    const [row] = await rows('SELECT * FROM customer')
    expect(row).toMatchObject({
      external_id: 'u1',
      email: 'Ann@example.com',
      phone: '+491701234567',
      first_name: 'Ann',
      created_at: new Date('2025-05-05'),
    })
    expect(row.attributes).toEqual({ plan: 'pro', address: { city: 'Köln' } })
  })

  test('loses with null, and what is no address empties the field but stays to be seen', async () => {
    await take(identify('u1', { email: 'a@b.example', plan: 'pro', seats: 3 }))
    await take(identify('u1', { email: 'nonsense', plan: null }))
    expect(await rows('SELECT email, attributes FROM customer')).toEqual([
      { email: null, attributes: { seats: 3, email: 'nonsense' } },
    ])
    await take(identify('u1', { email: 'c@d.example' }))
    expect(await rows('SELECT email, attributes FROM customer')).toEqual([{ email: 'c@d.example', attributes: { seats: 3 } }])
  })

  test('takes the calls of one batch in the order of their times', async () => {
    await take(
      identify('u1', { plan: 'new' }, { timestamp: '2026-02-02' }),
      identify('u1', { plan: 'old', city: 'Bonn' }, { timestamp: '2026-02-01' }),
    )
    expect((await rows('SELECT attributes FROM customer'))[0].attributes).toEqual({ plan: 'new', city: 'Bonn' })
  })

  test('keeps what was said last, also when something older arrives later', async () => {
    const on = (day: number) => ({ timestamp: `2026-02-0${day}T00:00:00Z` })
    await take(identify('u', { plan: 'pro', email: 'new@example.com', seats: 5 }, on(3)))
    await take(identify('u', { plan: 'free', email: 'old@example.com', city: 'Bonn', seats: null }, on(2)))
    const now = async () => (await rows(`SELECT email, attributes, version FROM customer`))[0]
    expect(await now()).toEqual({ email: 'new@example.com', attributes: { plan: 'pro', seats: 5, city: 'Bonn' }, version: 3 })
    // Said again it is as new as the last time it was said.
    await take(identify('u', { plan: 'pro' }, on(5)))
    await take(identify('u', { plan: 'team', seats: null }, on(4)))
    expect(await now()).toMatchObject({ attributes: { plan: 'pro', city: 'Bonn' }, version: 4 })
    await take(identify('u', { plan: 'free' }, on(5)))
    expect(await now()).toMatchObject({ attributes: { plan: 'free' } })
  })

  test('belongs to the account of its latest group call, whichever arrives last', async () => {
    const group = (groupId: string, day: number) => ({
      type: 'group',
      userId: 'u',
      groupId,
      timestamp: `2026-02-0${day}T00:00:00Z`,
    })
    await take(group('acme', 3))
    await take(group('before', 2))
    expect(await rows(`SELECT key, attributes FROM customer c JOIN account a ON a.id = c.account`)).toEqual([
      { key: 'acme', attributes: { groupId: 'acme' } },
    ])
  })

  test('told the same again keeps its version', async () => {
    for (let i = 0; i < 3; i++) await take(identify('u1', { plan: 'pro', email: 'a@b.example' }))
    expect(await rows('SELECT version FROM customer')).toEqual([{ version: 2 }])
  })

  test('exists from its first call on, anonymous or not', async () => {
    await take({ type: 'track', anonymousId: 'a1', event: 'Login', timestamp: '2026-01-01' }, track('ü/ñ 1', 'Login'))
    expect(await rows('SELECT external_id, anonymous, created_at FROM customer ORDER BY anonymous')).toEqual([
      { external_id: 'ü/ñ 1', anonymous: false, created_at: now },
      { external_id: 'anonymous:a1', anonymous: true, created_at: new Date('2026-01-01') },
    ])
  })

  test('has its subscription from its events, in whatever order they come', async () => {
    await take(
      track('u1', 'Subscription Cancelled', { timestamp: '2026-02-20', properties: { reason: 'price' } }),
      track('u1', 'Trial Started', { timestamp: '2026-01-01', properties: { plan: 'pro', trialEndsAt: '2026-01-15' } }),
    )
    await take(track('u1', 'Trial Converted', { timestamp: '2026-01-14', properties: { mrr: 49, currency: 'EUR' } }))
    const [row] = await rows('SELECT * FROM subscription')
    expect(row).toMatchObject({
      status: 'cancelled',
      plan: 'pro',
      mrr: 49,
      currency: 'EUR',
      reason: 'price',
      trial_ends_at: new Date('2026-01-15'),
    })
  })
})

describe('a consent', () => {
  const held = () => rows('SELECT channel, topic, status, source FROM consent ORDER BY channel, topic')

  test('travels with identify', async () => {
    await take(identify('u1', { consents: { sms: 'subscribed', email: { tips: 'unsubscribed' } } }))
    expect(await held()).toEqual([
      { channel: 'email', topic: 'tips', status: 'unsubscribed', source: 'api' },
      { channel: 'sms', topic: '', status: 'subscribed', source: 'api' },
    ])
  })

  test('said again is no change, and one that arrives late undoes nothing', async () => {
    const said = (status: string, timestamp: string) => take(identify('u1', { consents: { sms: status } }, { timestamp }))
    await said('subscribed', '2026-02-01')
    await said('subscribed', '2026-02-05')
    expect(await rows('SELECT id FROM consent_change')).toHaveLength(1)
    await said('unsubscribed', '2026-02-03')
    expect((await held())[0].status).toBe('subscribed')
    await said('unsubscribed', '2026-02-06')
    expect((await held())[0].status).toBe('unsubscribed')
    expect(await rows('SELECT status, at FROM consent_change ORDER BY id')).toHaveLength(3)
  })

  test('of two words in one batch, both are kept and the later one holds', async () => {
    await take(
      identify('u1', { consents: { sms: 'unsubscribed' } }, { timestamp: '2026-02-02' }),
      identify('u1', { consents: { sms: 'subscribed' } }, { timestamp: '2026-02-01' }),
    )
    expect((await held())[0].status).toBe('unsubscribed')
    expect(await rows('SELECT status FROM consent_change ORDER BY at')).toEqual([
      { status: 'subscribed' },
      { status: 'unsubscribed' },
    ])
  })
})

describe('an event somebody waits for', () => {
  const enroll = async (run: number, customer: string, watching: number[], state = 'waiting') => {
    const [{ id }] = await rows(`SELECT id FROM customer WHERE external_id = '${customer}'`)
    const { rows: made } = await db.pool.query(
      `INSERT INTO enrollment (run, customer, version, goal, state, place, watching, entered_at) VALUES ($1, $2, 1, 'g', $3::enrollment_state, 0, $4, now()) RETURNING id`,
      [run, id, state, watching],
    )
    return made[0].id
  }

  test('leaves a nudge for each run that watches it and for each enrollment that waits, and rings them', async () => {
    await take(track('u1', 'Login'), track('u2', 'Login'))
    const login = await nameId('Login')
    // A run in which somebody waits for an event watches it.
    await db.pool.query('INSERT INTO watch VALUES ($1, 7), ($1, 8), ($1, 9)', [login])
    const waiting = await enroll(8, 'u1', [login, 999])
    await enroll(8, 'u2', [999])
    await enroll(9, 'u1', [login], 'ended')
    const moving = await enroll(9, 'u2', [login], 'moving')
    const { rings } = await take(track('u1', 'Login'), track('u2', 'Login'), track('u1', 'Other'))
    expect([...rings].sort()).toEqual([7, 8, 9])
    const nudges = await rows(
      `SELECT n.run, n.enrollment, c.external_id AS who, e.name FROM nudge n JOIN customer c ON c.id = n.customer JOIN event e ON e.id = n.event ORDER BY n.run, who, n.enrollment`,
    )
    expect(nudges).toEqual([
      { run: 7, enrollment: null, who: 'u1', name: login },
      { run: 7, enrollment: null, who: 'u2', name: login },
      { run: 8, enrollment: waiting, who: 'u1', name: login },
      { run: 8, enrollment: null, who: 'u1', name: login },
      { run: 8, enrollment: null, who: 'u2', name: login },
      { run: 9, enrollment: null, who: 'u1', name: login },
      { run: 9, enrollment: moving, who: 'u2', name: login },
      { run: 9, enrollment: null, who: 'u2', name: login },
    ])
  })

  test('costs and leaves nothing where nobody listens', async () => {
    expect((await take(track('u1', 'Login'))).rings).toEqual([])
    expect(await rows('SELECT * FROM nudge')).toEqual([])
  })

  test('seen before nudges nobody again', async () => {
    await take(track('u1', 'Login'))
    await db.pool.query('INSERT INTO watch VALUES ($1, 7)', [await nameId('Login')])
    const call = track('u1', 'Login', { messageId: 'once' })
    await take(call)
    await take(call)
    expect(await rows('SELECT * FROM nudge')).toHaveLength(1)
  })

  test('is not lost on a customer who is being parked in the same instant', async () => {
    await take(track('u1', 'Login'))
    const login = await nameId('Login')
    await db.pool.query('INSERT INTO watch VALUES ($1, 7)', [login])
    const enrollment = await enroll(7, 'u1', [], 'moving')
    const parking = await db.pool.connect()
    await parking.query('BEGIN')
    await parking.query(`UPDATE enrollment SET state = 'waiting', awaiting = true, watching = $1 WHERE id = $2`, [
      [login],
      enrollment,
    ])
    const ingested = take(track('u1', 'Login'))
    const blocked = `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
    while ((await rows(blocked))[0].n === 0) await new Promise(resolve => setTimeout(resolve, 5))
    await parking.query('COMMIT')
    parking.release()
    await ingested
    expect(await rows('SELECT run, enrollment FROM nudge WHERE enrollment IS NOT NULL')).toEqual([{ run: 7, enrollment }])
  })
})

describe('many at once', () => {
  test('the same batches sent side by side count once', async () => {
    const batch = Array.from({ length: 200 }, (_, i) =>
      i % 3 === 0
        ? read(identify(`u${i % 20}`, { n: i % 20, consents: { email: 'subscribed' } }, { messageId: `m${i}` }))
        : read(track(`u${i % 20}`, i % 2 ? 'Login' : 'Order Completed', { messageId: `m${i}`, properties: { revenue: 1 } })),
    )
    const shuffled = () => batch.toSorted((a, b) => (a.messageId! + seed > b.messageId! + seed ? 1 : -1))
    let seed = ''
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, i) => {
        seed = String(i)
        return ingest(db, i % 2 ? shuffled() : shuffled().reverse(), { receivedAt: now, region: 'DE' })
      }),
    )
    expect(results.reduce((sum, each) => sum + each.accepted, 0)).toBe(200)
    const tracks = batch.filter(call => call.event).length
    expect((await rows('SELECT count(*) AS n FROM event'))[0].n).toBe(tracks)
    expect((await rows('SELECT sum(count) AS n, sum(sum) AS money FROM event_stat'))[0]).toEqual({ n: tracks, money: tracks })
    expect((await rows('SELECT count(*) AS n FROM customer'))[0].n).toBe(20)
    expect((await rows('SELECT count(*) AS n FROM consent_change'))[0].n).toBe(20)
  })

  test('different batches about the same customers block nobody for good', async () => {
    const batches = Array.from({ length: 12 }, (_, b) =>
      Array.from({ length: 100 }, (_, i) => {
        const who = `u${(i * (b + 3)) % 40}`
        return read(
          i % 4 === 0
            ? identify(who, { [`k${b}`]: b })
            : track(who, i % 2 ? 'A' : 'Subscription Updated', { properties: { mrr: b } }),
        )
      }),
    )
    await Promise.all(batches.map(batch => ingest(db, batch, { receivedAt: now, region: 'DE' })))
    expect((await rows('SELECT sum(count) AS n FROM event_stat'))[0].n).toBe(12 * 75)
    const [{ attributes }] = await rows(`SELECT attributes FROM customer WHERE external_id = 'u0'`)
    expect(Object.keys(attributes)).toHaveLength(12)
  })

  test('what known customers do for the first time counts once each, also when all of it came late', async () => {
    const people = Array.from({ length: 40 }, (_, i) => `u${i}`)
    await take(...people.map(who => track(who, 'Known', { timestamp: '2026-02-28T00:00:00Z' })))
    await take(...people.map(who => track(who, 'Known', { timestamp: '2026-01-01T00:00:00Z' })))
    for (const round of [1, 2, 3]) {
      const late = { timestamp: `2026-02-0${round}T00:00:00Z`, properties: { revenue: 1 } }
      await Promise.all(Array.from({ length: 10 }, () => take(...people.map(who => track(who, `First ${round}`, late)))))
      const name = await nameId(`First ${round}`)
      expect(await rows(`SELECT count, sum, count(*)::int AS people FROM event_stat WHERE name = ${name} GROUP BY 1, 2`)).toEqual(
        [{ count: 10, sum: 10, people: 40 }],
      )
    }
  })

  test('the same new event name and customer from everywhere', async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => take(track('only', 'Brand New'))))
    expect(results.every(each => each.accepted === 1)).toBe(true)
    expect(await rows('SELECT count FROM event_stat')).toEqual([{ count: 10 }])
  })
})
