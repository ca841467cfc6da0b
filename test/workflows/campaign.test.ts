import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { workflowIds } from '../../domain/ids.ts'
import { sql } from '../../domain/sql.ts'
import { type Engine, openEngine } from '../support/engine.ts'
import { endsOf } from '../support/journey.ts'

const email = (subject: string) => ({ subject, html: '<p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a></p>' })
const campaign = (journey: unknown[], more: Record<string, unknown> = {}) => ({
  name: 'Test',
  trigger: { kind: 'now' },
  goals: [{ key: 'g', kind: 'winBack', success: { event: 'Order Completed', within: '30d' }, journey }],
  ...more,
})
const say = (subject: string) => ({ kind: 'message', channel: 'email', content: email(subject) })

let engine: Engine
beforeEach(async () => {
  engine = await openEngine({ waveSize: 10 })
  await engine.receive(
    Date.now() - 86_400_000,
    ...Array.from({ length: 45 }, (_, i) => ({ type: 'identify', userId: `c${i}`, traits: { email: `c${i}@mail.example` } })),
  )
})
afterEach(() => engine.close())

const subjects = (subject: string) => engine.sent.filter(message => message.subject === subject)

describe('a campaign run under Temporal', () => {
  test('forms waves of who stands at the same place, sends each once and completes', async () => {
    await engine.work()
    const { run } = await engine.launch(campaign([say('One'), { kind: 'wait', for: '1s' }, say('Two')]), Date.now())
    await engine.begin(run)
    await engine.until('the run is completed', async () => (await engine.statusOf(run)) === 'completed')
    expect(subjects('One')).toHaveLength(45)
    expect(new Set(subjects('Two').map(message => message.to)).size).toBe(45)
    expect(subjects('Two')).toHaveLength(45)
    expect(await endsOf(engine.db, run.id)).toEqual({ completed: 45 })
  })

  test('sends nothing more once a pause has answered, and goes on where it was after resume', async () => {
    await engine.work()
    const { run } = await engine.launch(campaign([say('One'), { kind: 'wait', for: '2s' }, say('Two')]), Date.now())
    await engine.begin(run)
    await engine.until('everybody got the first', async () => subjects('One').length === 45)
    await engine.change(run, 'pause')
    const sentAtPause = engine.sent.length
    await new Promise(resolve => setTimeout(resolve, 3_500))
    expect(engine.sent).toHaveLength(sentAtPause)
    expect(await engine.statusOf(run)).toBe('paused')
    await expect(engine.change(run, 'pause')).rejects.toMatchObject({ cause: { type: 'Conflict' } })
    await engine.change(run, 'resume')
    await engine.until('the run is completed', async () => (await engine.statusOf(run)) === 'completed')
    expect(subjects('Two')).toHaveLength(45)
  })

  test('ends everybody under way when it is stopped', async () => {
    await engine.work()
    const { run } = await engine.launch(campaign([say('One'), { kind: 'wait', for: '30d' }, say('Two')]), Date.now())
    await engine.begin(run)
    await engine.until('everybody waits', async () => (await endsOf(engine.db, run.id)).waiting === 45)
    await engine.change(run, 'stop')
    expect(await endsOf(engine.db, run.id)).toEqual({ stopped: 45 })
    expect(await engine.statusOf(run)).toBe('stopped')
    await expect(engine.change(run, 'resume')).rejects.toThrow()
  })

  test('stays stopped when a pause was asked for in the same instant, whichever of the two is written down last', async () => {
    // The pause is on its way to the row when the stop comes, and gets there after it.
    let letGo: () => void = () => {}
    const held = new Promise<void>(resolve => {
      letGo = resolve
    })
    let asked = false
    const { setRunStatus } = engine.activities
    engine.activities.setRunStatus = async request => {
      if (request.status === 'paused') {
        asked = true
        await held
      }
      await setRunStatus(request)
    }
    await engine.work()
    const { run } = await engine.launch(campaign([say('One'), { kind: 'wait', for: '30d' }]), Date.now())
    await engine.begin(run)
    await engine.until('everybody waits', async () => (await endsOf(engine.db, run.id)).waiting === 45)
    const pausing = engine.change(run, 'pause').then(
      () => 'paused',
      (error: { cause?: { type?: string } }) => error.cause?.type,
    )
    await engine.until('the pause is on its way', async () => asked)
    await engine.change(run, 'stop')
    letGo()
    expect(await pausing).toBe('Conflict')
    expect(await endsOf(engine.db, run.id)).toEqual({ stopped: 45 })
    expect(await engine.statusOf(run)).toBe('stopped')
    const workflow = engine.temporal.client.workflow.getHandle(workflowIds.campaign(run.campaign, run.id))
    await engine.until('its workflow has ended', async () => (await workflow.describe()).status.name === 'COMPLETED')
  })

  test('is completed though a pause was asked for as the last one left', async () => {
    // The pause gets to the row when the dispatcher has seen that nobody is left: while its wave is coming home, or once more after.
    const { setRunStatus, claim } = engine.activities
    let seen = 0
    engine.activities.claim = async request => {
      const found = await claim(request)
      if (!found.open) seen++
      return found
    }
    engine.activities.setRunStatus = async request => {
      if (request.status === 'paused') {
        await engine.until('nobody is left', async () => seen > 0, 60_000)
        await engine.until('it is seen again', async () => seen > 1, 15_000).catch(() => {})
      }
      await setRunStatus(request)
    }
    await engine.work()
    const one = { audience: { attribute: 'externalId', is: 'c0' } }
    const { run } = await engine.launch(campaign([say('One')], one), Date.now())
    await engine.begin(run)
    await engine.change(run, 'pause').catch(() => {})
    await engine.until('the run is completed', async () => (await engine.statusOf(run)) === 'completed')
  })

  test('moves a customer on when the event they are awaited for arrives, and nobody else', async () => {
    await engine.work()
    const { run } = await engine.launch(
      campaign([{ kind: 'await', on: { event: 'Visited' }, within: '1h', do: [say('Glad')], else: [say('Sorry')] }]),
      Date.now(),
    )
    await engine.begin(run)
    await engine.until('everybody waits', async () => (await endsOf(engine.db, run.id)).waiting === 45)
    await engine.receive(Date.now(), { type: 'track', userId: 'c7', event: 'Visited' })
    await engine.ring(run)
    await engine.until('the message left', async () => subjects('Glad').length === 1)
    expect(subjects('Glad')[0]?.to).toBe('c7@mail.example')
    await engine.until('they were through', async () => (await endsOf(engine.db, run.id)).completed === 1)
    expect(await endsOf(engine.db, run.id)).toEqual({ waiting: 44, completed: 1 })
  })

  test('keeps one open workflow however many wait', async () => {
    await engine.work()
    const { run } = await engine.launch(campaign([{ kind: 'wait', for: '30d' }]), Date.now())
    await engine.begin(run)
    await engine.until('everybody waits', async () => (await endsOf(engine.db, run.id)).waiting === 45)
    await engine.until('the waves are home', async () => {
      let open = 0
      for await (const _ of engine.temporal.client.workflow.list({
        query: `TaskQueue = '${engine.temporal.taskQueue}' AND ExecutionStatus = 'Running'`,
      }))
        open++
      return open === 1
    })
  })
})

describe('a worker that dies between claim and acceptance', () => {
  test('leads to no second send and no silent loss: what nobody knows is uncertain, and listed', async () => {
    // The claim is committed, then the provider never answers, as after kill -9: the next attempt finds "sending".
    const { run } = await engine.launch(campaign([say('One')]), Date.now())
    await engine.activities.enrollSnapshot({ campaign: run.campaign, run: run.id, at: Date.now() })
    const { waves } = await engine.activities.claim({
      campaign: run.campaign,
      run: run.id,
      firstWave: 1,
      atMost: 1,
      at: Date.now(),
    })
    const wave = waves[0]!
    await engine.activities.perform({ campaign: run.campaign, run: run.id, wave, place: wave.place, at: Date.now() })
    const before = engine.sent.length
    // Undo what the first attempt stored after the provider's answer: the worker died before it.
    await engine.db.run(sql`UPDATE message SET status = 'sending', accepted_at = NULL`)
    await engine.db.run(
      sql`UPDATE enrollment SET state = 'moving', wave = 1, place = ${wave.place}, due = NULL, ended_at = NULL, reason = NULL WHERE ended_at IS NOT NULL`,
    )
    await engine.activities.perform({ campaign: run.campaign, run: run.id, wave, place: wave.place, at: Date.now() })
    expect(engine.sent).toHaveLength(before)
    expect(await engine.db.rows(sql`SELECT status, count(*)::int AS n FROM message GROUP BY 1`)).toEqual([
      { status: 'uncertain', n: 10 },
    ])
    expect(await endsOf(engine.db, run.id)).toEqual({ waiting: 45 })
  })
})
