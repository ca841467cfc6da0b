import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SimulationRequest, simulate } from '../../activities/simulate.ts'
import type { Happening } from '../../activities/virtual-clock.ts'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import { raw, sql } from '../../domain/sql.ts'
import { enrollmentCounts, messageCounts, passedCounts } from '../../prisma/queries/run-counts.ts'
import { enteredByDay } from '../../prisma/queries/simulation.ts'
import { type Journeys, openJourneys, publicUrl, secretKey } from '../support/journey.ts'

const hour = 3_600_000
const day = 24 * hour
const start = Date.UTC(2026, 2, 2, 10)
const email = (subject: string) => ({ subject, html: '{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a>' })
const say = (subject: string) => ({ kind: 'message', channel: 'email', content: email(subject) })
const text = (body: string) => ({ kind: 'message', channel: 'sms', content: { body } })

let journeys: Journeys
beforeEach(async () => {
  journeys = await openJourneys({
    settings: { caps: [{ channel: 'email', max: 1, per: '2d' }], prices: { email: 0, sms: 0.07, inApp: 0 } },
  })
})
afterEach(() => journeys.close())

const zones = ['Europe/Stockholm', 'America/Denver', 'Asia/Tokyo', undefined]
const people = (n: number) =>
  journeys.receive(
    start - 10 * day,
    ...Array.from({ length: n }, (_, i) => ({
      type: 'identify',
      userId: `c${i}`,
      traits: {
        email: `c${i}@mail.example`,
        phone: '+46701740605',
        plan: i % 3 === 0 ? 'pro' : 'free',
        ...(zones[i % 4] ? { timezone: zones[i % 4] } : {}),
        ...(i % 5 ? { consents: { sms: 'subscribed' } } : {}),
      },
    })),
  )

const ask = (document: Record<string, unknown>, more: Partial<SimulationRequest> = {}) =>
  simulate(journeys.db, {
    campaign: 4711,
    version: 1,
    document: campaignSchema.parse(document),
    settings: journeys.settings,
    links: { secretKey, publicUrl },
    from: new Date(start),
    to: new Date(start + 30 * day),
    past: false,
    atMost: 100_000,
    patienceMs: 600_000,
    ...more,
  })

/** Everything a run's counts rest on, without its number. */
const countsOf = async (run: number) => {
  const sorted = <T>(rows: T[]) => rows.map(row => JSON.stringify(row)).sort()
  return {
    enrollments: sorted(await enrollmentCounts(journeys.db, run)),
    messages: sorted(await messageCounts(journeys.db, run)),
    passed: sorted(await passedCounts(journeys.db, run)),
    entries: await enteredByDay(journeys.db, run),
  }
}
const counts = (result: Awaited<ReturnType<typeof ask>>) => {
  const sorted = <T>(rows: T[]) => rows.map(row => JSON.stringify(row)).sort()
  return {
    enrollments: sorted(result.enrollments),
    messages: sorted(result.messages),
    passed: sorted(result.passed),
    entries: result.entries,
  }
}

const rich = {
  name: 'Rich',
  trigger: { kind: 'now' },
  experiment: {
    holdout: 0.2,
    variants: [
      { key: 'a', weight: 1 },
      { key: 'b', weight: 1 },
    ],
  },
  goals: [
    {
      key: 'pros',
      kind: 'upsell',
      when: { attribute: 'plan', is: 'pro' },
      success: { event: 'Order Completed', within: '20d' },
      journey: [
        say('One'),
        text('Tonight only'),
        say('Too soon'),
        { kind: 'wait', until: '09:00', weekday: ['fri'] },
        { kind: 'split', arms: { a: [say('Two A')], b: [{ kind: 'award', points: 10 }, { kind: 'exit' }] } },
        {
          kind: 'await',
          on: { event: 'Visited' },
          within: '5d',
          do: [say('Glad')],
          else: [{ kind: 'offer', key: 'x', value: 5 }],
        },
      ],
    },
    {
      key: 'others',
      kind: 'winBack',
      when: { attribute: 'email', exists: true },
      journey: [
        { kind: 'set', attributes: { seen: true } },
        { kind: 'task', title: 'Call', due: '3d', else: [say('Late')] },
      ],
    },
  ],
}

const rowsOfAllTables = async () => {
  const tables = await journeys.db.rows<{ name: string }>(
    sql`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  )
  const counted: Record<string, unknown> = {}
  for (const { name } of tables)
    counted[name] = await journeys.db.row(
      raw(`SELECT count(*)::int AS n, md5(string_agg(t::text, '' ORDER BY t::text)) AS hash FROM "${name}" t`),
    )
  return counted
}

describe('a simulated launch', () => {
  test('counts as the real one does when nothing changes in between, and keeps nothing', async () => {
    await people(120)
    const before = await rowsOfAllTables()
    const simulated = await ask(rich)
    expect(await rowsOfAllTables()).toEqual(before)
    expect(journeys.sent).toEqual([])

    const { run } = await journeys.launch(rich, start)
    // The salt is the campaign's, so the same people are held out only under the same number.
    expect(run.campaign).toBe(1)
    const again = await ask(rich, { campaign: 2 })
    await journeys.play(run, start, start + 30 * day)
    const real = await countsOf(run.id)
    const alike = (await ask(rich, { campaign: 1, from: new Date(start - 1) })).enrollments.reduce((sum, row) => sum + row.n, 0)
    expect(alike).toBe(120)
    expect(again.enrollments.reduce((sum, row) => sum + row.n, 0)).toBe(120)
    expect(simulated.customers).toBe(120)
    expect(real.entries).toEqual([{ day: '2026-03-02', entered: 120 }])
  })

  test('meets the caps, the quiet hours and the prices the real one would meet', async () => {
    await people(120)
    const document = { ...rich, experiment: undefined }
    const simulated = await ask(document, { campaign: 1 })
    const { run } = await journeys.launch(document, start)
    expect(run.campaign).toBe(1)
    await journeys.play(run, start, start + 30 * day)
    expect(counts(simulated)).toEqual(await countsOf(run.id))
    const sms = simulated.channels.find(({ channel }) => channel === 'sms')!
    // 40 are on the plan, 8 of them never agreed to be texted.
    expect(sms).toMatchObject({ sent: 32, skipped: 8, segments: 32 })
    expect(sms.cost).toBeCloseTo(32 * 0.07)
    // At 10:00 UTC it is 3 o'clock in Denver.
    expect(simulated.deferred.messages).toBeGreaterThan(5)
    expect(simulated.channels.find(({ channel }) => channel === 'email')?.capped).toBeGreaterThan(0)
    expect(simulated.goals).toEqual([
      { matches: [1], customers: 80 },
      { matches: [0, 1], customers: 40 },
    ])
    expect(simulated.endedAt.getTime()).toBeLessThan(start + 30 * day)
  })

  test('sends in the last quarter of an hour before the quiet hours what the real one sends then', async () => {
    await people(40)
    const document = {
      name: 'Evening',
      trigger: { kind: 'now' },
      goals: [
        { key: 'g', kind: 'winBack', journey: [{ kind: 'wait', for: '585m' }, text('Tonight'), { kind: 'wait', for: '30d' }] },
      ],
    }
    // Until a minute past eight in UTC: who has no zone has had theirs, in Stockholm it waits for the morning.
    const to = start + 10 * hour + 60_000
    const simulated = await ask(document, { campaign: 1, to: new Date(to) })
    const { run } = await journeys.launch(document, start)
    await journeys.play(run, start, to)
    const real = await countsOf(run.id)
    expect(counts(simulated)).toEqual(real)
    expect(new Set(simulated.messages.map(({ status }) => status))).toEqual(new Set(['accepted', 'deferred', 'skipped']))
  })

  test('takes an even share of many, and says of how many', async () => {
    await people(200)
    const simulated = await ask({ ...rich, experiment: undefined }, { atMost: 50 })
    expect(simulated.of).toBe(200)
    expect(simulated.customers).toBeGreaterThan(20)
    expect(simulated.customers).toBeLessThan(90)
    expect(simulated.enrollments.reduce((sum, row) => sum + row.n, 0)).toBe(simulated.customers)
  })
})

describe('a simulated campaign of a group', () => {
  test('leaves alone who is in a more important one, takes who is in a less important one, and touches neither', async () => {
    await people(30)
    const goal = (journey: unknown[]) => [{ key: 'g', kind: 'winBack', journey }]
    const of = (priority: number, audience: object) => ({
      name: `Priority ${priority}`,
      trigger: { kind: 'now' },
      audience,
      exclusive: { group: 'sales', priority },
      goals: goal([{ kind: 'wait', for: '60d' }]),
    })
    const some = (from: number, to: number) => ({
      attribute: 'externalId',
      in: Array.from({ length: to - from }, (_, i) => `c${from + i}`),
    })
    for (const document of [of(9, some(0, 10)), of(1, some(10, 14))]) {
      const { run } = await journeys.launch(document, start)
      await journeys.activities.enrollSnapshot({ campaign: run.campaign, run: run.id, at: start })
    }
    const before = await rowsOfAllTables()
    const simulated = await ask(of(5, { all: [] }), { from: new Date(start + day) })
    expect(await rowsOfAllTables()).toEqual(before)
    expect(simulated.enrollments.reduce((sum, row) => sum + row.n, 0)).toBe(20)
    expect(simulated.rivals).toEqual({ taken: 10, displaced: 4 })
  })
})

describe('a simulated past', () => {
  const visits = (n: number): Happening[] =>
    Array.from({ length: n }, (_, i) => {
      const at = start + (1 + ((i * 37) % 185)) * hour
      const event = i % 4 === 0 ? 'Order Completed' : i % 2 ? 'Visited' : 'Signed Up'
      return {
        at,
        happen: () => journeys.receive(at, { type: 'track', userId: `c${(i * 7) % 60}`, event, properties: { revenue: i } }),
      }
    }).sort((a, b) => a.at - b.at)

  test.each([
    [
      'an event',
      {
        name: 'Welcome',
        trigger: { kind: 'event', event: 'Signed Up' },
        reentry: { after: '3d' },
        goals: [
          {
            key: 'g',
            kind: 'onboarding',
            success: { event: 'Order Completed', within: '10d' },
            journey: [
              say('Welcome'),
              { kind: 'await', on: { event: 'Visited' }, within: '4d', do: [say('Glad')], else: [say('Where are you')] },
              { kind: 'branch', cases: [{ when: { event: 'Visited', count: { gte: 2 } }, do: [say('Often')] }] },
            ],
          },
        ],
      },
    ],
    [
      'silence',
      {
        name: 'Silent',
        trigger: { kind: 'inactivity', for: '2d' },
        reentry: 'always',
        goals: [
          {
            key: 'g',
            kind: 'winBack',
            success: { event: 'Visited', within: '6d' },
            journey: [say('We miss you'), { kind: 'wait', for: '2d' }, say('Still')],
          },
        ],
      },
    ],
  ])('of a campaign begun by %s is what a run in that time did', { timeout: 240_000 }, async (_, document) => {
    await people(60)
    const { run } = await journeys.launch(document, start)
    const to = start + 8 * day
    const sweeps = Array.from({ length: 192 }, (_, i) => ({
      at: start + (i + 1) * hour,
      happen: async () => void (await journeys.activities.sweepRuns({ at: start + (i + 1) * hour })),
    }))
    const happenings = document.name === 'Silent' ? [...visits(150), ...sweeps] : visits(150)
    await journeys.play(
      run,
      start,
      to,
      happenings.sort((a, b) => a.at - b.at),
    )
    const real = await countsOf(run.id)
    const before = await rowsOfAllTables()
    const simulated = await ask(document, { campaign: 2, past: true, to: new Date(to), stretchMs: hour })
    expect(await rowsOfAllTables()).toEqual(before)
    expect(counts(simulated)).toEqual(real)
    expect(simulated.enrollments.length).toBeGreaterThan(1)
  })

  test('lets in who did what begins it, though the stretch they did it in is longer than the event may be old', async () => {
    await people(6)
    const at = start + 10 * 60_000
    const signUp = (userId: string, more = {}) => ({ type: 'track', userId, event: 'Signed Up', ...more })
    await journeys.receive(at, signUp('c0'), signUp('c1'), signUp('c2', { timestamp: new Date(start + 1_000).toISOString() }))
    const document = {
      name: 'At once',
      trigger: { kind: 'event', event: 'Signed Up', maxAge: '5m' },
      goals: [{ key: 'g', kind: 'onboarding', journey: [say('Welcome')] }],
    }
    const simulated = await ask(document, { past: true, to: new Date(start + day), stretchMs: hour })
    // What c2 did was told nine minutes later: too old then already.
    expect(simulated.entries).toEqual([{ day: '2026-03-02', entered: 2 }])
  })

  test('uses the profiles, the consents and the people of then, and what changed meanwhile when it changed', {
    timeout: 240_000,
  }, async () => {
    const identify = (at: number, userId: string, traits: Record<string, unknown>) => ({
      at,
      happen: () => journeys.receive(at, { type: 'identify', userId, traits }),
    })
    await people(24)
    const document = {
      name: 'Then',
      trigger: { kind: 'event', event: 'Signed Up' },
      reentry: 'always',
      audience: { not: { attribute: 'city', is: 'Oslo' } },
      goals: [
        { key: 'pro', kind: 'upsell', when: { attribute: 'plan', is: 'pro' }, journey: [say('Pro'), text('Pro')] },
        { key: 'new', kind: 'onboarding', when: { attribute: 'tier', exists: true }, journey: [say('Tier')] },
        {
          key: 'free',
          kind: 'onboarding',
          journey: [
            { kind: 'wait', for: '1d' },
            {
              kind: 'branch',
              cases: [{ when: { attribute: 'plan', is: 'pro' }, do: [text('Now pro')] }],
              else: [text('Still free')],
            },
          ],
        },
      ],
    }
    const { run } = await journeys.launch(document, start)
    const to = start + 8 * day
    const signUps = Array.from({ length: 72 }, (_, i) => {
      const at = start + (2 + ((i * 29) % 180)) * hour
      return { at, happen: () => journeys.receive(at, { type: 'track', userId: `c${(i * 7) % 30}`, event: 'Signed Up' }) }
    })
    const changes = Array.from({ length: 60 }, (_, i) => {
      // Half an hour off the events, so that each stretch of the simulation sees what the real run saw.
      const at = start + (1 + ((i * 53) % 185)) * hour + hour / 2
      const traits = [
        { plan: i % 3 ? 'pro' : 'free' },
        { tier: i % 2 ? 'gold' : null },
        { city: i % 3 ? 'Oslo' : 'Bergen' },
        { consents: { sms: i % 3 ? 'unsubscribed' : 'subscribed' } },
        { timezone: zones[i % 3], email: `other${i}@mail.example` },
        { phone: i % 2 ? null : '+46701740605' },
      ]
      return identify(at, `c${(i * 11) % 30}`, traits[i % traits.length]!)
    })
    await journeys.play(
      run,
      start,
      to,
      [...signUps, ...changes].sort((a, b) => a.at - b.at),
    )
    // What changes afterwards is of no account.
    for (let i = 0; i < 30; i += 2)
      await journeys.receive(to + day, {
        type: 'identify',
        userId: `c${i}`,
        traits: {
          plan: 'other',
          tier: 'late',
          city: 'Oslo',
          email: null,
          consents: { sms: 'unsubscribed', email: 'unsubscribed' },
        },
      })
    await journeys.receive(to + day, { type: 'identify', userId: 'later', traits: { plan: 'pro' } })
    const real = await countsOf(run.id)
    const before = await rowsOfAllTables()
    const simulated = await ask(document, { campaign: 2, past: true, to: new Date(to), stretchMs: hour / 2 })
    expect(await rowsOfAllTables()).toEqual(before)
    expect(counts(simulated)).toEqual(real)
    expect(real.enrollments.length).toBeGreaterThan(4)
  })
})
