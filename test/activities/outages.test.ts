import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { setRunStatus } from '../../prisma/queries/runs.ts'
import { endsOf, type Journeys, openJourneys } from '../support/journey.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const start = Date.UTC(2026, 2, 2, 10)
const say = (subject: string) => ({
  kind: 'message',
  channel: 'email',
  content: { subject, html: '{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a>' },
})
const campaign = (trigger: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  name: 'Outage',
  trigger,
  goals: [{ key: 'g', kind: 'winBack', success: { event: 'Trial Converted', within: '30d' }, journey: [say('Hello')] }],
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
const entries = async () =>
  (
    await journeys.db.rows<{ who: string; at: Date }>(
      sql`SELECT c.external_id AS who, e.entered_at AS at FROM enrollment e JOIN customer c ON c.id = e.customer ORDER BY e.entered_at, c.id`,
    )
  ).map(row => [row.who, row.at.getTime()])
const end = () => journeys.db.run(sql`UPDATE enrollment SET state = 'ended', reason = 'completed', due = NULL`)

describe('two days in which nobody swept', () => {
  test('are made up for days of customers, once, but a reminder of a day that is over by then reminds of nothing', async () => {
    await person('over', { delivery: '2026-03-04' })
    await person('today', { delivery: '2026-03-05' })
    await person('ahead', { delivery: '2026-03-06' })
    await person('born', { birthday: '1990-03-04' })
    await person('exact', { delivery: '2026-03-04T18:00:00Z' })
    await journeys.launch(campaign({ kind: 'date', attribute: 'delivery', before: '1d' }, { reentry: 'always' }), start)
    await journeys.launch(campaign({ kind: 'date', attribute: 'birthday', yearly: true }, { reentry: 'always' }), start)
    await sweep(start + hour)
    const back = Date.UTC(2026, 2, 5, 9)
    await sweep(back)
    await end()
    await sweep(back + minute)
    // "It comes tomorrow" is no news the day after it came; a birthday is wished two days late rather than not.
    expect((await entries()).map(([who, at]) => [who, at === back]).sort()).toEqual([
      ['ahead', true],
      ['born', true],
      ['today', true],
    ])
  })

  test('do not wake a reminder of a leap day that is over; in a year that has none it is kept for the 28th', async () => {
    await person('leap', { born: '2004-02-29', timezone: 'UTC' })
    await journeys.launch(
      campaign({ kind: 'date', attribute: 'born', yearly: true, before: '1d' }, { reentry: 'always' }),
      Date.UTC(2028, 1, 20),
    )
    await sweep(Date.UTC(2028, 1, 27, 23))
    expect(await entries()).toEqual([])
    await sweep(Date.UTC(2028, 2, 1, 1))
    expect(await entries()).toEqual([])
    // Of the year after, in time: the day before the 28th.
    await sweep(Date.UTC(2029, 1, 26, 23))
    await sweep(Date.UTC(2029, 1, 27, 0))
    expect(await entries()).toEqual([['leap', Date.UTC(2029, 1, 27, 0)]])
  })

  test('swallow a customer who came back meanwhile, and take the one who fell silent twice once', async () => {
    for (const who of ['back', 'silent', 'twice']) {
      await person(who)
      await track(start - 6 * day, who, 'Login')
    }
    await journeys.launch(campaign({ kind: 'inactivity', for: '7d' }, { reentry: 'always' }), start)
    await sweep(start + hour)
    // Crossed the line a day later, and was there again before anybody looked.
    await track(start + 2 * day, 'back', 'Login')
    await sweep(start + 3 * day)
    await end()
    await sweep(start + 3 * day + minute)
    expect((await entries()).map(([who]) => who)).toEqual(['silent', 'twice'])
    for (const round of [1, 2]) {
      await track(start + (3 + 8 * round) * day, 'twice', 'Login')
      await sweep(start + (3 + 8 * round + 6.9) * day)
      await end()
      await sweep(start + (3 + 8 * round + 7) * day)
      await end()
    }
    expect((await entries()).filter(([who]) => who === 'twice')).toHaveLength(3)
  })
})

describe('a trial that converts as its reminder falls due', () => {
  const trial = (userId: string) =>
    track(start - day, userId, 'Trial Started', { trialEndsAt: new Date(start + 10 * day).toISOString(), plan: 'pro' })

  test('in the very second, is not reminded: neither before the sweep nor between the sweep and the message', async () => {
    const due = start + 7 * day
    for (const who of ['same', 'after', 'never']) {
      await person(who)
      await trial(who)
    }
    const { run } = await journeys.launch(campaign({ kind: 'trialEnd', before: '3d' }), start)
    await sweep(due - minute)
    await track(due, 'same', 'Trial Converted', { plan: 'pro', mrr: 10 })
    await sweep(due)
    await track(due + 1, 'after', 'Trial Converted', { plan: 'pro', mrr: 10 })
    await journeys.play(run, due + 500, due + hour)
    expect(journeys.sent.map(m => m.to)).toEqual(['never@mail.example'])
    expect(await endsOf(journeys.db, run.id)).toEqual({ completed: 1, converted: 1 })
  })
})

describe('a schedule over the change of clocks', () => {
  test('comes once in the hour that comes twice, and once where its hour is left out', async () => {
    await person('anna')
    const turns = async (from: number, to: number) => {
      const { run } = await journeys.launch(
        campaign({ kind: 'schedule', cron: '30 2 * * *', timezone: 'Europe/Stockholm' }, { reentry: 'always' }),
        from,
      )
      await journeys.play(run, from, to)
      await journeys.db.run(sql`UPDATE run SET status = 'stopped' WHERE id = ${run.id}`)
      return await journeys.db.rows<{ at: Date }>(
        sql`SELECT entered_at AS at FROM enrollment WHERE run = ${run.id} ORDER BY entered_at`,
      )
    }
    // Spring: 2:30 of 29 March is left out; autumn: 2:30 of 25 October comes twice.
    expect(await turns(Date.UTC(2026, 2, 27, 12), Date.UTC(2026, 2, 30, 12))).toHaveLength(3)
    expect(await turns(Date.UTC(2026, 9, 23, 12), Date.UTC(2026, 9, 26, 12))).toHaveLength(3)
  })
})

describe('a campaign whose end comes while it is paused', () => {
  test('lets nobody in, sends what was due after the resume, and is completed', async () => {
    await person('anna')
    await person('bert')
    const { run } = await journeys.launch(
      campaign(
        { kind: 'event', event: 'Asked' },
        {
          endsAt: new Date(start + 5 * day).toISOString(),
          goals: [{ key: 'g', kind: 'winBack', journey: [{ kind: 'wait', for: '3d' }, say('Late')] }],
        },
      ),
      start,
    )
    await journeys.play(run, start, start + 2 * hour, [{ at: start + hour, happen: () => track(start + hour, 'anna', 'Asked') }])
    await setRunStatus(journeys.db, run.id, 'paused', new Date(start + day))
    await track(start + 6 * day, 'bert', 'Asked')
    await setRunStatus(journeys.db, run.id, 'running', new Date(start + 6 * day + hour))
    const result = await journeys.play(run, start + 6 * day + hour, start + 20 * day)
    expect(result.ended).toBe('completed')
    expect(journeys.sent.map(m => [m.to, m.at])).toEqual([['anna@mail.example', start + 6 * day + hour]])
    expect(await endsOf(journeys.db, run.id)).toEqual({ completed: 1 })
  })
})
