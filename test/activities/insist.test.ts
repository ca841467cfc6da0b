import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { insist } from '../../activities/insist.ts'
import { runVirtually } from '../../activities/virtual-clock.ts'
import { sql } from '../../domain/sql.ts'
import { endsOf, memoryChannels, openJourneys } from '../support/journey.ts'

describe('what must not be forgotten', () => {
  const failing = (times: number, error: object) => {
    let tries = 0
    return async () => {
      if (tries++ < times) throw Object.assign(new Error('x'), error)
      return tries
    }
  }
  test('is tried again when what kept it from happening passes by itself', async () => {
    for (const code of ['40P01', '57P01', '57P03', 'ECONNREFUSED', '08006']) expect(await insist(failing(2, { code }))).toBe(3)
    expect(await insist(failing(1, { message: 'Connection terminated unexpectedly' }))).toBe(2)
  })
  test('fails at once with what does not, and in the end with what does not pass', async () => {
    await expect(insist(failing(1, { code: '23505' }))).rejects.toThrow('x')
    await expect(insist(failing(9, { code: '40P01' }), 200)).rejects.toThrow('x')
  })
})

test('a provider’s answer is stored when the database comes back, so that nothing becomes uncertain', async () => {
  const start = Date.UTC(2026, 2, 2, 12)
  const memory = memoryChannels()
  let away: (() => Promise<void>) | undefined
  const cuts: Promise<unknown>[] = []
  const journeys = await openJourneys({
    channels: {
      email: {
        ...memory.channels.email,
        send: async batch => {
          await away?.()
          return memory.channels.email.send(batch)
        },
      },
    },
  })
  const url = new URL(String((journeys.db.pool.options as { connectionString?: string }).connectionString))
  const database = url.pathname.slice(1)
  url.pathname = '/postgres'
  const admin = new pg.Client({ connectionString: url.href })
  await admin.connect()
  try {
    await journeys.receive(start, { type: 'identify', userId: 'c', traits: { email: 'c@mail.example' } })
    const { run } = await journeys.launch(
      {
        name: 'Away',
        trigger: { kind: 'now' },
        goals: [
          {
            key: 'g',
            kind: 'winBack',
            success: { event: 'Never', within: '1d' },
            journey: [
              { kind: 'message', channel: 'email', content: { subject: 'Hi', html: '{{ postalAddress }}{{ unsubscribeUrl }}' } },
            ],
          },
        ],
      },
      start,
    )
    away = async () => {
      away = undefined
      // Nobody keeps a connection for half a second.
      for (let n = 0; n < 25; n++) {
        const cut = () => admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [database])
        if (n === 0) await cut()
        else cuts.push(new Promise(resolve => setTimeout(() => resolve(cut()), 20 * n)))
      }
    }
    await runVirtually({
      activities: { ...journeys.activities, claim: request => insist(() => journeys.activities.claim(request)) },
      campaign: run.campaign,
      run: run.id,
      finite: true,
      snapshot: true,
      from: start,
      until: start + 60_000,
    })
    await Promise.all(cuts)
    expect(memory.sent).toHaveLength(1)
    expect(await journeys.db.rows(sql`SELECT status FROM message`)).toEqual([{ status: 'accepted' }])
    expect(await endsOf(journeys.db, run.id)).toEqual({ completed: 1 })
  } finally {
    await admin.end()
    await journeys.close()
  }
})
