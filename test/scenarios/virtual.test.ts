import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Happening } from '../../activities/virtual-clock.ts'
import type { RunRow } from '../../prisma/queries/runs.ts'
import { insertSegment } from '../../prisma/queries/segments.ts'
import { type Journeys, openJourneys } from '../support/journey.ts'
import { outcomeOf, type Stage, scenarios, toolsFor } from './scenarios.ts'

/** A long time for a scenario of seconds. */
const patience = 200

let journeys: Journeys
let clock = Date.UTC(2026, 2, 2, 10, 0, 20)
beforeAll(async () => {
  journeys = await openJourneys()
  await journeys.db.transaction(tx =>
    insertSegment(tx, { key: 'gold', name: 'Gold', rule: { attribute: 'level', is: 'gold' }, at: new Date(0) }),
  )
})
afterAll(() => journeys.close())

function stage(): Stage {
  let run: RunRow | undefined
  const pass = async (seconds: number) => {
    const from = clock
    const until = from + seconds * 1_000
    const sweeps: Happening[] = []
    for (let at = from + 1_000; at <= until; at += 1_000)
      sweeps.push({ at, happen: async () => void (await journeys.activities.sweepRuns({ at })) })
    if (run) await journeys.play(run, from, until, sweeps)
    clock = until
  }
  return {
    db: journeys.db,
    now: () => clock,
    receive: (...calls) => journeys.receive(clock, ...calls),
    launch: async (document, secondsAgo = 0) => {
      run = (await journeys.launch(document, clock - secondsAgo * 1_000)).run
      return run
    },
    pass,
    until: async (what, ask) => {
      for (let waited = 0; !(await ask()); waited++) {
        if (waited > patience) throw new Error(`waited in vain until ${what}`)
        await pass(1)
      }
    },
  }
}

describe('on a clock that jumps', () => {
  test.each(scenarios.map(scenario => [scenario.key, scenario.tells, scenario] as const))('%s: %s', async (key, _, scenario) => {
    const at = stage()
    await scenario.play(at, toolsFor(at, key))
    const subject = (id: string) => journeys.sent.find(message => message.messageId === id)?.subject
    expect(await outcomeOf(journeys.db, key, subject)).toEqual(scenario.expect)
  })
})
