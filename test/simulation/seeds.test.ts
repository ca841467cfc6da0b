import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { insertSegment } from '../../prisma/queries/segments.ts'
import { type TestDatabase, testDatabase } from '../support/stack.ts'
import { violations } from './invariants.ts'
import { playWorld } from './world.ts'

// One seed again: SEED=123 npx vitest run test/simulation. Many: npm run simulate -- --seeds 10000 [--from 1].
const from = Number(process.env.SEED ?? process.env.FROM ?? 1)
const seeds = process.env.SEED ? 1 : Number(process.env.SEEDS ?? 200)

/** A world that takes longer has stopped getting anywhere. */
const patienceMs = 120_000
const within = <T>(ms: number, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still going after ${ms} ms`)), ms)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase(database.url, 4)
  await db.transaction(tx =>
    insertSegment(tx, { key: 'pros', name: 'Pros', rule: { attribute: 'plan', is: 'pro' }, at: new Date(0) }),
  )
})
afterAll(async () => {
  await db.close()
  await database.close()
})

describe('whatever the journey, whatever happens, whatever breaks', () => {
  test(
    `what must never be is not, in ${seeds} worlds from seed ${from} on`,
    async () => {
      const failed: string[] = []
      const seen = { messages: 0, faults: 0, edited: 0 }
      for (let seed = from; seed < from + seeds && failed.length < 5; seed++) {
        const began = performance.now()
        try {
          const world = await within(patienceMs, playWorld(db, seed))
          const broken = await violations(db, world)
          if (broken.length > 0) failed.push(`SEED=${seed}: ${broken.slice(0, 3).join('\n  ')}`)
          seen.messages += world.left.length
          seen.faults += world.faults
          seen.edited += world.edited ? 1 : 0
        } catch (error) {
          failed.push(`SEED=${seed}: ${error instanceof Error ? error.stack : String(error)}`)
        }
        if (process.env.PROGRESS) console.log(seed, Math.round(performance.now() - began), failed.at(-1) ?? '')
      }
      expect(failed.join('\n')).toBe('')
      // Worlds in which nothing happens prove nothing.
      if (seeds >= 100) {
        expect(seen.messages).toBeGreaterThan(seeds)
        expect(seen.faults).toBeGreaterThan(seeds / 10)
        expect(seen.edited).toBeGreaterThan(seeds / 10)
      }
    },
    Math.max(600_000, seeds * 10_000),
  )
})
