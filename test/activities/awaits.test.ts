import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { setRunStatus } from '../../prisma/queries/runs.ts'
import { endsOf, type Journeys, openJourneys } from '../support/journey.ts'

const hour = 3_600_000
const day = 24 * hour
const start = Date.UTC(2026, 2, 2, 10)
const say = (subject: string, id?: string) => ({
  kind: 'message',
  ...(id ? { id } : {}),
  channel: 'email',
  content: { subject, html: '{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a>' },
})
const campaign = (journey: unknown[]) => ({
  name: 'Awaits',
  trigger: { kind: 'now' },
  goals: [{ key: 'g', kind: 'feedback', journey }],
})

let journeys: Journeys
beforeEach(async () => {
  journeys = await openJourneys()
  for (const userId of ['anna', 'bert', 'cleo'])
    await journeys.receive(start - 10 * day, { type: 'identify', userId, traits: { email: `${userId}@mail.example` } })
})
afterEach(() => journeys.close())

/** Something that arrives at one time and happened at another. */
const arrives = (at: number, userId: string, event: string, happened = at, properties: Record<string, unknown> = {}) => ({
  at,
  happen: () => journeys.receive(at, { type: 'track', userId, event, properties, timestamp: new Date(happened).toISOString() }),
})
const got = (subject: string) => journeys.sent.filter(m => m.subject === subject).map(m => m.to.split('@')[0])

describe('who awaits an event', () => {
  const journey = [{ kind: 'await', id: 'wait', on: { event: 'Visited' }, within: '3d', do: [say('Glad')], else: [say('Sorry')] }]

  test('is not moved by news of one that happened long before they began to wait', async () => {
    const { run } = await journeys.launch(campaign(journey), start)
    await journeys.play(run, start, start + 10 * day, [
      arrives(start + day, 'anna', 'Visited', start - 300 * day),
      arrives(start + day, 'bert', 'Visited', start + day - hour),
    ])
    expect([got('Glad'), got('Sorry').sort()]).toEqual([['bert'], ['anna', 'cleo']])
  })

  test('is moved by none that comes after their time was over, though nobody looked in between', async () => {
    const { run } = await journeys.launch(campaign(journey), start)
    await journeys.play(run, start, start + hour)
    // Paused for days: what is due stays, what happens is noted.
    await setRunStatus(journeys.db, run.id, 'paused', new Date(start + hour))
    await arrives(start + 2 * day, 'anna', 'Visited').happen()
    await arrives(start + 5 * day, 'bert', 'Visited').happen()
    await setRunStatus(journeys.db, run.id, 'running', new Date(start + 6 * day))
    await journeys.play(run, start + 6 * day, start + 7 * day)
    expect([got('Glad'), got('Sorry').sort()]).toEqual([['anna'], ['bert', 'cleo']])
    expect(await endsOf(journeys.db, run.id)).toEqual({ completed: 3 })
  })

  test('goes by the first of two that are awaited, once, also when both come in the same instant', async () => {
    const { run } = await journeys.launch(
      campaign([
        {
          kind: 'await',
          on: [{ event: 'Visited', where: [{ property: 'page', is: 'price' }] }, { event: 'Called' }],
          within: '3d',
          do: [say('Glad')],
          else: [say('Sorry')],
        },
        say('After'),
      ]),
      start,
    )
    await journeys.play(run, start, start + 10 * day, [
      arrives(start + day, 'anna', 'Visited', start + day, { page: 'price' }),
      arrives(start + day, 'anna', 'Called'),
      arrives(start + day, 'bert', 'Visited', start + day, { page: 'home' }),
      arrives(start + 2 * day, 'bert', 'Called'),
    ])
    expect([got('Glad'), got('Sorry'), got('After').sort()]).toEqual([['anna', 'bert'], ['cleo'], ['anna', 'bert', 'cleo']])
  })

  test('in one await after the other goes on by one event for each, not by the same one twice', async () => {
    const { run } = await journeys.launch(
      campaign([
        { kind: 'await', on: { event: 'Visited' }, within: '3d', do: [say('First')] },
        { kind: 'await', on: { event: 'Visited' }, within: '3d', do: [say('Second')], else: [say('Only one')] },
      ]),
      start,
    )
    await journeys.play(run, start, start + 10 * day, [
      arrives(start + day, 'anna', 'Visited'),
      arrives(start + day, 'bert', 'Visited'),
      arrives(start + 2 * day, 'bert', 'Visited'),
    ])
    expect([got('First').sort(), got('Second'), got('Only one').sort()]).toEqual([['anna', 'bert'], ['bert'], ['anna', 'cleo']])
  })
})

describe('who awaits an engagement', () => {
  test('is moved by a click of theirs in time, be it told of late, and by none after', async () => {
    const { run } = await journeys.launch(
      campaign([
        say('Hello', 'hello'),
        { kind: 'await', on: { message: 'clicked', step: 'hello' }, within: '3d', do: [say('Glad')], else: [say('Sorry')] },
      ]),
      start,
    )
    await journeys.play(run, start, start + hour)
    await setRunStatus(journeys.db, run.id, 'paused', new Date(start + hour))
    const clicked = async (who: string, at: number) => {
      const told = new Date(start + 6 * day)
      await journeys.db.run(sql`WITH m AS (UPDATE message m SET clicked_at = ${new Date(at)} FROM customer c
          WHERE c.id = m.customer AND c.external_id = ${who} RETURNING m.id, m.run, m.enrollment, m.customer)
        INSERT INTO nudge (run, enrollment, customer, message, engagement, at) SELECT run, enrollment, customer, id, 'clicked', ${told}::timestamptz FROM m`)
    }
    await clicked('anna', start + 2 * day)
    await clicked('bert', start + 4 * day)
    await setRunStatus(journeys.db, run.id, 'running', new Date(start + 6 * day))
    await journeys.play(run, start + 6 * day, start + 7 * day)
    expect([got('Glad'), got('Sorry').sort()]).toEqual([['anna'], ['bert', 'cleo']])
  })
})
