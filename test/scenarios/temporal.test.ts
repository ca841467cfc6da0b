import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunRow } from '../../prisma/queries/runs.ts'
import { insertSegment } from '../../prisma/queries/segments.ts'
import { type Engine, openEngine } from '../support/engine.ts'
import { outcomeOf, type Stage, scenarios, toolsFor } from './scenarios.ts'

/** What takes seconds may take minutes on a machine that others keep busy. */
const patienceMs = 240_000

let engine: Engine
let sweeping: Promise<void> | undefined
let over = false
const played = new Map<string, Promise<void>>()

beforeAll(async () => {
  engine = await openEngine()
  await engine.work()
  await engine.db.transaction(tx =>
    insertSegment(tx, { key: 'gold', name: 'Gold', rule: { attribute: 'level', is: 'gold' }, at: new Date(0) }),
  )
  // All at once, as campaigns are: each waits for what concerns it alone.
  for (const scenario of scenarios) {
    const at = stage()
    const playing = scenario.play(at, toolsFor(at, scenario.key)).finally(at.close)
    playing.catch(() => {})
    played.set(scenario.key, playing)
  }
  sweeping = sweepNowAndThen()
}, 120_000)
afterAll(async () => {
  over = true
  await sweeping
  await engine.close()
}, 120_000)

/** As the worker's schedule has it, oftener. */
async function sweepNowAndThen(): Promise<void> {
  while (!over) {
    await engine.temporal.client.workflow
      .execute('sweep', { taskQueue: engine.temporal.taskQueue, workflowId: `sweep-${crypto.randomUUID()}`, args: [] })
      .catch(() => {})
    await sleep(700)
  }
}

function stage(): Stage & { close(): Promise<void> } {
  let run: RunRow | undefined
  return {
    db: engine.db,
    now: () => Date.now(),
    receive: async (...calls) => {
      await engine.receive(Date.now(), ...calls)
      if (run) await engine.ring(run).catch(() => {})
    },
    launch: async (document, secondsAgo = 0) => {
      run = (await engine.launch(document, Date.now() - secondsAgo * 1_000)).run
      await engine.begin(run)
      return run
    },
    pass: seconds => sleep(seconds * 1_000),
    until: (what, ask) => engine.until(what, ask, patienceMs),
    // Before anything else can begin: a schedule goes on for ever.
    close: async () => {
      if (run) await engine.change(run, 'stop').catch(() => {})
    },
  }
}

describe('under a real Temporal server, in seconds', () => {
  test.each(scenarios.map(scenario => [scenario.key, scenario.tells, scenario] as const))(
    '%s: %s',
    { timeout: patienceMs + 60_000 },
    async (key, _, scenario) => {
      await played.get(key)
      const subject = (id: string) => engine.sent.find(message => message.messageId === id)?.subject
      expect(await outcomeOf(engine.db, key, subject)).toEqual(scenario.expect)
    },
  )
})
