import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { Worker } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { workflowIds } from '../../domain/ids.ts'
import { beginningOf } from '../../domain/import/beginning.ts'
import { sql } from '../../domain/sql.ts'
import { beginErasure } from '../../prisma/queries/erase.ts'
import { beginImport, keepPart, openImport } from '../../prisma/queries/imports.ts'
import { type Engine, openEngine, workflowBundle } from '../support/engine.ts'
import { endsOf } from '../support/journey.ts'

const folder = join(import.meta.dirname, 'histories')
/** RECORD=name adds today's histories under that name; what was recorded before stays, for it may still be running somewhere. */
const record = process.env.RECORD

const say = (subject: string) => ({
  kind: 'message',
  channel: 'email',
  content: { subject, html: '<p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a></p>' },
})
const campaign = (trigger: object, journey: unknown[]) => ({
  name: 'Replayed',
  trigger,
  goals: [{ key: 'g', kind: 'winBack', success: { event: 'Order Completed', within: '30d' }, journey }],
})
const people = (engine: Engine, n: number) =>
  engine.receive(
    Date.now() - 86_400_000,
    ...Array.from({ length: n }, (_, i) => ({ type: 'identify', userId: `c${i}`, traits: { email: `c${i}@mail.example` } })),
  )

describe.runIf(record)('recording', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await openEngine({ waveSize: 10 })
    await engine.work()
    await people(engine, 25)
  })
  afterAll(() => engine.close())

  const save = async (name: string, workflowId: string) => {
    const history = await engine.temporal.client.workflow.getHandle(workflowId).fetchHistory()
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${record}-${name}.json`), historyToJSON(history))
  }

  test('a campaign that pauses, awaits, hears and completes, and its waves', { timeout: 120_000 }, async () => {
    const { run } = await engine.launch(
      campaign({ kind: 'now' }, [
        say('One'),
        { kind: 'await', on: { event: 'Visited' }, within: '5s', do: [say('Glad')], else: [say('Sorry')] },
      ]),
      Date.now(),
    )
    await engine.begin(run)
    await engine.until('everybody awaits', async () => (await endsOf(engine.db, run.id)).waiting === 25)
    await engine.change(run, 'pause')
    await engine.change(run, 'resume')
    await engine.receive(Date.now(), { type: 'track', userId: 'c7', event: 'Visited' })
    await engine.ring(run)
    await engine.until('it is completed', async () => (await engine.statusOf(run)) === 'completed', 60_000)
    await save('campaign', workflowIds.campaign(run.campaign, run.id))
    await save('wave', workflowIds.wave(run.campaign, run.id, 1))
  })

  test('a campaign that is stopped while it waits', { timeout: 120_000 }, async () => {
    const { run } = await engine.launch(campaign({ kind: 'now' }, [say('One'), { kind: 'wait', for: '30d' }]), Date.now())
    await engine.begin(run)
    await engine.until('everybody waits', async () => (await endsOf(engine.db, run.id)).waiting === 25)
    await engine.change(run, 'stop')
    await engine.until('it is stopped', async () => (await engine.statusOf(run)) === 'stopped')
    await save('campaign-stopped', workflowIds.campaign(run.campaign, run.id))
  })

  test('a sweep', { timeout: 60_000 }, async () => {
    const workflowId = `sweep-${crypto.randomUUID()}`
    await engine.temporal.client.workflow.execute('sweep', { taskQueue: engine.temporal.taskQueue, workflowId, args: [] })
    await save('sweep', workflowId)
  })

  test('an import', { timeout: 60_000 }, async () => {
    const plan = { kind: 'customers' as const, mapping: {}, constant: {} }
    const file = Buffer.from('externalId,plan\none,pro\ntwo,free\n')
    const begun = beginningOf(file, plan, undefined, true)
    if ('faults' in begun) throw new Error('the header was refused')
    const id = await beginImport(engine.db, { ...plan, ...begun, actor: 'test', at: new Date() })
    await keepPart(engine.db, id, 0, file)
    await openImport(engine.db, id, file.length)
    const workflowId = `import-${crypto.randomUUID()}`
    await engine.temporal.client.workflow.execute('importFile', {
      taskQueue: engine.temporal.taskQueue,
      workflowId,
      args: [{ import: id }],
    })
    await save('import', workflowId)
  })

  test('an erasure', { timeout: 60_000 }, async () => {
    const erasure = crypto.randomUUID()
    const whom = (await engine.db.row<{ id: number }>(sql`SELECT id FROM customer WHERE external_id = 'c3'`))!
    await engine.db.transaction(tx =>
      beginErasure(tx, { id: erasure, customer: whom.id, actor: 'test', at: new Date(), addresses: [] }),
    )
    const workflowId = `erasure-${erasure}`
    await engine.temporal.client.workflow.execute('eraseCustomer', {
      taskQueue: engine.temporal.taskQueue,
      workflowId,
      args: [{ erasure }],
    })
    await save('erasure', workflowId)
  })

  test.each(['news', 'rawRetention', 'reconcile', 'revalue', 'review', 'scores', 'segmentHistory'])(
    'what comes round by itself: %s',
    {
      timeout: 120_000,
    },
    async name => {
      if (name === 'review')
        await engine.launch(
          { ...campaign({ kind: 'now' }, [say('One')]), experiment: { holdout: 0.2, minimumDays: 0 } },
          Date.now() - 3_600_000,
        )
      const workflowId = `${name}-${crypto.randomUUID()}`
      await engine.temporal.client.workflow.execute(name, { taskQueue: engine.temporal.taskQueue, workflowId, args: [] })
      await save(name, workflowId)
    },
  )
})

/** Which workflow a saved history is of. */
const workflowOf = (history: {
  events: { workflowExecutionStartedEventAttributes?: { workflowType: { name: string } } }[]
}): string | undefined => history.events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name

const saved = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.json')) : []

describe.skipIf(record)('workflows of today', () => {
  test('have each a history to be held against', () => {
    const index = readFileSync(join(import.meta.dirname, '../../workflows/index.ts'), 'utf8')
    const registered = [...index.matchAll(/export \{ ([^}]+) \}/g)].flatMap(([, names]) => names?.split(', ') ?? [])
    const held = new Set(saved.map(name => workflowOf(JSON.parse(readFileSync(join(folder, name), 'utf8')))))
    expect(registered.length).toBeGreaterThan(0)
    expect(registered.filter(name => !held.has(name))).toEqual([])
  })

  test.each(saved)('go on with %s, written by an earlier version', { timeout: 240_000 }, async name => {
    const history = historyFromJSON(JSON.parse(readFileSync(join(folder, name), 'utf8')))
    await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history)
  })
})
