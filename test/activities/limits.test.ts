import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { type Journeys, openJourneys } from '../support/journey.ts'

const start = Date.UTC(2026, 2, 2, 10)
const minute = 60_000
let journeys: Journeys
const open = async (options: Parameters<typeof openJourneys>[0] = {}) => {
  journeys = await openJourneys(options)
}
afterEach(() => journeys.close())

const people = (n: number) =>
  journeys.receive(
    start - 86_400_000,
    ...Array.from({ length: n }, (_, i) => ({
      type: 'identify',
      userId: `c${i}`,
      traits: { email: `c${i}@mail.example`, phone: '+46701740605', consents: { sms: 'subscribed' } },
    })),
  )
const sms = (body = 'Hello') => ({ kind: 'message', channel: 'sms', content: { body } })
const campaign = (limits: Record<string, unknown>, journey: unknown[] = [sms()]) => ({
  name: 'Limited',
  trigger: { kind: 'now' },
  goals: [{ key: 'g', kind: 'winBack', success: { event: 'Order Completed', within: '30d' }, journey }],
  limits,
})
const statuses = async () =>
  Object.fromEntries(
    (
      await journeys.db.rows<{ status: string; n: number }>(
        sql`SELECT status || coalesce(':' || reason, '') AS status, count(*)::int AS n FROM message GROUP BY 1`,
      )
    ).map(row => [row.status, row.n]),
  )

describe('a campaign of 120 messages a minute', () => {
  beforeEach(() => open())

  test('sends two a second, and everybody in the end', async () => {
    await people(150)
    const { run } = await journeys.launch(campaign({ perMinute: 120 }), start)
    await journeys.play(run, start, start + 10 * minute)
    expect(journeys.sent).toHaveLength(150)
    for (let from = start; from < start + 2 * minute; from += 1_000) {
      const within = journeys.sent.filter(message => message.at >= from && message.at < from + minute)
      expect(within.length).toBeLessThanOrEqual(122)
    }
    const last = Math.max(...journeys.sent.map(message => message.at))
    expect((last - start) / minute).toBeCloseTo(1.25, 1)
  })

  test('does not count those who get nothing', async () => {
    await people(150)
    await journeys.db.run(sql`UPDATE consent SET status = 'unsubscribed' WHERE customer % 3 <> 0`)
    const { run } = await journeys.launch(campaign({ perMinute: 120 }), start)
    await journeys.play(run, start, start + 10 * minute)
    expect(await statuses()).toEqual({ accepted: 50, 'skipped:unsubscribed': 100 })
    const last = Math.max(...journeys.sent.map(message => message.at))
    expect((last - start) / minute).toBeLessThan(1)
  })
})

describe('a budget', () => {
  test('stops at the last message it can pay, across waves that look at the same instant', async () => {
    await open({ settings: { prices: { email: 0, sms: 0.05, inApp: 0 } }, waveSize: 7 })
    await people(100)
    const { run } = await journeys.launch(campaign({ budget: { amount: 2, currency: 'EUR' } }), start)
    await journeys.play(run, start, start + minute)
    expect(await statuses()).toEqual({ accepted: 40, 'skipped:budget': 60 })
    const spent = await journeys.db.row<{ spent: number; cost: number }>(
      sql`SELECT spent, (SELECT sum(cost) FROM message) AS cost FROM run_meter`,
    )
    expect(spent?.spent).toBeCloseTo(2)
    expect(spent?.cost).toBeCloseTo(2)
  })

  test('counts every segment of a long text, and converts its currency', async () => {
    await open({
      settings: { prices: { email: 0, sms: 0.05, inApp: 0 }, currencies: { reporting: 'EUR', rates: { USD: 0.5 } } },
    })
    await people(30)
    const { run } = await journeys.launch(campaign({ budget: { amount: 4, currency: 'USD' } }, [sms('å'.repeat(200))]), start)
    await journeys.play(run, start, start + minute)
    // 200 letters of GSM-7 are two segments: ten cents each, and four dollars are two euros.
    expect(await statuses()).toEqual({ accepted: 20, 'skipped:budget': 10 })
  })

  test('gets back what the provider refused', async () => {
    await open({
      settings: { prices: { email: 0, sms: 0.05, inApp: 0 } },
      answer: (_, batch, i) =>
        Number(batch.envelopes[i]?.messageId.at(-1)) % 2 === 0
          ? { kind: 'refused', code: '21211', detail: 'no such number' }
          : { kind: 'accepted' },
    })
    await people(60)
    const { run } = await journeys.launch(campaign({ budget: { amount: 100, currency: 'EUR' } }), start)
    await journeys.play(run, start, start + minute)
    const accepted = journeys.sent.length
    expect(accepted).toBeGreaterThan(0)
    expect(accepted).toBeLessThan(60)
    expect((await journeys.db.row<{ spent: number }>(sql`SELECT spent FROM run_meter`))?.spent).toBeCloseTo(accepted * 0.05)
  })
})

describe('a frequency cap', () => {
  test('holds between campaigns of two channels that send in the same instant', async () => {
    await open({
      waveSize: 7,
      settings: {
        caps: [{ channel: 'all', max: 1, per: '1d' }],
        quietHours: { sms: null, email: null, inApp: null },
      },
    })
    await people(40)
    const letter = {
      kind: 'message',
      channel: 'email',
      content: { subject: 'Hi', html: '<p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a></p>' },
    }
    const launched = []
    for (const journey of [[sms('One')], [letter], [sms('Two')]])
      launched.push((await journeys.launch(campaign({}, journey), start)).run)
    await Promise.all(launched.map(run => journeys.play(run, start, start + minute)))
    const perPerson = await journeys.db.rows<{ n: number }>(
      sql`SELECT count(*) FILTER (WHERE status = 'accepted')::int AS n FROM message GROUP BY customer`,
    )
    expect(perPerson.map(row => row.n)).toEqual(Array(40).fill(1))
    expect(await statuses()).toEqual({ accepted: 40, 'skipped:capped': 80 })
    expect(journeys.sent).toHaveLength(40)
  })
})
