import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { endsOf, type Journeys, openJourneys } from '../support/journey.ts'

const day = 86_400_000
const start = Date.UTC(2026, 2, 2, 10)
const email = (subject: string) => ({
  subject,
  html: '<p>Hello {{ customer.firstName | default: "there" }}</p><p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a></p>',
})

let journeys: Journeys
beforeEach(async () => {
  journeys = await openJourneys()
})
afterEach(() => journeys.close())

const people = (n: number, traits: (i: number) => Record<string, unknown> = () => ({})) =>
  journeys.receive(
    start - 10 * day,
    ...Array.from({ length: n }, (_, i) => ({
      type: 'identify',
      userId: `c${i}`,
      traits: {
        email: `c${i}@mail.example`,
        phone: '+46701740605',
        firstName: `N${i}`,
        consents: { sms: 'subscribed' },
        ...traits(i),
      },
    })),
  )

const goal = (journey: unknown[], more: Record<string, unknown> = {}) => ({
  key: 'g',
  kind: 'winBack',
  success: { event: 'Order Completed', within: '30d' },
  journey,
  ...more,
})

describe('a journey of thirty days', () => {
  test('sends, waits, asks who clicked, and ends everybody, in well under a second of real time', async () => {
    await people(20)
    const { run } = await journeys.launch(
      {
        name: 'Thirty days',
        trigger: { kind: 'now' },
        goals: [
          goal([
            { kind: 'message', id: 'first', channel: 'email', content: email('One') },
            { kind: 'wait', for: '10d' },
            {
              kind: 'branch',
              cases: [
                {
                  when: { attribute: 'firstName', is: 'N3' },
                  do: [{ kind: 'message', id: 'special', channel: 'email', content: email('For N3') }],
                },
              ],
            },
            { kind: 'message', id: 'second', channel: 'email', content: email('Two') },
            {
              kind: 'await',
              on: { event: 'Order Completed' },
              within: '20d',
              do: [],
              else: [{ kind: 'message', id: 'last', channel: 'email', content: email('Last') }],
            },
          ]),
        ],
      },
      start,
    )
    const order = {
      at: start + 12 * day,
      happen: () =>
        journeys.receive(start + 12 * day, {
          type: 'track',
          userId: 'c5',
          event: 'Order Completed',
          properties: { revenue: 10 },
        }),
    }
    const result = await journeys.play(run, start, start + 60 * day, [order])
    expect(result).toMatchObject({ ended: 'completed', at: start + 30 * day })
    expect(await endsOf(journeys.db, run.id)).toEqual({ completed: 19, converted: 1 })
    expect(journeys.sent.filter(m => m.subject === 'One')).toHaveLength(20)
    expect(journeys.sent.filter(m => m.subject === 'For N3').map(m => m.to)).toEqual(['c3@mail.example'])
    expect(journeys.sent.filter(m => m.subject === 'Two').every(m => m.at === start + 10 * day)).toBe(true)
    expect(journeys.sent.filter(m => m.subject === 'Last')).toHaveLength(19)
    expect(journeys.sent[0]?.body).toContain('Hello N0')
  })

  test('a holdout customer is never sent a message but counts in the population', async () => {
    await people(400)
    const { run } = await journeys.launch(
      {
        name: 'Holdout',
        trigger: { kind: 'now' },
        experiment: {
          holdout: 0.25,
          variants: [
            { key: 'a', weight: 1 },
            { key: 'b', weight: 1 },
          ],
        },
        goals: [
          goal([
            { kind: 'message', channel: 'email', content: { a: email('A'), b: email('B') } },
            { kind: 'split', arms: { a: [{ kind: 'exit' }], b: [] } },
          ]),
        ],
      },
      start,
    )
    await journeys.play(run, start, start + day)
    const rows = await journeys.db.rows<{ variant: string; n: number; messages: number }>(
      sql`SELECT e.variant, count(*)::int AS n, count(m.id)::int AS messages FROM enrollment e LEFT JOIN message m ON m.enrollment = e.id GROUP BY 1 ORDER BY 1`,
    )
    const by = Object.fromEntries(rows.map(row => [row.variant, row]))
    expect(rows.reduce((sum, row) => sum + row.n, 0)).toBe(400)
    expect(by.holdout?.messages).toBe(0)
    expect(by.holdout!.n).toBeGreaterThan(60)
    expect(by.a?.messages).toBe(by.a?.n)
    expect(await endsOf(journeys.db, run.id)).toEqual({ holdout: by.holdout!.n, exited: by.a!.n, completed: by.b!.n })
    expect(journeys.sent.filter(m => m.subject === 'A')).toHaveLength(by.a!.n)
  })
})

describe('customers who come by event', () => {
  test('enter when it arrives, once, and only when it passes the filter', async () => {
    await people(3)
    const { run } = await journeys.launch(
      {
        name: 'Welcome',
        trigger: { kind: 'event', event: 'Signed Up', where: [{ property: 'plan', is: 'pro' }] },
        goals: [
          goal([
            {
              kind: 'message',
              channel: 'email',
              content: { subject: 'Welcome to {{ event.properties.plan }}', html: '{{ postalAddress }}{{ unsubscribeUrl }}' },
            },
          ]),
        ],
      },
      start,
    )
    const signUp = (at: number, userId: string, plan: string) => ({
      at,
      happen: () => journeys.receive(at, { type: 'track', userId, event: 'Signed Up', properties: { plan } }),
    })
    await journeys.play(run, start, start + day, [
      signUp(start + 1_000, 'c0', 'pro'),
      signUp(start + 2_000, 'c1', 'free'),
      signUp(start + 3_600_000, 'c0', 'pro'),
      signUp(start + 7_200_000, 'new', 'pro'),
    ])
    expect(journeys.sent.map(m => [m.to, m.subject])).toEqual([['c0@mail.example', 'Welcome to pro']])
    // Nobody is lost: who has no address is skipped with the reason, not dropped.
    const skipped = await journeys.db.rows(sql`SELECT m.reason FROM message m WHERE m.status = 'skipped'`)
    expect(skipped).toEqual([{ reason: 'noAddress' }])
  })
})

describe('customers who fall silent', () => {
  test('enter at the sweep after they crossed the line, not before, and not twice', async () => {
    await people(4)
    for (let i = 0; i < 4; i++)
      await journeys.receive(start - 5 * day + i * day, { type: 'track', userId: `c${i}`, event: 'Login' })
    const { run } = await journeys.launch(
      {
        name: 'Silent',
        trigger: { kind: 'inactivity', for: '7d' },
        goals: [goal([{ kind: 'message', channel: 'email', content: email('We miss you') }])],
      },
      start,
    )
    const entered = async () => (await journeys.db.rows(sql`SELECT 1 FROM enrollment WHERE run = ${run.id}`)).length
    await journeys.activities.sweepRuns({ at: start + day })
    expect(await entered()).toBe(0)
    await journeys.activities.sweepRuns({ at: start + 2 * day })
    await journeys.activities.sweepRuns({ at: start + 2 * day })
    expect(await entered()).toBe(1)
    // An outage of days is made up by the next sweep.
    await journeys.activities.sweepRuns({ at: start + 9 * day })
    expect(await entered()).toBe(4)
  })
})
