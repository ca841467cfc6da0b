import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { assignVariant, hashUnit } from '../../domain/experiment/assign.ts'
import { campaignIds } from '../../domain/ids.ts'
import { sql } from '../../domain/sql.ts'
import type { RunRow } from '../../prisma/queries/runs.ts'
import { apiOver } from '../support/api-over.ts'
import { type Engine, openEngine } from '../support/engine.ts'
import { type Journeys, openJourneys } from '../support/journey.ts'

const hour = 3_600_000
const day = 24 * hour
const start = Date.UTC(2026, 2, 2, 10)
const variants = [
  { key: 'a', weight: 1 },
  { key: 'b', weight: 1 },
]
const welcome = (more: Record<string, unknown> = {}) => ({
  name: 'Welcome',
  trigger: { kind: 'event', event: 'Signed Up' },
  reentry: 'always',
  experiment: { holdout: 0.2, variants, minimumDays: 0, plannedTotal: 900, onDecision: 'promote', ...more },
  goals: [
    {
      key: 'g',
      kind: 'onboarding',
      success: { event: 'Order Completed', within: '2d' },
      journey: [
        {
          kind: 'message',
          id: 'hello',
          channel: 'email',
          content: { subject: 'Hello', html: '<p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a></p>' },
        },
      ],
    },
  ],
})

const signUps = (at: number, ids: readonly string[]) =>
  ids.map(userId => ({ type: 'track', userId, event: 'Signed Up', timestamp: new Date(at).toISOString() }))

/** Sign-ups at `at`, and the orders that follow within a day: most of all in arm b, unless other rates are given. */
async function happen(
  journeys: Journeys,
  run: RunRow,
  at: number,
  ids: readonly string[],
  rates: Record<string, number> = { a: 0.3, b: 0.6, holdout: 0.2 },
) {
  await journeys.receive(at, ...signUps(at, ids))
  const buyers = ids.filter(id => {
    const arm = assignVariant({ salt: run.salt, customerId: id, holdout: 0.2, variants })
    return hashUnit('buys', id) < (rates[arm] ?? 0)
  })
  return () =>
    journeys.receive(
      at + day,
      ...buyers.map(userId => ({ type: 'track', userId, event: 'Order Completed', properties: { revenue: 20 } })),
    )
}

/** What somebody is told who computes a downloaded decision again; throws where it does not agree. */
function recomputed(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'decision-'))
  const file = join(folder, 'decision.json')
  const script = fileURLToPath(new URL('../../scripts/recompute-decision.mjs', import.meta.url))
  try {
    writeFileSync(file, text)
    return execFileSync(process.execPath, [script, file], { encoding: 'utf8', stdio: 'pipe' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const armsOf = async (journeys: Journeys, run: RunRow, ids: readonly string[]) => {
  const rows = await journeys.db.rows<{ id: string; variant: string; assigned: string | null; stay: number }>(
    sql`SELECT c.external_id AS id, e.variant, e.assigned, e.stay FROM enrollment e JOIN customer c ON c.id = e.customer WHERE e.run = ${run.id} ORDER BY e.id`,
  )
  const wanted = new Set(ids)
  return rows.filter(row => wanted.has(row.id))
}

const first = Array.from({ length: 900 }, (_, i) => `c${i}`)
const later = Array.from({ length: 100 }, (_, i) => `later${i}`)

describe('a review', () => {
  let journeys: Journeys
  let api: Awaited<ReturnType<typeof apiOver>>
  let now = start
  beforeEach(async () => {
    journeys = await openJourneys()
    api = await apiOver(journeys.db, () => new Date(now))
  })
  afterEach(async () => {
    await api.close()
    await journeys.close()
  })

  /** A campaign whose first 900 customers have matured. */
  async function matured(more: Record<string, unknown> = {}, rates?: Record<string, number>) {
    const { run } = await journeys.launch(welcome(more), start)
    const order = await happen(journeys, run, start, first, rates)
    await journeys.play(run, start, start + hour)
    await order()
    return run
  }

  test('promotes the winner to new entrants, keeps the holdout, and moves nobody who was assigned', async () => {
    const run = await matured()
    const early = await journeys.activities.reviewExperiment({ campaign: run.campaign, at: start + day })
    expect(early).toEqual({ state: 'keepRunning', actions: [] })
    const review = () => journeys.activities.reviewExperiment({ campaign: run.campaign, at: start + 3 * day })
    expect(await review()).toEqual({ state: 'winner', actions: [{ action: 'promoted', number: 1, arm: 'b' }] })
    // A review that is done twice has been done once.
    expect(await review()).toEqual({ state: 'winner', actions: [] })

    const again = first.filter(id => hashUnit('again', id) < 0.1)
    await journeys.receive(start + 3 * day, ...signUps(start + 3 * day, [...later, ...again]))
    await journeys.play(run, start + 3 * day, start + 3 * day + hour)
    const entered = await armsOf(journeys, run, later)
    expect(entered).toHaveLength(later.length)
    for (const { id, variant, assigned } of entered) {
      const drawn = assignVariant({ salt: run.salt, customerId: id, holdout: 0.2, variants })
      expect({ variant, assigned }).toEqual({ variant: drawn === 'holdout' ? 'holdout' : 'b', assigned: 'promoted' })
    }
    const back = (await armsOf(journeys, run, again)).filter(row => row.stay === 2)
    expect(back).toHaveLength(again.length)
    for (const { id, variant, assigned } of back) {
      const drawn = assignVariant({ salt: run.salt, customerId: id, holdout: 0.2, variants })
      expect({ variant, assigned }).toEqual({ variant: drawn, assigned: 'kept' })
    }

    now = start + 10 * day
    const id = campaignIds.show(run.campaign)
    const { body } = await api.call('GET', `/v1/campaigns/${id}/results`)
    expect(body.decision).toMatchObject({ state: 'winner', arm: 'b', recorded: { number: 1, action: 'promoted' } })
    expect(body.promoted).toMatchObject({ arm: 'b' })
    // Whom nobody drew is shown and not compared; who came back counts once.
    expect(body.population.enrolled).toBe(first.length)
    expect(body.srm.ok).toBe(true)
    expect(Object.values<number>(body.population.moved).reduce((a, b) => a + b, 0)).toBe(later.length)
    const audit = await journeys.db.rows(sql`SELECT actor, action, target FROM audit WHERE action LIKE 'experiment.%'`)
    expect(audit).toEqual([{ actor: 'review', action: 'experiment.promoted', target: id }])
  })

  test('promotes the holdout where the campaign does harm: nobody new is written to', async () => {
    const run = await matured({}, { a: 0.2, b: 0.2, holdout: 0.6 })
    const found = await journeys.activities.reviewExperiment({ campaign: run.campaign, at: start + 3 * day })
    expect(found.actions).toEqual([{ action: 'promoted', number: 1, arm: 'holdout' }])
    const before = journeys.sent.length
    await journeys.receive(start + 3 * day, ...signUps(start + 3 * day, later))
    await journeys.play(run, start + 3 * day, start + 3 * day + hour)
    expect((await armsOf(journeys, run, later)).every(row => row.variant === 'holdout')).toBe(true)
    expect(journeys.sent).toHaveLength(before)
  })

  test('keeps a decision with numbers that anybody can compute it from again', async () => {
    const run = await matured({ onDecision: 'report' })
    now = start + 3 * day
    const id = campaignIds.show(run.campaign)
    const asked = await api.call('POST', `/v1/campaigns/${id}/results/decisions`)
    expect(asked.body).toMatchObject({ state: 'winner', arm: 'b', actions: [{ action: 'reported', number: 1 }] })
    const stored = await api.call('GET', `/v1/campaigns/${id}/results/decisions/1`)
    expect(stored.body).toMatchObject({
      campaign: id,
      state: 'winner',
      arm: 'b',
      frozen: { format: 1, evidence: { plan: { nStar: 900 } } },
    })
    const list = await api.call('GET', `/v1/campaigns/${id}/results/decisions`)
    expect(list.body.data).toMatchObject([{ number: 1, state: 'winner' }])
    expect((await api.call('GET', `/v1/campaigns/${id}/results/decisions/2`)).status).toBe(404)

    expect(recomputed(stored.text)).toContain('agrees: winner (b)')
    // A number that was tampered with is found.
    const forged = structuredClone(stored.body)
    forged.frozen.evidence.arms.find((arm: { key: string }) => arm.key === 'a').converted += 40
    expect(() => recomputed(JSON.stringify(forged))).toThrow()
    const tilted = structuredClone(stored.body)
    tilted.frozen.evidence.draws[0].arms[0].count += 200
    expect(() => recomputed(JSON.stringify(tilted))).toThrow('sample ratio')
  })

  test('withdraws a decision, and the promotion with it, when the sample ratio turns out to be broken', async () => {
    const run = await matured()
    await journeys.activities.reviewExperiment({ campaign: run.campaign, at: start + 3 * day })
    await journeys.db.run(sql`DELETE FROM enrollment WHERE run = ${run.id} AND variant = 'a' AND id % 3 <> 0`)
    const found = await journeys.activities.reviewExperiment({ campaign: run.campaign, at: start + 4 * day })
    expect(found).toEqual({ state: 'invalid', actions: [{ action: 'withdrawn', number: 2, arm: null }] })
    const withdrawn = await api.call('GET', `/v1/campaigns/${campaignIds.show(run.campaign)}/results/decisions/2`)
    expect(recomputed(withdrawn.text)).toContain('agrees: invalid')
    await journeys.receive(start + 4 * day, ...signUps(start + 4 * day, later))
    await journeys.play(run, start + 4 * day, start + 4 * day + hour)
    for (const { id, variant } of await armsOf(journeys, run, later))
      expect(variant).toBe(assignVariant({ salt: run.salt, customerId: id, holdout: 0.2, variants }))
  })

  test('stops an arm that is surely beyond a guardrail, where its author asked for that', async () => {
    const run = await matured({ guardrails: { complaints: 0.01, onBreach: 'stopArm' }, minimumEffect: 0.3, onDecision: 'report' })
    await journeys.db.run(sql`UPDATE message SET status = 'complained' WHERE run = ${run.id} AND variant = 'a' AND id IN (
      SELECT id FROM message WHERE run = ${run.id} AND variant = 'a' LIMIT 60)`)
    const found = await journeys.activities.reviewExperiment({ campaign: run.campaign, at: start + 12 * hour })
    expect(found.actions).toMatchObject([{ action: 'stoppedArm', arm: 'a' }])
    await journeys.receive(start + 4 * day, ...signUps(start + 4 * day, later))
    await journeys.play(run, start + 4 * day, start + 4 * day + hour)
    const entered = await armsOf(journeys, run, later)
    expect(entered.some(row => row.variant === 'a')).toBe(false)
    for (const { id, variant, assigned } of entered) {
      const drawn = assignVariant({ salt: run.salt, customerId: id, holdout: 0.2, variants })
      expect({ variant, assigned }).toEqual(
        drawn === 'a' ? { variant: 'b', assigned: 'replaced' } : { variant: drawn, assigned: null },
      )
    }
    now = start + 5 * day
    const { body } = await api.call('GET', `/v1/campaigns/${campaignIds.show(run.campaign)}/results`)
    expect(body.arms.find((arm: { key: string }) => arm.key === 'a').stopped).toBe(true)
    expect(body.comparisons).toHaveLength(1)
    expect(body.srm.ok).toBe(true)
    expect(
      body.guardrails.find((each: { arm: string; kind: string }) => each.arm === 'a' && each.kind === 'complaints').state,
    ).toBe('breached')
  })

  const stopping = { guardrails: { complaints: 0.01, onBreach: 'stopArm' } }
  const complain = (run: RunRow, arm: string) =>
    journeys.db.run(sql`UPDATE message SET status = 'complained' WHERE run = ${run.id} AND variant = ${arm} AND id IN (
      SELECT id FROM message WHERE run = ${run.id} AND variant = ${arm} LIMIT 60)`)
  const enterLater = async (run: RunRow, at: number) => {
    await journeys.receive(at, ...signUps(at, later))
    await journeys.play(run, at, at + hour)
    return await armsOf(journeys, run, later)
  }

  test('never promotes an arm that a guardrail stops, however well it does', async () => {
    const run = await matured(stopping)
    await complain(run, 'b')
    const found = await journeys.activities.reviewExperiment({ campaign: run.campaign, at: start + 3 * day })
    expect(found.actions).toEqual([{ action: 'stoppedArm', number: 1, arm: 'b' }])
    const entered = await enterLater(run, start + 4 * day)
    expect(entered).toHaveLength(later.length)
    expect(entered.some(row => row.variant === 'b')).toBe(false)
  })

  test('stops an arm it has promoted, decides anew among the others, and does not give them its share of the error', async () => {
    const run = await matured(stopping)
    const review = (at: number) => journeys.activities.reviewExperiment({ campaign: run.campaign, at })
    expect((await review(start + 3 * day)).actions).toEqual([{ action: 'promoted', number: 1, arm: 'b' }])
    await complain(run, 'b')
    const found = await review(start + 4 * day)
    expect(found.actions).toEqual([{ action: 'stoppedArm', number: 2, arm: 'b' }])
    expect((await review(start + 4 * day)).actions).toEqual([])
    const entered = await enterLater(run, start + 5 * day)
    expect(entered.length).toBe(later.length)
    expect(entered.some(row => row.variant === 'b')).toBe(false)
    now = start + 6 * day
    const { body } = await api.call('GET', `/v1/campaigns/${campaignIds.show(run.campaign)}/results`)
    expect(body.promoted).toBeNull()
    expect(body.decision).toMatchObject({ state: found.state })
    expect(body.decision.recorded).toBeUndefined()
    expect(body.comparisons).toMatchObject([{ arm: 'a', against: 'holdout', method: { alpha: 0.05 / 3 } }])
  })

  test('says that an experiment was changed while it ran, and judges one run', async () => {
    const run = await matured({ onDecision: 'report' })
    await journeys.db.run(sql`UPDATE run SET status = 'stopped' WHERE id = ${run.id}`)
    const changed = welcome({
      onDecision: 'report',
      variants: [
        { key: 'a', weight: 1 },
        { key: 'b', weight: 9 },
      ],
    })
    await journeys.db.run(sql`INSERT INTO campaign_version (campaign, version, document, program, published_at)
      SELECT campaign, 2, document || ${JSON.stringify({ experiment: { metric: { kind: 'conversion' }, minimumEffect: 0.02, error: 0.05, ...changed.experiment } })}::jsonb, program, published_at
      FROM campaign_version WHERE campaign = ${run.campaign} AND version = 1`)
    await journeys.db.run(sql`INSERT INTO run (campaign, version, number, status, finite, salt, planned_size, started_at, enrolled_at)
      SELECT campaign, 2, 2, 'running', finite, salt, planned_size, ${new Date(start + 5 * day)}::timestamptz, ${new Date(start + 5 * day)}::timestamptz FROM run WHERE id = ${run.id}`)
    await journeys.db.run(sql`INSERT INTO watch (event, run) SELECT id, (SELECT max(id) FROM run) FROM event_name`)
    const second = (await journeys.db.row<{ id: number }>(sql`SELECT max(id) AS id FROM run`))?.id ?? 0
    await journeys.receive(start + 5 * day, ...signUps(start + 5 * day, [...later, ...first.slice(0, 50)]))
    await journeys.play({ ...run, id: second, version: 2, number: 2 }, start + 5 * day, start + 5 * day + hour)
    now = start + 8 * day
    const id = campaignIds.show(run.campaign)
    const all = (await api.call('GET', `/v1/campaigns/${id}/results`)).body
    expect(all.decision).toMatchObject({ state: 'invalid', cause: 'experimentChanged' })
    expect(all.decision.because).toContain(
      'version 1 drew holdout 20 %, a 40 %, b 40 %; version 2 drew holdout 20 %, a 8 %, b 72 %',
    )
    expect(all.srm.ok).toBe(true)
    // New weights do not move who was assigned under the old ones.
    const back = (await armsOf(journeys, { ...run, id: second }, first)).map(row => [row.id, row.variant, row.assigned])
    expect(back).toEqual(
      expect.arrayContaining(
        first
          .slice(0, 50)
          .map(each => [each, assignVariant({ salt: run.salt, customerId: each, holdout: 0.2, variants }), 'kept']),
      ),
    )
    const one = (await api.call('GET', `/v1/campaigns/${id}/results?run=run_${run.id}`)).body
    expect(one.decision.state).toBe('winner')
  })
})

describe('a live campaign whose weights are edited', () => {
  let journeys: Journeys
  let api: Awaited<ReturnType<typeof apiOver>>
  let now = start
  beforeEach(async () => {
    journeys = await openJourneys()
    api = await apiOver(journeys.db, () => new Date(now))
  })
  afterEach(async () => {
    await api.close()
    await journeys.close()
  })

  test('judges everybody by the weights they were drawn by, also those whom the edit has moved', async () => {
    const document = welcome({ onDecision: 'promote' })
    const [goal] = document.goals
    const { run } = await journeys.launch({ ...document, goals: [{ ...goal, journey: [{ kind: 'wait', for: '20d' }] }] }, start)
    const order = await happen(journeys, run, start, first)
    await journeys.play(run, start, start + hour)
    await journeys.db.run(sql`INSERT INTO campaign_version (campaign, version, document, program, published_at)
      SELECT campaign, 2, jsonb_set(document, '{experiment,variants}', '[{"key": "a", "weight": 1}, {"key": "b", "weight": 9}]'), program, published_at
      FROM campaign_version WHERE campaign = ${run.campaign}`)
    await journeys.db.run(sql`UPDATE run SET version = 2, move_to = 2 WHERE id = ${run.id}`)
    await journeys.receive(start + hour, ...signUps(start + hour, later))
    await journeys.play(run, start + hour, start + 2 * hour)
    await order()
    const moved = await journeys.db.rows(
      sql`SELECT version, entered_version AS entered, count(*) AS n FROM enrollment WHERE state = 'waiting' GROUP BY 1, 2 ORDER BY 3 DESC`,
    )
    expect(moved).toMatchObject([
      { version: 2, entered: 1 },
      { version: 2, entered: null },
    ])

    now = start + 4 * day
    const id = campaignIds.show(run.campaign)
    const read = async (query: string) => (await api.call('GET', `/v1/campaigns/${id}/results${query}`)).body
    const all = await read('')
    expect(all.decision).toMatchObject({ state: 'invalid', cause: 'experimentChanged' })
    expect(all.srm.ok).toBe(true)
    const old = await read('?version=1')
    expect(old).toMatchObject({
      population: { enrolled: first.length },
      srm: { ok: true },
      decision: { state: 'winner', arm: 'b' },
    })
    const fresh = await read('?version=2')
    expect(fresh).toMatchObject({ population: { enrolled: later.length }, srm: { ok: true }, decision: { state: 'keepRunning' } })
    expect((await api.call('GET', `/v1/campaigns/${id}/results?version=3`)).status).toBe(422)
    // The review looks at the experiment as it is now: those drawn for the earlier one decide nothing about it.
    const review = await journeys.activities.reviewExperiment({ campaign: run.campaign, at: now })
    expect(review).toEqual({ state: 'keepRunning', actions: [] })
  })
})

describe('the review workflow', () => {
  let engine: Engine
  beforeEach(async () => {
    engine = await openEngine()
  })
  afterEach(() => engine.close())

  test('looks at every running experiment, and leaves the others their review when one fails', async () => {
    const at = Date.now() - 5 * day
    const { run } = await engine.launch(welcome(), at)
    const broken = await engine.launch({ ...welcome(), name: 'Broken' }, at)
    const ids = first.slice(0, 700)
    const order = await happen(engine, run, at, ids)
    await engine.play(run, at, at + hour)
    await order()
    await engine.db.run(sql`UPDATE campaign_version SET document = document - 'goals' WHERE campaign = ${broken.run.campaign}`)
    await engine.work()
    const result = await engine.temporal.client.workflow.execute('review', {
      taskQueue: engine.temporal.taskQueue,
      workflowId: `review/${engine.temporal.taskQueue}`,
      args: [],
    })
    expect(result).toEqual({ reviewed: 1, failed: 1 })
    const row = await engine.db.row<{ promoted: string }>(sql`SELECT promoted FROM run WHERE id = ${run.id}`)
    expect(row?.promoted).toBe('b')
  })
})
