import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createRawRetention } from '../../activities/raw-retention.ts'
import { createRevalue } from '../../activities/revalue.ts'
import { createSegmentHistory } from '../../activities/segment-history.ts'
import { callSchema, readCall } from '../../domain/customer/call.ts'
import type { CustomerScore } from '../../domain/metric/score.ts'
import { type Rule, ruleWhere } from '../../domain/segment/rule.ts'
import { defaultSettings } from '../../domain/settings.ts'
import { raw, sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { ingest } from '../../prisma/queries/ingest.ts'
import { settleAccepted } from '../../prisma/queries/messages.ts'
import { storeScores } from '../../prisma/queries/scores.ts'
import { beginEntries } from '../../prisma/queries/segment-look.ts'
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
  await empty()
})
const empty = () =>
  db.pool.query(
    'TRUNCATE customer, profile_told, event, event_stat, last_seen, call_seen, subscription, consent, consent_change, customer_score, customer_score_change, message, run, revaluation, segment, segment_look, segment_member, segment_due, segment_change, touched, account, customer_alias RESTART IDENTITY',
  )

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
/** Looks until nobody is under way who may have written without a note: those of other databases of the server count too. */
const settled = async (at: number) => {
  do await sweep(at)
  while (await db.row(sql`SELECT 1 FROM segment_look WHERE since IS NOT NULL LIMIT 1`))
}
const unnoted = (text: string) =>
  db.pool.query(`ALTER TABLE customer DISABLE TRIGGER USER; ${text}; ALTER TABLE customer ENABLE TRIGGER USER`)

/** A message as the engine leaves it: claimed, then accepted. Undefined where there is no such customer. */
async function send(userId: string, at: number, campaign = 1): Promise<string | undefined> {
  const id = crypto.randomUUID()
  const attempt = crypto.randomUUID()
  await db.run(sql`INSERT INTO run (id, campaign, version, number, status, finite, salt, planned_size, started_at)
    VALUES (${campaign}, ${campaign}, 1, 1, 'running', false, '', 1, ${new Date(at)}) ON CONFLICT DO NOTHING`)
  const made =
    await db.run(sql`INSERT INTO message (id, run, enrollment, customer, version, step, channel, class, status, attempt, created_at, sending_at)
    SELECT ${id}::uuid, ${campaign}::int, (SELECT count(*) FROM message), c.id, 1, 0, 'email', 'marketing', 'sending', ${attempt}::uuid, ${new Date(at)}::timestamptz, ${new Date(at)}::timestamptz
    FROM customer c WHERE c.external_id = ${userId}`)
  await settleAccepted(db, attempt, [id], null, new Date(at))
  return made > 0 ? id : undefined
}
const opened = (id: string, at: number) =>
  db.run(sql`UPDATE message SET status = 'opened', opened_at = ${new Date(at)} WHERE id = ${id}::uuid AND opened_at IS NULL`)
const clicked = (id: string, at: number) =>
  db.run(sql`UPDATE message SET status = 'clicked', clicked_at = ${new Date(at)} WHERE id = ${id}::uuid AND clicked_at IS NULL`)

const scoreOf = ({ health, stage = 'active' }: { health: number; stage?: 'active' | 'lapsed' }): CustomerScore =>
  ({
    lifecycle: { stage },
    rfm: null,
    health: { value: health },
    churn: { risk: null, reason: 'no_fit' },
    superHealthy: false,
  }) as unknown as CustomerScore
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

  test('tells at the look after it who entered or left because a date came near or went out of reach, and looks at nobody else', async () => {
    await make('young', { attribute: 'signedUp', withinLast: '1d' })
    await make('soon', { attribute: 'account.endsAt', withinNext: '1d' })
    await make('renewing', { account: 'renewsAt', withinNext: '1d' })
    await make('trial', { subscription: { trialEndsWithin: '1d' } })
    const minute = 60_000
    const at = (time: number) => new Date(time).toISOString()
    await take(
      start,
      {
        type: 'identify',
        userId: 'few',
        traits: { signedUp: at(start - day + 2.5 * minute), account: { endsAt: at(start + day + 4 * minute) } },
      },
      { type: 'group', userId: 'few', groupId: 'firm', traits: { renewsAt: at(start + day + 5 * minute) } },
      { type: 'track', userId: 'few', event: 'Trial Started', properties: { trialEndsAt: at(start + day + 6 * minute) } },
    )
    await settled(start)
    // Were everybody asked, this one would be found as well: nothing notes it.
    await unnoted(
      `INSERT INTO customer (external_id, attributes, created_at, updated_at) VALUES ('unnoted', '{"signedUp": "2026-03-01T00:00:00Z"}', now(), now())`,
    )
    for (let i = 0; i <= 10; i++) await sweep(start + i * minute)
    for (const [key, entered, minutes] of [
      ['young', false, 3],
      ['soon', true, 4],
      ['renewing', true, 5],
      ['trial', true, 6],
    ] as const)
      expect(await history(key)).toEqual([{ who: 'few', entered, at: new Date(start + minutes * minute) }])
    await sweep(start + 3 * day)
    expect((await history('soon')).map(({ entered }) => entered)).toEqual([true, false])
  })

  test('tells who was written to, who clicked, and from when on that was too long ago', async () => {
    await make('written', { message: { was: 'sent' }, within: '2d' })
    await make('keen', { all: [{ message: { was: 'opened' }, within: '3d' }, { not: { message: { was: 'clicked' } } }] })
    await take(start, { type: 'identify', userId: 'anna', traits: {} }, { type: 'identify', userId: 'bert', traits: {} })
    await settled(start)
    const [anna, bert] = [await send('anna', start + hour), await send('bert', start + 2 * hour)]
    await sweep(start + 3 * hour)
    // A click proves the opening, whose own report never came.
    await opened(anna!, start + 4 * hour)
    await clicked(bert!, start + 4 * hour)
    await sweep(start + 5 * hour)
    await clicked(anna!, start + 6 * hour)
    for (let at = start + 7 * hour; at <= start + 4 * day; at += hour) await sweep(at)
    expect(await history('written')).toEqual([
      { who: 'anna', entered: true, at: new Date(start + 3 * hour) },
      { who: 'bert', entered: true, at: new Date(start + 3 * hour) },
      { who: 'anna', entered: false, at: new Date(start + 2 * day + hour) },
      { who: 'bert', entered: false, at: new Date(start + 2 * day + 2 * hour) },
    ])
    expect(await history('keen')).toEqual([
      { who: 'anna', entered: true, at: new Date(start + 5 * hour) },
      { who: 'anna', entered: false, at: new Date(start + 7 * hour) },
    ])
  })

  test('costs those who send nothing where no saved segment asks about messages, and engagements alone where none asks who was sent one', async () => {
    const kept = async () =>
      (
        await db.rows<{ name: string }>(
          sql`SELECT tgname AS name FROM pg_trigger WHERE tgrelid = 'message'::regclass AND NOT tgisinternal ORDER BY 1`,
        )
      ).map(row => row.name)
    await make('pros', { attribute: 'plan', is: 'pro' })
    await sweep(start)
    expect(await kept()).toEqual([])
    await make('keen', { not: { message: { was: 'clicked' } } })
    await sweep(start)
    expect(await kept()).toEqual(['message_engaged'])
    await make('written', { message: { was: 'sent' } })
    await sweep(start)
    expect(await kept()).toEqual(['message_engaged', 'message_sent'])
    for (const key of ['keen', 'written']) await db.transaction(tx => deleteSegment(tx, key, () => {}))
    await sweep(start)
    expect(await kept()).toEqual([])
  })

  test('misses nobody who was written to between a launch that looked and the first sweep, nor while notes could not be begun', async () => {
    await make('written', { message: { was: 'sent' } })
    await take(start, ...['anna', 'bert'].map(userId => ({ type: 'identify', userId, traits: {} })))
    await db.transaction(tx => beginEntries(tx, 1, 'written', new Date(start)))
    await send('anna', start + hour)
    const writer = await db.pool.connect()
    try {
      // Somebody who writes messages for longer than we wait.
      await writer.query('BEGIN; LOCK TABLE message IN ROW EXCLUSIVE MODE')
      await sweep(start + 2 * hour)
      await send('bert', start + 3 * hour)
    } finally {
      await writer.query('COMMIT')
      writer.release()
    }
    await sweep(start + 4 * hour)
    await sweep(start + 5 * hour)
    expect(await history('written')).toEqual([
      { who: 'anna', entered: true, at: new Date(start + 2 * hour) },
      { who: 'bert', entered: true, at: new Date(start + 4 * hour) },
    ])
  })

  test('tells whose score is another after a refresh, and looks at nobody whose is the same', async () => {
    await make('poor', { health: { lt: 30 } })
    await take(start, ...['anna', 'bert'].map(userId => ({ type: 'identify', userId, traits: {} })))
    await settled(start)
    const scored = (healths: Record<number, number>, at: number) =>
      storeScores(
        db,
        new Date(at),
        Object.entries(healths).map(([customer, value]) => ({ customer: Number(customer), score: scoreOf({ health: value }) })),
      )
    await scored({ 1: 20, 2: 80 }, start + hour)
    await sweep(start + 2 * hour)
    await scored({ 1: 20, 2: 10 }, start + 3 * hour)
    expect(await db.rows(sql`SELECT customer FROM touched`)).toEqual([{ customer: 2 }])
    await sweep(start + 4 * hour)
    expect(await history('poor')).toEqual([
      { who: 'anna', entered: true, at: new Date(start + 2 * hour) },
      { who: 'bert', entered: true, at: new Date(start + 4 * hour) },
    ])
    await db.transaction(tx => deleteSegment(tx, 'poor', () => {}))
    await scored({ 1: 90, 2: 90 }, start + 5 * hour)
    expect(await db.rows(sql`SELECT customer FROM touched`)).toEqual([])
  })

  test('misses nobody who was being written while the segment was made and first looked at', async () => {
    await make('other', { attribute: 'plan', is: 'team' })
    await take(start, { type: 'identify', userId: 'anna', traits: {} })
    const slow = await db.pool.connect()
    try {
      await slow.query('BEGIN')
      await db.pool.query('DELETE FROM segment')
      // As if it had begun before there was a segment: it notes nothing.
      await slow.query(`UPDATE customer SET attributes = '{"plan": "pro"}'`)
      await make('pros', { attribute: 'plan', is: 'pro' })
      await sweep(start)
      await slow.query('COMMIT')
    } finally {
      slow.release()
    }
    expect(await history('pros')).toEqual([])
    await settled(start + hour)
    expect((await history('pros')).map(({ who, entered }) => [who, entered])).toEqual([['anna', true]])
  })

  test('misses nobody whom a look took note of that was of an earlier moment', async () => {
    await make('buyers', { event: 'Order Completed', within: '2d' })
    await settled(start)
    await take(start + hour, { type: 'track', userId: 'anna', event: 'Order Completed' })
    await sweep(start + hour - 30_000)
    await sweep(start + hour + 30_000)
    expect(await history('buyers')).toEqual([{ who: 'anna', entered: true, at: new Date(start + hour + 30_000) }])
  })

  test('asks everybody at once where very many changed', async () => {
    await make('pros', { attribute: 'plan', is: 'pro' })
    await settled(start)
    await db.pool.query(`INSERT INTO customer (external_id, attributes, created_at, updated_at)
      SELECT 'c' || n, jsonb_build_object('plan', CASE WHEN n % 100 = 0 THEN 'pro' ELSE 'free' END), now(), now() FROM generate_series(1, 25000) n`)
    expect(await sweep(start + hour)).toEqual({ moved: 250, failed: 0 })
    expect(await db.rows(sql`SELECT 1 FROM touched`)).toEqual([])
    expect(await sweep(start + 2 * hour)).toEqual({ moved: 0, failed: 0 })
  })

  test('follows amounts that are worth something else by another table of rates, and events that are not kept any more', async () => {
    await make('large', { event: 'Order Completed', sum: { property: 'revenue', gte: 100 } })
    await make('steady', { event: 'Order Completed', count: { gte: 2 }, within: '90d' })
    const order = { type: 'track', userId: 'anna', event: 'Order Completed', properties: { revenue: 60, currency: 'USD' } }
    await take(start - 40 * day, order)
    await take(start, order)
    await settled(start)
    const currencies = { reporting: 'EUR', rates: { USD: 0.5 } }
    const { revalueSome, endRevaluing } = createRevalue({ db, settings: async () => defaultSettings() })
    await revalueSome({ after: 0, currencies: JSON.stringify(currencies) })
    await endRevaluing({ currencies: JSON.stringify(currencies), at: start })
    await settled(start + hour)
    expect(await history('large')).toEqual([{ who: 'anna', entered: false, at: new Date(start + hour) }])
    const { forgetRaw } = createRawRetention({ db, settings: async () => ({ ...defaultSettings(), eventRetention: '30d' }) })
    await forgetRaw({ at: start + 2 * hour })
    await settled(start + 3 * hour)
    expect(await history('steady')).toEqual([{ who: 'anna', entered: false, at: new Date(start + 3 * hour) }])
    expect(await history('large')).toHaveLength(1)
  })

  test('goes on where another segment cannot be looked at, which misses nobody either once it can', async () => {
    await make('broken', { attribute: 'plan', is: 'pro' })
    await make('sound', { attribute: 'plan', is: 'pro' })
    await settled(start)
    await db.pool.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
      CREATE TRIGGER fail BEFORE INSERT ON segment_member FOR EACH ROW WHEN (NEW.segment = 'broken') EXECUTE FUNCTION fail()`)
    await take(start + hour, { type: 'identify', userId: 'anna', traits: { plan: 'pro' } })
    expect(await sweep(start + hour)).toEqual({ moved: 1, failed: 1 })
    expect(await sweep(start + 2 * hour)).toEqual({ moved: 0, failed: 1 })
    await db.pool.query('DROP TRIGGER fail ON segment_member')
    expect(await sweep(start + 3 * hour)).toEqual({ moved: 1, failed: 0 })
    expect([await history('sound'), await history('broken')]).toEqual([
      [{ who: 'anna', entered: true, at: new Date(start + hour) }],
      [{ who: 'anna', entered: true, at: new Date(start + 3 * hour) }],
    ])
  })

  test('of a new segment keeps neither another waiting that is deleted, nor itself: what was deleted meanwhile leaves nothing', async () => {
    await make('known', { attribute: 'plan', is: 'free' })
    await take(start, { type: 'identify', userId: 'pro', traits: { plan: 'pro' } })
    await settled(start)
    await make('new', { attribute: 'plan', is: 'pro' })
    const reader = await db.pool.connect()
    let looking: Promise<unknown> | undefined
    try {
      // Asking everybody takes as long as somebody holds the customers.
      await reader.query('BEGIN; LOCK TABLE customer IN ACCESS EXCLUSIVE MODE')
      looking = sweep(start + hour)
      await vi.waitFor(
        async () =>
          expect(
            await db.row(sql`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`),
          ).toBeDefined(),
        60_000,
      )
      const sweptTo = await db.row(sql`SELECT swept_to AS "sweptTo" FROM segment_look WHERE segment = 'known'`)
      expect(sweptTo).toEqual({ sweptTo: new Date(start + hour) })
      for (const key of ['known', 'new']) expect(await db.transaction(tx => deleteSegment(tx, key, () => {}))).toBe(true)
    } finally {
      await reader.query('COMMIT')
      reader.release()
      await looking
    }
    for (const table of ['segment_look', 'segment_member', 'segment_due', 'segment_change'])
      expect([table, ...(await db.rows(sql`SELECT segment FROM ${raw(table)}`))]).toEqual([table])
  })

  test('is kept of every segment, however many there are', async () => {
    await db.run(sql`INSERT INTO segment (key, name, rule, created_at, updated_at)
      SELECT 'many-' || to_char(n, 'FM0000'), 'One of many', '{"attribute": "plan", "is": "pro"}', now(), now() FROM generate_series(1, 505) n`)
    await sweep(start)
    await take(start + hour, { type: 'identify', userId: 'pro', traits: { plan: 'pro' } })
    expect(await sweep(start + hour)).toEqual({ moved: 505, failed: 0 })
    expect(await history('many-0505')).toEqual([{ who: 'pro', entered: true, at: new Date(start + hour) }])
  })

  test('looks at nobody about whom nothing changed', async () => {
    await make('pros', { attribute: 'plan', is: 'pro' })
    await take(
      start,
      ...Array.from({ length: 50 }, (_, i) => ({ type: 'identify', userId: `c${i}`, traits: { plan: i < 20 ? 'pro' : 'free' } })),
    )
    await settled(start)
    // Were everybody asked, these two would be found as well: nothing noted that they changed.
    await unnoted(`UPDATE customer SET attributes = '{}' WHERE external_id IN ('c1', 'c2')`)
    await take(start + hour, { type: 'identify', userId: 'c40', traits: { plan: 'pro' } })
    expect(await sweep(start + hour)).toEqual({ moved: 1, failed: 0 })
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

  test('is at every moment what asking everybody would say, whatever happened and whenever it looked', {
    timeout: 240_000,
  }, async () => {
    const rules: Record<string, Rule> = {
      silent: { inactive: { for: '1d' } },
      lost: { inactive: { event: 'Login', for: '2d', neverCounts: true } },
      busy: { event: 'Login', count: { gte: 2 }, within: '1d' },
      never: { event: 'Login', count: { eq: 0 }, within: '3d' },
      trial: { subscription: { status: 'trialing', trialEndsWithin: '1d' } },
      renewing: { not: { subscription: { renewsWithin: '2d', trialEndsWithin: '3d' } } },
      young: { attribute: 'createdAt', withinLast: '1d' },
      soon: { attribute: 'endsAt', withinNext: '20h' },
      around: {
        any: [
          { attribute: 'endsAt', withinLast: '5h', withinNext: '1d' },
          { attribute: 'endsAt', withinLast: '7h' },
        ],
      },
      open: { consent: { channel: 'email' } },
      large: { account: 'seats', gte: 5 },
      ending: { not: { account: 'endsAt', withinNext: '1d' } },
      both: { all: [{ segment: 'busy' }, { not: { segment: 'open' } }] },
      written: { message: { was: 'sent' }, within: '1d' },
      unwritten: { not: { message: { campaign: 'cmp_2', was: 'sent' }, within: '30h' } },
      opened: { message: { was: 'opened' }, within: '2d' },
      clicked: { message: { campaign: 'cmp_1', was: 'clicked' } },
      poor: { any: [{ health: { lt: 50 } }, { lifecycle: 'lapsed' }] },
      poorAndSoon: { all: [{ segment: 'poor' }, { not: { segment: 'soon' } }, { not: { segment: 'written' } }] },
    }
    const user = fc.constantFrom('u1', 'u2', 'u3', 'u4')
    const hours = fc.integer({ min: -30, max: 60 })
    type Deed = (at: number) => Promise<unknown>
    const iso = (at: number) => new Date(at).toISOString()
    const call =
      (raw: Record<string, unknown>): Deed =>
      at =>
        take(at, raw)
    const deed: fc.Arbitrary<Deed> = fc.oneof(
      user.map(userId => call({ type: 'track', userId, event: 'Login' })),
      fc.tuple(user, fc.integer({ min: 0, max: 40 })).map(
        ([userId, ago]): Deed =>
          at =>
            take(at, { type: 'track', userId, event: 'Login', timestamp: iso(at - ago * hour) }),
      ),
      user.map(userId => call({ type: 'track', userId, event: 'Other' })),
      fc.tuple(user, hours, hours).map(
        ([userId, ends, renews]): Deed =>
          at =>
            take(at, {
              type: 'track',
              userId,
              event: 'Trial Started',
              properties: { trialEndsAt: iso(at + ends * hour), renewsAt: iso(at + renews * hour) },
            }),
      ),
      fc.tuple(user, hours).map(
        ([userId, renews]): Deed =>
          at =>
            take(at, {
              type: 'track',
              userId,
              event: 'Subscription Renewed',
              properties: { renewsAt: iso(at + renews * hour) },
            }),
      ),
      fc
        .tuple(user, fc.constantFrom('subscribed', 'unsubscribed'))
        .map(([userId, email]) => call({ type: 'identify', userId, traits: { consents: { email } } })),
      fc.tuple(user, hours).map(
        ([userId, ends]): Deed =>
          at =>
            take(at, { type: 'identify', userId, traits: { endsAt: iso(at + ends * hour) } }),
      ),
      fc
        .tuple(user, fc.constantFrom(null, 'soon', 7, '2026-02-30'))
        .map(([userId, endsAt]) => call({ type: 'identify', userId, traits: { endsAt } })),
      fc.tuple(user, fc.constantFrom('g1', 'g2'), fc.integer({ min: 1, max: 9 }), hours).map(
        ([userId, groupId, seats, ends]): Deed =>
          at =>
            take(at, { type: 'group', userId, groupId, traits: { seats, endsAt: iso(at + ends * hour) } }),
      ),
      fc
        .tuple(user, fc.constantFrom('x', 'y'))
        .map(([userId, anonymousId]) => call({ type: 'identify', userId, anonymousId, traits: {} })),
      fc.constantFrom('x', 'y').map(anonymousId => call({ type: 'track', anonymousId, event: 'Login' })),
      // Accepted long ago and heard of now, too: by reports.
      fc.tuple(fc.oneof(user, fc.constantFrom('x', 'y')), fc.constantFrom(1, 2), fc.integer({ min: -2, max: 40 })).map(
        ([userId, campaign, ago]): Deed =>
          at =>
            send(userId, at - ago * hour, campaign),
      ),
      fc.tuple(fc.nat(9), fc.boolean(), fc.integer({ min: -2, max: 30 })).map(
        ([nth, click, ago]): Deed =>
          async at => {
            const message = await db.row<{ id: string }>(sql`SELECT id FROM message ORDER BY enrollment OFFSET ${nth} LIMIT 1`)
            if (message) await (click ? clicked : opened)(message.id, at - ago * hour)
          },
      ),
      fc
        .array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(20, 49.6, 50, 80), fc.constantFrom('active', 'lapsed')), {
          maxLength: 3,
        })
        .map(
          (scores): Deed =>
            at =>
              storeScores(
                db,
                new Date(at),
                [...new Map(scores.map(each => [each[0], each])).values()].map(([customer, health, stage]) => ({
                  customer,
                  score: scoreOf({ health, stage }),
                })),
              ),
        ),
    )
    const minute = 60_000
    // When it looks after what happened, in minutes: of an earlier moment, of the same, of a later.
    const looks = fc.array(fc.constantFrom(-90, -1, 0, 0, 0, 45), { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.array(deed, { maxLength: 4 }), looks), {
          minLength: 3,
          maxLength: 10,
        }),
        async steps => {
          await empty()
          for (const [key, rule] of Object.entries(rules)) await make(key, rule)
          await settled(start)
          const before = new Map(Object.keys(rules).map(key => [key, new Set<number>()]))
          const told: string[] = []
          let at = start
          let sweptTo = start
          for (const [hours, deeds, after] of steps) {
            at += hours * hour
            for (const happen of deeds) await happen(at)
            for (const minutes of after) {
              sweptTo = Math.max(sweptTo, at + minutes * minute)
              await sweep(at + minutes * minute)
              // What everybody would be asked, as of the moment that was looked at.
              const context = await ruleContext(db, new Date(sweptTo))
              for (const [key, rule] of Object.entries(rules)) {
                const now = (
                  await db.rows<{ id: number }>(sql`SELECT c.id FROM customer c WHERE ${ruleWhere(rule, context)} ORDER BY 1`)
                ).map(row => row.id)
                expect([key, await known(key)]).toEqual([key, now])
                const former = before.get(key)!
                for (const id of now) if (!former.has(id)) told.push(`${key} ${id} true ${sweptTo}`)
                for (const id of former) if (!now.includes(id)) told.push(`${key} ${id} false ${sweptTo}`)
                before.set(key, new Set(now))
              }
            }
          }
          // Whoever was merged into another is not told of by their own number any more.
          const kept = await db.rows<{ line: string; merged: boolean }>(
            sql`SELECT segment || ' ' || customer || ' ' || entered || ' ' || (extract(epoch FROM at) * 1000)::bigint AS line FROM segment_change`,
          )
          const gone = await db.row(sql`SELECT 1 FROM customer_alias LIMIT 1`)
          if (!gone) expect(kept.map(row => row.line).sort()).toEqual(told.sort())
        },
      ),
      { numRuns: 25 },
    )
  })
})
