import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { workflowIds } from '../../domain/ids.ts'
import { sql } from '../../domain/sql.ts'
import { beginErasure, findErasure } from '../../prisma/queries/erase.ts'
import { type Engine, openEngine } from '../support/engine.ts'
import { endsOf } from '../support/journey.ts'

const email = {
  subject: 'Hi {{ customer.firstName }}',
  html: '<p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a></p>',
}
const campaign = {
  name: 'Told twice',
  trigger: { kind: 'now' },
  goals: [
    {
      key: 'g',
      kind: 'winBack',
      journey: [
        { kind: 'message', channel: 'email', content: email },
        { kind: 'wait', for: '8s' },
        { kind: 'message', channel: 'email', content: email },
      ],
    },
  ],
}

let engine: Engine
beforeEach(async () => {
  engine = await openEngine({ waveSize: 10 })
  await engine.receive(
    Date.now() - 86_400_000,
    ...Array.from({ length: 30 }, (_, i) => ({
      type: 'identify',
      userId: `c${i}`,
      traits: { email: `c${i}@mail.example`, firstName: `Name${i}xx` },
    })),
  )
})
afterEach(() => engine.close())

/** Asks for an erasure as the API does; answers the receipt. */
async function erase(externalId: string): Promise<string> {
  const id = randomUUID()
  const { id: customer } = (await engine.db.row<{ id: number }>(sql`SELECT id FROM customer WHERE external_id = ${externalId}`))!
  await engine.db.transaction(tx => beginErasure(tx, { id, customer, actor: 'test', at: new Date(), addresses: [] }))
  await engine.temporal.client.workflow.start('eraseCustomer', {
    taskQueue: engine.temporal.taskQueue,
    workflowId: workflowIds.erasure(id),
    args: [{ erasure: id }],
  })
  return id
}
const done = (receipt: string) =>
  engine.until('the erasure is done', async () => (await findErasure(engine.db, receipt))?.status === 'completed', 60_000)

describe('an erasure while a campaign runs', () => {
  test('ends the stay, sends nothing more, leaves nothing of the person, and the run adds up to the last customer', async () => {
    await engine.work()
    const { run } = await engine.launch(campaign, Date.now())
    await engine.begin(run)
    await engine.until(
      'everybody got the first and waits',
      async () => engine.sent.length === 30 && (await endsOf(engine.db, run.id)).waiting === 30,
    )
    const receipt = await erase('c7')
    await done(receipt)
    await engine.until('the run is completed', async () => (await engine.statusOf(run)) === 'completed', 60_000)
    expect(await endsOf(engine.db, run.id)).toEqual({ completed: 29, erased: 1 })
    expect(engine.sent.filter(message => message.to === 'c7@mail.example')).toHaveLength(1)
    expect(engine.sent).toHaveLength(59)
    const tables = await engine.db.rows<{ name: string }>(
      sql`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
    )
    for (const { name } of tables) {
      const held = sql`SELECT t::text AS row FROM ${{ pieces: [`"${name}"`], values: [] }} t WHERE t::text ~ 'c7@mail|Name7xx|\\yc7\\y'`
      expect([name, await engine.db.rows(held)]).toEqual([name, []])
    }
    // Of every workflow there was: the run's, its waves', the erasure's; what travels in them is bytes.
    const read: string[] = []
    const { workflow } = engine.temporal.client
    for await (const { workflowId, runId } of workflow.list({ query: `TaskQueue = '${engine.temporal.taskQueue}'` })) {
      const words = JSON.stringify(
        await workflow.getHandle(workflowId, runId).fetchHistory(),
        function (this: Record<string, unknown>, key, value) {
          const whole = this[key]
          return whole instanceof Uint8Array ? Buffer.from(whole).toString('utf8') : value
        },
      )
      read.push(workflowId)
      expect(words).not.toMatch(/c\d+@mail|Name\d+xx|\bc7\b/)
      if (workflowId === workflowIds.erasure(receipt)) expect(words).toContain(receipt)
    }
    expect(read).toContain(workflowIds.erasure(receipt))
    expect(read).toContain(workflowIds.campaign(run.campaign, run.id))
  })

  test('in the midst of the sending: who is erased before the claim gets nothing, and whose claim was first is settled first', async () => {
    const { run } = await engine.launch(campaign, Date.now())
    await engine.work()
    await engine.begin(run)
    const receipts: string[] = []
    for (let i = 0; i < 30; i += 3) receipts.push(await erase(`c${i}`))
    const claimedBefore = new Set(
      (await engine.db.rows<{ id: string }>(sql`SELECT id FROM message WHERE run = ${run.id} AND status <> 'skipped'`)).map(
        row => row.id,
      ),
    )
    for (const receipt of receipts) await done(receipt)
    await engine.until('the run is completed', async () => (await engine.statusOf(run)) === 'completed', 60_000)
    const ends = await endsOf(engine.db, run.id)
    const [{ enrolled }] = (await engine.db.rows<{ enrolled: number }>(
      sql`SELECT count(*)::int AS enrolled FROM enrollment WHERE run = ${run.id}`,
    )) as [{ enrolled: number }]
    expect((ends.completed ?? 0) + (ends.erased ?? 0)).toBe(enrolled)
    expect(ends.completed).toBe(20)
    const toErased = engine.sent.filter(message => Number(/^c(\d+)@/.exec(message.to)![1]) % 3 === 0)
    for (const message of toErased) expect(claimedBefore).toContain(message.messageId)
    expect(
      await engine.db.rows(sql`SELECT 1 FROM message WHERE run = ${run.id} AND status IN ('sending', 'uncertain', 'queued')`),
    ).toEqual([])
  })
})
