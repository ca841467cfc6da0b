import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { insertSegment } from '../../prisma/queries/segments.ts'
import { type Journeys, openJourneys } from '../support/journey.ts'

const hour = 3_600_000
const day = 24 * hour
const start = Date.UTC(2026, 2, 2, 10)
const say = (subject: string) => ({
  kind: 'message',
  channel: 'email',
  content: { subject, html: '{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a>' },
})
const campaign = (trigger: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  name: 'Test',
  trigger,
  goals: [{ key: 'g', kind: 'winBack', journey: [say('Hello')] }],
  ...more,
})

let journeys: Journeys
beforeEach(async () => {
  journeys = await openJourneys()
})
afterEach(() => journeys.close())

const person = (userId: string, traits: Record<string, unknown> = {}, at = start - 10 * day) =>
  journeys.receive(at, { type: 'identify', userId, traits: { email: `${userId}@mail.example`, ...traits } })
const track = (at: number, userId: string, event: string, properties: Record<string, unknown> = {}) =>
  journeys.receive(at, { type: 'track', userId, event, properties })
const sweep = (at: number) => journeys.activities.sweepRuns({ at })
/** Who entered, and when, in order. */
const entries = async () =>
  (
    await journeys.db.rows<{ who: string; at: Date }>(
      sql`SELECT c.external_id AS who, e.entered_at AS at FROM enrollment e JOIN customer c ON c.id = e.customer ORDER BY e.entered_at, c.id`,
    )
  ).map(row => [row.who, row.at.getTime()])

/** Until somebody waits for a row that another transaction holds. */
async function waitsForLock(waiting = 1): Promise<void> {
  for (let n = 0; n < waiting; )
    n = (await journeys.db.row<{ n: number }>(
      sql`SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    ))!.n
}

describe('a campaign set for a moment', () => {
  test('enrolls whoever is in the audience then, not before, and completes', async () => {
    await person('early', { plan: 'pro' })
    const at = start + 3 * day
    const { run } = await journeys.launch(
      campaign({ kind: 'at', at: new Date(at).toISOString() }, { audience: { attribute: 'plan', is: 'pro' } }),
      start,
    )
    const joins = { at: start + day, happen: () => person('late', { plan: 'pro' }, start + day) }
    const result = await journeys.play(run, start, start + 10 * day, [joins])
    expect(await entries()).toEqual([
      ['early', at],
      ['late', at],
    ])
    expect(result).toEqual({ ended: 'completed', at })
  })
})

describe('a campaign on a schedule', () => {
  test('comes round by the clocks of its zone, over the change to summer time', async () => {
    await person('anna')
    const { run } = await journeys.launch(
      campaign({ kind: 'schedule', cron: '0 9 * * sun', timezone: 'Europe/Stockholm' }, { reentry: 'always' }),
      Date.UTC(2026, 2, 20),
    )
    await journeys.play(run, Date.UTC(2026, 2, 20), Date.UTC(2026, 3, 6))
    // 9 o'clock is 8:00 UTC until 29 March, 7:00 UTC from then on.
    expect(await entries()).toEqual([
      ['anna', Date.UTC(2026, 2, 22, 8)],
      ['anna', Date.UTC(2026, 2, 29, 7)],
      ['anna', Date.UTC(2026, 3, 5, 7)],
    ])
    expect(journeys.sent).toHaveLength(3)
  })

  test('makes up for turns missed in an outage once, and asked twice does it once', async () => {
    await person('anna')
    const { run } = await journeys.launch(
      campaign({ kind: 'schedule', cron: '0 9 * * *', timezone: 'UTC' }, { reentry: 'always' }),
      start,
    )
    const enroll = (at: number) => journeys.activities.enrollSnapshot({ campaign: run.campaign, run: run.id, at })
    expect(await enroll(start)).toEqual({ more: true, notBefore: Date.UTC(2026, 2, 3, 9) })
    const back = Date.UTC(2026, 2, 7, 12)
    expect(await enroll(back)).toEqual({ more: true, notBefore: Date.UTC(2026, 2, 8, 9) })
    expect(await enroll(back)).toEqual({ more: true, notBefore: Date.UTC(2026, 2, 8, 9) })
    expect(await entries()).toEqual([['anna', back]])
  })
})

describe('customers who fall silent', () => {
  test('enter again when they came back and fell silent again, if re-entry allows', async () => {
    await person('anna')
    await track(start - day, 'anna', 'Login')
    await journeys.launch(campaign({ kind: 'inactivity', for: '7d' }, { reentry: { after: '7d' } }), start)
    await sweep(start + 6 * day)
    expect(await entries()).toEqual([['anna', start + 6 * day]])
    await track(start + 7 * day, 'anna', 'Login')
    await sweep(start + 13 * day)
    expect(await entries()).toHaveLength(1)
    await journeys.db.run(sql`UPDATE enrollment SET state = 'ended', reason = 'completed', due = NULL`)
    await sweep(start + 14 * day)
    await sweep(start + 15 * day)
    expect(await entries()).toEqual([
      ['anna', start + 6 * day],
      ['anna', start + 14 * day],
    ])
  })

  test('who were silent long before the launch come only when existing ones are asked for', async () => {
    await person('anna')
    await track(start - 9 * day, 'anna', 'Login')
    await journeys.launch(campaign({ kind: 'inactivity', for: '7d' }), start)
    await sweep(start + hour)
    expect(await entries()).toEqual([])
    await journeys.launch(campaign({ kind: 'inactivity', for: '7d', existing: true }), start)
    await sweep(start + 2 * hour)
    await sweep(start + 3 * hour)
    expect(await entries()).toEqual([['anna', start + 2 * hour]])
  })
})

describe('a trial that ends', () => {
  const trial = (at: number, userId: string, ends: number) =>
    track(at, userId, 'Trial Started', { trialEndsAt: new Date(ends).toISOString(), plan: 'pro' })

  test('is reminded of in time, unless it converts or is cancelled before the reminder is due', async () => {
    for (const who of ['anna', 'bert', 'cleo']) {
      await person(who)
      await trial(start - day, who, start + 10 * day)
    }
    const { run } = await journeys.launch(campaign({ kind: 'trialEnd', before: '3d' }), start)
    await sweep(start + 6 * day)
    await track(start + 6 * day, 'bert', 'Trial Converted', { plan: 'pro', mrr: 10 })
    await track(start + 6 * day, 'cleo', 'Subscription Cancelled', {})
    expect(await entries()).toEqual([])
    await sweep(start + 7 * day)
    expect(await entries()).toEqual([['anna', start + 7 * day]])
    await sweep(start + 8 * day)
    expect(await entries()).toHaveLength(1)
    expect(run.finite).toBe(false)
  })

  test('that begins on its own reminder line is heard of, once, though the news is a little late', async () => {
    await person('anna')
    await journeys.launch(campaign({ kind: 'trialEnd', before: '3d' }, { reentry: 'always' }), start)
    await sweep(start + hour)
    // Begun at the hour, told of half a minute later, swept in between.
    await journeys.receive(start + hour + 30_000, {
      type: 'track',
      userId: 'anna',
      event: 'Trial Started',
      timestamp: new Date(start + hour - 1_000).toISOString(),
      properties: { trialEndsAt: new Date(start + hour - 1_000 + 3 * day).toISOString() },
    })
    await sweep(start + hour + 60_000)
    await journeys.db.run(sql`UPDATE enrollment SET state = 'ended', reason = 'completed', due = NULL`)
    await sweep(start + hour + 120_000)
    expect(await entries()).toEqual([['anna', start + hour + 60_000]])
  })

  test('is not reminded of after it has ended, however long nobody swept; after it, who never converted is asked', async () => {
    await person('anna')
    await trial(start - day, 'anna', start + 4 * day)
    await journeys.launch(campaign({ kind: 'trialEnd', before: '3d' }), start)
    await journeys.launch(campaign({ kind: 'trialEnd', after: '2d' }), start)
    await sweep(start + 9 * day)
    const rows = await journeys.db.rows(sql`SELECT r.campaign FROM enrollment e JOIN run r ON r.id = e.run`)
    expect(rows).toEqual([{ campaign: 2 }])
  })
})

describe('customers who enter a segment', () => {
  test('come once each time they enter it, and those already in it only when asked for', async () => {
    await journeys.db.transaction(tx =>
      insertSegment(tx, { key: 'pro', name: 'Pro', rule: { attribute: 'plan', is: 'pro' }, at: new Date(start) }),
    )
    await person('already', { plan: 'pro' })
    await person('anna', { plan: 'free' })
    await journeys.launch(campaign({ kind: 'segmentEntry', segment: 'pro' }, { reentry: 'always' }), start)
    await journeys.launch(campaign({ kind: 'segmentEntry', segment: 'pro', existing: true }), start)
    await sweep(start + hour)
    expect(await entries()).toEqual([['already', start + hour]])
    await person('anna', { plan: 'pro' }, start + 2 * hour)
    await sweep(start + 3 * hour)
    await sweep(start + 4 * hour)
    expect((await entries()).slice(1)).toEqual([
      ['anna', start + 3 * hour],
      ['anna', start + 3 * hour],
    ])
    await journeys.db.run(sql`UPDATE enrollment SET state = 'ended', reason = 'completed', due = NULL`)
    await person('anna', { plan: 'free' }, start + 5 * hour)
    await sweep(start + 6 * hour)
    await person('anna', { plan: 'pro' }, start + 7 * hour)
    await sweep(start + 8 * hour)
    // The second campaign lets nobody in twice.
    expect((await entries()).slice(3)).toEqual([['anna', start + 8 * hour]])
  })
})

describe('a sweep of a segment', () => {
  const pro = () =>
    journeys.db.transaction(tx =>
      insertSegment(tx, { key: 'pro', name: 'Pro', rule: { attribute: 'plan', is: 'pro' }, at: new Date(start) }),
    )
  const look = (at: number) => journeys.activities.sweepSegments({ at })

  test('knows who entered just before the launch and who just after, whenever the segment was looked at', async () => {
    await pro()
    await person('anna', { plan: 'free' })
    await person('bert', { plan: 'free' })
    await look(start - hour)
    await person('anna', { plan: 'pro' }, start - 1_000)
    await journeys.launch(campaign({ kind: 'segmentEntry', segment: 'pro' }), start)
    await person('bert', { plan: 'pro' }, start + 1_000)
    await look(start + 2_000)
    await sweep(start + hour)
    expect(await entries()).toEqual([['bert', start + hour]])
  })

  test('takes who entered meanwhile after an outage, once, but not who has left again, and misses nobody whom a late look finds', async () => {
    await pro()
    for (const who of ['anna', 'bert', 'cleo']) await person(who, { plan: 'free' })
    await journeys.launch(campaign({ kind: 'segmentEntry', segment: 'pro' }, { reentry: 'always' }), start)
    await person('anna', { plan: 'pro' }, start + hour)
    await person('bert', { plan: 'pro' }, start + hour)
    await look(start + hour)
    await person('bert', { plan: 'free' }, start + 2 * hour)
    await look(start + 2 * hour)
    await sweep(start + 9 * hour)
    expect(await entries()).toEqual([['anna', start + 9 * hour]])
    // A look that is tried again late speaks of the last moment looked at, which the run has swept already.
    await person('cleo', { plan: 'pro' }, start + 8 * hour)
    await look(start + 8 * hour)
    await sweep(start + 10 * hour)
    await sweep(start + 11 * hour)
    expect((await entries()).slice(1)).toEqual([['cleo', start + 10 * hour]])
  })

  test('asks nobody about whom nothing changed', async () => {
    await pro()
    await person('anna', { plan: 'free' })
    await journeys.launch(campaign({ kind: 'segmentEntry', segment: 'pro' }), start)
    // Everybody is asked again as long as others who wrote before are not done, those of other databases of the server included.
    do await sweep(start + hour)
    while (await journeys.db.row(sql`SELECT 1 FROM segment_look WHERE since IS NOT NULL`))
    // Were everybody asked, she would be found: nothing noted that she changed.
    await journeys.db.pool.query(
      `ALTER TABLE customer DISABLE TRIGGER customer_changed; UPDATE customer SET attributes = '{"plan": "pro"}'; ALTER TABLE customer ENABLE TRIGGER customer_changed`,
    )
    await sweep(start + 2 * hour)
    expect(await entries()).toEqual([])
  })
})

describe('a date of each customer', () => {
  test('is swept by what changed: a new day, another zone, a day taken back, somebody gone; and by no profile that stayed', async () => {
    for (const who of ['anna', 'bert', 'cleo', 'dora', 'emil']) await person(who, { delivery: '2026-03-10', timezone: 'UTC' })
    const { run } = await journeys.launch(campaign({ kind: 'date', attribute: 'delivery' }), start)
    // Everybody is read again as long as others who wrote before are not done, those of other databases of the server included.
    do await sweep(start + hour)
    while (!(await journeys.db.row<{ whole: boolean }>(sql`SELECT whole FROM followed_date`))?.whole)
    await person('anna', { delivery: '2026-03-11' }, start + 2 * hour)
    await person('bert', { timezone: 'America/Denver' }, start + 2 * hour)
    await person('cleo', { delivery: null }, start + 2 * hour)
    await person('fred', { delivery: '2026-03-10' }, start + 2 * hour)
    await journeys.db.run(sql`DELETE FROM customer WHERE external_id = 'dora'`)
    await journeys.db.pool.query(
      `ALTER TABLE customer DISABLE TRIGGER customer_changed; UPDATE customer SET attributes = '{"delivery": "2026-03-09"}' WHERE external_id = 'emil'; ALTER TABLE customer ENABLE TRIGGER customer_changed`,
    )
    for (let at = Date.UTC(2026, 2, 8); at <= Date.UTC(2026, 2, 11); at += hour) await sweep(at)
    expect(await entries()).toEqual([
      ['emil', Date.UTC(2026, 2, 10)],
      ['fred', Date.UTC(2026, 2, 10)],
      ['bert', Date.UTC(2026, 2, 10, 6)],
      ['anna', Date.UTC(2026, 2, 11)],
    ])
    // Nobody's days are kept once no run asks for them.
    await journeys.db.run(sql`UPDATE run SET status = 'stopped' WHERE id = ${run.id}`)
    await sweep(Date.UTC(2026, 2, 12))
    expect(await journeys.db.rows(sql`SELECT 1 FROM customer_date UNION ALL SELECT 1 FROM followed_date`)).toEqual([])
  })

  test('long past comes at once when existing ones are asked for, however long past', async () => {
    await person('old', { born: '1931-05-01' })
    await person('exact', { born: '1931-05-01T12:00:00Z' })
    await person('coming', { born: '2031-05-01' })
    await journeys.launch(campaign({ kind: 'date', attribute: 'born', existing: true }), start)
    await sweep(start + hour)
    await sweep(start + 2 * hour)
    expect(await entries()).toEqual([
      ['old', start + hour],
      ['exact', start + hour],
    ])
  })

  test('that comes a little late counts: a moment an hour long, a day as long as it lasts, each once, and none from before the launch', async () => {
    const launched = Date.UTC(2026, 2, 9, 12)
    const again = { reentry: 'always' } as const
    await journeys.launch(campaign({ kind: 'date', attribute: 'createdAt' }, again), launched)
    await journeys.launch(campaign({ kind: 'date', attribute: 'delivery' }, again), launched)
    await journeys.launch(campaign({ kind: 'date', attribute: 'born', yearly: true }, again), launched)
    do await sweep(launched + hour)
    while (await journeys.db.row(sql`SELECT 1 FROM followed_date WHERE NOT whole`))
    const ended = () => journeys.db.run(sql`UPDATE enrollment SET state = 'ended', reason = 'completed', due = NULL`)
    const tenth = Date.UTC(2026, 2, 10)
    await sweep(tenth + 10 * hour)
    expect(await entries()).toEqual([])
    // Who is stored after a sweep with a moment from before it, as one whose request took a while.
    await person('signed up', {}, tenth + 10 * hour - 1_000)
    await person('of this day', { delivery: '2026-03-10', timezone: 'UTC' }, tenth + 5 * hour)
    await person('of yesterday', { delivery: '2026-03-09', timezone: 'UTC' }, tenth + 5 * hour)
    await person('just now', { delivery: '2026-03-10T09:30:00Z' }, tenth + 5 * hour)
    await person('too long ago', { delivery: '2026-03-10T08:30:00Z' }, tenth + 5 * hour)
    await person('has a birthday', { born: '1990-03-10', timezone: 'UTC' }, tenth + 5 * hour)
    await person('had one', { born: '1990-03-09', timezone: 'UTC' }, tenth + 5 * hour)
    const late = ['has a birthday', 'just now', 'of this day', 'signed up']
    const who = async () => (await entries()).map(([name]) => name).toSorted()
    await sweep(tenth + 11 * hour)
    expect(await who()).toEqual(late)
    await ended()
    // Neither time nor another word about them brings them back; nor does a move to where the day begins later.
    await person('of this day', { plan: 'pro' }, tenth + 11 * hour)
    await person('has a birthday', { timezone: 'America/Denver' }, tenth + 11 * hour)
    await sweep(tenth + 12 * hour)
    expect(await who()).toEqual(late)
  })

  test('of the day of the launch, or the hour before it, is nobody’s whose line had passed by then', async () => {
    await person('this morning', { delivery: '2026-03-02', timezone: 'UTC' })
    await person('an hour ago', { delivery: new Date(start - hour / 2).toISOString() })
    await journeys.launch(campaign({ kind: 'date', attribute: 'delivery' }), start)
    await sweep(start + 60_000)
    await person('this morning too', { delivery: '2026-03-02', timezone: 'UTC' }, start + 90_000)
    await sweep(start + 120_000)
    expect(await entries()).toEqual([])
  })

  test('begins at midnight where they live, whatever the zone says, and an unknown zone is the default one', async () => {
    await person('stockholm', { timezone: 'Europe/Stockholm', delivery: '2026-03-10' })
    await person('denver', { timezone: 'America/Denver', delivery: '2026-03-10' })
    await person('nowhere', { timezone: 'Mars/Olympus', delivery: '2026-03-10' })
    await person('exact', { delivery: '2026-03-10T15:30:00+02:00' })
    await person('broken', { delivery: '2026-02-31' })
    await person('other', { delivery: 42 })
    await journeys.launch(campaign({ kind: 'date', attribute: 'delivery', before: '2d' }), start)
    for (let at = Date.UTC(2026, 2, 7, 22); at <= Date.UTC(2026, 2, 8, 16); at += hour / 2) await sweep(at)
    expect(await entries()).toEqual([
      ['stockholm', Date.UTC(2026, 2, 7, 23)],
      ['nowhere', Date.UTC(2026, 2, 8)],
      ['denver', Date.UTC(2026, 2, 8, 7)],
      ['exact', Date.UTC(2026, 2, 8, 13, 30)],
    ])
  })

  test('comes every year, on 28 February for who was born on the 29th, and never twice in an hour that comes twice', async () => {
    await person('leap', { born: '2004-02-29', timezone: 'UTC' })
    await person('autumn', { born: '1990-10-25', timezone: 'Europe/Stockholm' })
    await journeys.launch(
      campaign({ kind: 'date', attribute: 'born', after: '150m', yearly: true }, { reentry: 'always' }),
      Date.UTC(2026, 9, 1),
    )
    const ended = () => journeys.db.run(sql`UPDATE enrollment SET state = 'ended', reason = 'completed', due = NULL`)
    // Clocks in Stockholm are set back at 1:00 UTC on 25 October 2026: 2:30 comes at 0:30 and again at 1:30.
    for (let at = Date.UTC(2026, 9, 24, 22); at < Date.UTC(2026, 9, 25, 4); at += hour / 4) {
      await sweep(at)
      await ended()
    }
    expect(await entries()).toEqual([['autumn', Date.UTC(2026, 9, 25, 0, 30)]])
    await sweep(Date.UTC(2027, 1, 28, 2, 30))
    await ended()
    await sweep(Date.UTC(2028, 1, 29, 2, 29))
    // A year without a sweep is made up: Stockholm's day of 2027 has come once.
    expect((await entries()).slice(1)).toEqual([
      ['leap', Date.UTC(2027, 1, 28, 2, 30)],
      ['autumn', Date.UTC(2028, 1, 29, 2, 29)],
    ])
    await ended()
    await sweep(Date.UTC(2028, 1, 29, 2, 30))
    expect((await entries()).slice(3)).toEqual([['leap', Date.UTC(2028, 1, 29, 2, 30)]])
  })
})

describe('the end of a campaign', () => {
  test('lets nobody in from then on, and the run completes when the last one has left', async () => {
    await person('anna')
    await person('bert')
    const { run } = await journeys.launch(
      campaign(
        { kind: 'event', event: 'Signed Up' },
        {
          endsAt: new Date(start + 2 * day).toISOString(),
          goals: [{ key: 'g', kind: 'onboarding', journey: [{ kind: 'wait', for: '5d' }, say('Hello')] }],
        },
      ),
      start,
    )
    const result = await journeys.play(run, start, start + 30 * day, [
      { at: start + day, happen: () => track(start + day, 'anna', 'Signed Up') },
      { at: start + 3 * day, happen: () => track(start + 3 * day, 'bert', 'Signed Up') },
    ])
    expect(await entries()).toEqual([['anna', start + day]])
    expect(result).toEqual({ ended: 'completed', at: start + 6 * day })
    expect(journeys.sent).toHaveLength(1)
  })
})

describe('a stop', () => {
  test('that comes while the audience is being looked at leaves nobody under way', async () => {
    await person('anna')
    const { run } = await journeys.launch(campaign({ kind: 'now' }), start)
    const gate = await journeys.db.pool.connect()
    await gate.query(`BEGIN; SELECT 1 FROM run WHERE id = ${run.id} FOR UPDATE`)
    const enrolling = journeys.activities.enrollSnapshot({ campaign: run.campaign, run: run.id, at: start })
    await waitsForLock()
    await gate.query(`UPDATE run SET status = 'stopped' WHERE id = ${run.id}; COMMIT`)
    gate.release()
    await journeys.activities.endStopped({ run: run.id, at: start })
    expect(await enrolling).toEqual({ more: false })
    expect(await entries()).toEqual([])
  })
})

describe('campaigns that exclude each other', () => {
  const journey = [{ kind: 'wait', for: '10d' }, say('Late')]
  const exclusive = (event: string, priority: number) =>
    campaign(
      { kind: 'event', event },
      { reentry: 'always', exclusive: { group: 'sales', priority }, goals: [{ key: 'g', kind: 'winBack', journey }] },
    )

  test('have a customer one at a time: the more important takes them over, the other gets nobody who is taken', async () => {
    await person('anna')
    await person('bert')
    const low = await journeys.launch(exclusive('Low', 1), start)
    const high = await journeys.launch(exclusive('High', 5), start)
    // A new number each time: the same one again would be the same claim.
    const look = (run: typeof low.run, at: number) =>
      journeys.activities.claim({ campaign: run.campaign, run: run.id, firstWave: at - start, atMost: 1, at })
    await track(start + 1, 'anna', 'Low')
    await track(start + 1, 'bert', 'High')
    await look(low.run, start + 2)
    await look(high.run, start + 2)
    await track(start + 3, 'anna', 'High')
    await track(start + 3, 'bert', 'Low')
    await look(low.run, start + 4)
    await look(high.run, start + 4)
    const stays = await journeys.db.rows<{ run: number; who: string; ended: string | null }>(sql`
      SELECT e.run, c.external_id AS who, e.reason AS ended FROM enrollment e JOIN customer c ON c.id = e.customer ORDER BY e.id`)
    expect(stays).toEqual([
      { run: low.run.id, who: 'anna', ended: 'exited' },
      { run: high.run.id, who: 'bert', ended: null },
      { run: high.run.id, who: 'anna', ended: null },
    ])
  })

  test('launched in the same instant have each customer once: the more important, whichever came first; of equals the first', async () => {
    for (let i = 0; i < 30; i++) await person(`c${i}`)
    const now = (name: string, group: string, priority: number, audience = { all: [] as unknown[] }) =>
      campaign(
        { kind: 'now' },
        { name, audience, exclusive: { group, priority }, goals: [{ key: 'g', kind: 'winBack', journey }] },
      )
    const half = { all: [{ attribute: 'email', in: Array.from({ length: 15 }, (_, i) => `c${i}@mail.example`) }] }
    const runs = await Promise.all([
      journeys.launch(now('low', 'sales', 1), start),
      journeys.launch(now('high', 'sales', 5, half), start),
      journeys.launch(now('same', 'sales', 1), start),
    ])
    await Promise.all(runs.map(({ run }) => journeys.play(run, start, start + hour)))
    const under = await journeys.db.rows<{ run: number; n: number }>(
      sql`SELECT run, count(*)::int AS n FROM enrollment WHERE state <> 'ended' GROUP BY run ORDER BY n, run`,
    )
    const [low, high, same] = runs.map(({ run }) => run.id)
    // Everybody is in one; half of them in the important one, the others in the one of the two equals that came first.
    expect(under.reduce((sum, { n }) => sum + n, 0)).toBe(30)
    expect(under.find(({ run }) => run === high)?.n).toBe(15)
    expect(under.filter(({ run }) => run === low || run === same)).toHaveLength(1)
    await Promise.all(runs.map(({ run }) => journeys.play(run, start + hour, start + 11 * day)))
    expect(new Set(journeys.sent.map(m => m.to)).size).toBe(30)
    expect(journeys.sent).toHaveLength(30)
  })
})
