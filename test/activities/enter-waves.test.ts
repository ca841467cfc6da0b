import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import type { RunRow } from '../../prisma/queries/runs.ts'
import { endsOf, type Journeys, openJourneys } from '../support/journey.ts'

const minute = 60_000
const day = 86_400_000
const start = Date.UTC(2026, 2, 2, 10)
const say = (subject: string) => ({
  kind: 'message',
  channel: 'email',
  content: { subject, html: '{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a>' },
})
const goal = (key: string, when?: object) => ({
  key,
  kind: 'winBack',
  ...(when ? { when } : {}),
  journey: [say(key), { kind: 'wait', for: '30d' }],
})
const campaign = (more: Record<string, unknown> = {}) => ({
  name: 'Test',
  trigger: { kind: 'now' },
  goals: [goal('all')],
  ...more,
})

let journeys: Journeys
beforeEach(async () => {
  journeys = await openJourneys({ waveSize: 10 })
})
afterEach(() => journeys.close())

const people = (n: number, plan: (i: number) => string = () => 'pro') =>
  journeys.receive(
    start - day,
    ...Array.from({ length: n }, (_, i) => ({
      type: 'identify',
      userId: `c${i}`,
      traits: { email: `c${i}@mail.example`, plan: plan(i) },
    })),
  )
const claim = (run: RunRow, firstWave: number, more: { atMost?: number; at?: number } = {}) =>
  journeys.activities.claim({ campaign: run.campaign, run: run.id, firstWave, atMost: 6, at: start, ...more })
const moving = (run: RunRow) =>
  journeys.db.rows(
    sql`SELECT wave, count(*)::int AS size FROM enrollment WHERE run = ${run.id} AND state = 'moving' GROUP BY wave ORDER BY wave`,
  )

describe('a claim of a run whose audience is not taken in yet', () => {
  test('takes the next customers straight into a wave, until nobody is left', async () => {
    await people(25)
    const { run } = await journeys.launch(campaign(), start)
    const sizes: number[] = []
    for (let wave = 1; ; wave++) {
      const taken = await claim(run, wave)
      if (taken.waves.length === 0) {
        expect(taken).toMatchObject({ enters: false, open: true })
        break
      }
      expect(taken).toMatchObject({ enters: true, waves: [{ wave, version: 1 }] })
      sizes.push(taken.waves[0]?.size ?? 0)
    }
    expect(sizes).toEqual([10, 10, 5])
    expect(await endsOf(journeys.db, run.id)).toEqual({ moving: 25 })
  })

  test('asked again with the same numbers takes the same waves and nobody more', async () => {
    await people(25)
    const { run } = await journeys.launch(campaign(), start)
    const first = await claim(run, 1)
    expect((await claim(run, 1)).waves).toEqual(first.waves)
    expect(await moving(run)).toEqual([{ wave: 1, size: 10 }])
  })

  test('makes a wave for each goal, leaves whoever is held out in none, and passes over who matches nothing', async () => {
    await people(10, i => ['pro', 'free', 'none'][i % 3] ?? '')
    const goals = [goal('pro', { attribute: 'plan', is: 'pro' }), goal('free', { attribute: 'plan', is: 'free' })]
    const { run } = await journeys.launch(campaign({ goals, experiment: { holdout: 0.3 } }), start)
    const { waves } = await claim(run, 1)
    const stays = await journeys.db.rows<{ goal: string; wave: number | null; place: number; variant: string; state: string }>(
      sql`SELECT DISTINCT goal, wave, place, variant = 'holdout' AS "heldOut", state FROM enrollment WHERE run = ${run.id} AND state = 'moving'`,
    )
    expect(stays.map(stay => stay.goal).sort()).toEqual(['free', 'pro'])
    expect(new Set(stays.map(stay => stay.wave))).toEqual(new Set(waves.map(wave => wave.wave)))
    for (const stay of stays) expect(waves.find(wave => wave.wave === stay.wave)?.place).toBe(stay.place)
    const heldOut = await journeys.db.rows(
      sql`SELECT wave, due FROM enrollment WHERE run = ${run.id} AND variant = 'holdout' AND (state <> 'ended' OR wave IS NOT NULL OR reason <> 'holdout')`,
    )
    expect(heldOut).toEqual([])
    expect((await endsOf(journeys.db, run.id)).moving).toBe(waves.reduce((sum, wave) => sum + wave.size, 0))
  })

  test('leaves the audience to be enrolled first where few enter, where there is a pace, and where it takes long', async () => {
    await people(40, i => (i % 5 === 0 ? 'pro' : 'free'))
    const few = await journeys.launch(campaign({ audience: { attribute: 'plan', is: 'pro' } }), start)
    expect(await claim(few.run, 1)).toMatchObject({ enters: false, waves: [{ wave: 1 }] })
    const paced = await journeys.launch(campaign({ limits: { perMinute: 10 } }), start)
    expect(await claim(paced.run, 1)).toMatchObject({ enters: false, waves: [] })
    const slow = await journeys.launch(campaign(), start)
    expect(await claim(slow.run, 1)).toMatchObject({ enters: true })
    expect(await claim(slow.run, 2, { at: start + 3 * minute })).toMatchObject({ enters: false, waves: [] })
  })

  test('takes nobody while it is paused and nobody once it is stopped', async () => {
    await people(25)
    const { run } = await journeys.launch(campaign(), start)
    await claim(run, 1)
    await journeys.activities.setRunStatus({ run: run.id, status: 'paused', at: start })
    expect(await claim(run, 2)).toMatchObject({ waves: [], open: true })
    await journeys.activities.setRunStatus({ run: run.id, status: 'running', at: start })
    expect(await claim(run, 2)).toMatchObject({ waves: [{ wave: 2, size: 10 }] })
    await journeys.activities.setRunStatus({ run: run.id, status: 'stopped', at: start })
    expect(await claim(run, 3)).toEqual({ waves: [], nextDue: null, open: false, enters: false })
    expect(await moving(run)).toHaveLength(2)
  })
})

describe('an audience', () => {
  test.each([
    ['of one wave', 7],
    ['of several waves', 65],
    ['of nobody', 0],
  ])('%s gets its letters once each, whoever takes it in, and is said to be enrolled', async (_, n) => {
    await people(n)
    const { run } = await journeys.launch(campaign(), start)
    await journeys.play(run, start, start + day)
    expect(journeys.sent.map(letter => letter.to).sort()).toEqual(
      Array.from({ length: n }, (_, i) => `c${i}@mail.example`).sort(),
    )
    const row = await journeys.db.row(sql`SELECT status, enrolled_at IS NOT NULL AS enrolled FROM run WHERE id = ${run.id}`)
    expect(row).toEqual({ status: n === 0 ? 'completed' : 'running', enrolled: true })
  })

  test('taken in by claims and by the snapshot at once has everybody in it once', async () => {
    await people(60)
    const { run } = await journeys.launch(campaign(), start)
    const snapshot = journeys.activities.enrollSnapshot({ campaign: run.campaign, run: run.id, at: start })
    await Promise.all([snapshot, claim(run, 1)])
    await claim(run, 2)
    const { n, who } = (await journeys.db.row<{ n: number; who: number }>(
      sql`SELECT count(*)::int AS n, count(DISTINCT customer)::int AS who FROM enrollment WHERE run = ${run.id}`,
    ))!
    expect({ n, who }).toEqual({ n: 60, who: 60 })
  })
})
