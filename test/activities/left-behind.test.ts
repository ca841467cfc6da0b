import { afterEach, describe, expect, test, vi } from 'vitest'
import { walk } from '../../domain/journey/walk.ts'
import { sql } from '../../domain/sql.ts'
import { endWaiting, releaseRun } from '../../prisma/queries/enrollments.ts'
import { settleLeft } from '../../prisma/queries/uncertain.ts'
import { type Journeys, openJourneys } from '../support/journey.ts'

const noon = Date.parse('2026-03-04T12:00:00Z')
const minutes = (n: number) => noon + n * 60_000
const campaign = {
  name: 'Hello',
  trigger: { kind: 'now' },
  goals: [
    {
      key: 'all',
      kind: 'onboarding',
      success: { event: 'Order Completed', within: '30d' },
      journey: [
        { kind: 'message', channel: 'sms', class: 'transactional', content: { body: 'Hello' } },
        { kind: 'wait', for: '7d' },
      ],
    },
  ],
}

let journeys: Journeys
afterEach(() => journeys.close())

const statuses = async () =>
  (await journeys.db.rows<{ status: string }>(sql`SELECT status::text FROM message ORDER BY id`)).map(row => row.status)
const attempts = async () => (await journeys.db.rows(sql`SELECT 1 FROM send_attempt`)).length
const people = () =>
  journeys.receive(
    noon,
    ...['a', 'b'].map(userId => ({ type: 'identify', userId, traits: { phone: `+4670000000${userId === 'a' ? 1 : 2}` } })),
  )

/** A run whose worker died while it was sending. */
async function died() {
  journeys = await openJourneys({
    answer: () => {
      throw new Error('the worker dies')
    },
  })
  await people()
  const { run } = await journeys.launch(campaign, noon)
  await expect(journeys.play(run, noon, minutes(1))).rejects.toThrow('the worker dies')
  return run
}

describe('what a worker leaves in the middle of a send', () => {
  test('is nothing when the provider has answered', async () => {
    journeys = await openJourneys()
    await people()
    const { run } = await journeys.launch(campaign, noon)
    await journeys.play(run, noon, minutes(1))
    expect(await statuses()).toEqual(['accepted', 'accepted'])
    expect(await attempts()).toBe(0)
  })

  test('is looked for though the stay has ended: first it is uncertain, then held, and its attempt is closed', async () => {
    const run = await died()
    await releaseRun(journeys.db, run.id, new Date(noon))
    await endWaiting(journeys.db, run.id, 'stopped', new Date(noon))
    expect(await statuses()).toEqual(['sending', 'sending'])

    const keepMs = 15 * 60_000
    await settleLeft(journeys.db, new Date(minutes(14)), keepMs)
    expect(await statuses()).toEqual(['sending', 'sending'])
    expect(await attempts()).toBe(1)
    await settleLeft(journeys.db, new Date(minutes(16)), keepMs)
    expect(await statuses()).toEqual(['uncertain', 'uncertain'])
    expect(await attempts()).toBe(0)
    await settleLeft(journeys.db, new Date(minutes(47)), keepMs)
    expect(await statuses()).toEqual(['held', 'held'])
  })

  test('keeps its attempt open while its customers are still on their way', async () => {
    await died()
    await settleLeft(journeys.db, new Date(minutes(60)), 15 * 60_000)
    expect(await statuses()).toEqual(['sending', 'sending'])
    expect(await attempts()).toBe(1)
  })
})

describe('two workers at one wave, as where one was taken for dead', () => {
  test('send it once, though both saw that nobody had been written to', async () => {
    journeys = await openJourneys()
    await people()
    const { run } = await journeys.launch(campaign, noon)
    const which = { campaign: run.campaign, run: run.id }
    const { db, activities } = journeys
    while ((await activities.enrollSnapshot({ ...which, at: noon })).more);
    const [wave] = (await activities.claim({ ...which, firstWave: 1, atMost: 1, at: noon })).waves
    const once = () => walk(wave!, { now: () => noon, perform: request => activities.perform({ ...which, ...request }) })

    // Both are held where they write, until both stand there.
    const { both } = await db.transaction(async tx => {
      await tx.run(sql`LOCK TABLE message IN SHARE MODE`)
      const both = Promise.all([once(), once()])
      const waiting = async () =>
        (await db.rows(sql`SELECT 1 FROM pg_locks WHERE relation = 'message'::regclass AND NOT granted`)).length
      await vi.waitUntil(async () => (await waiting()) === 2, { timeout: 30_000 })
      return { both }
    })
    await both
    expect(journeys.sent.map(message => message.to).sort()).toEqual(['+46700000001', '+46700000002'])
    expect(await statuses()).toEqual(['accepted', 'accepted'])
    expect(await attempts()).toBe(0)
  })
})
