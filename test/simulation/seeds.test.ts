import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { insertSegment } from '../../prisma/queries/segments.ts'
import { type TestDatabase, testDatabase } from '../support/stack.ts'
import { violations } from './invariants.ts'
import { playWorld } from './world.ts'

// One seed again: SEED=123 npx vitest run test/simulation. Many: npm run simulate -- --seeds 10000 [--from 1].
const from = Number(process.env.SEED ?? process.env.FROM ?? 1)
const seeds = process.env.SEED ? 1 : Number(process.env.SEEDS ?? 200)

/** A world that takes longer has stopped getting anywhere, also where others take the processors (a world takes a third of a second). */
const patienceMs = 900_000
const within = <T>(ms: number, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still going after ${ms} ms`)), ms)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** Worlds played side by side, each lane in a database of its own: one waits for the server while another thinks. */
const lanes = Number(process.env.LANES ?? Math.min(4, seeds))
/** A lane begins anew after so many worlds, so that what earlier ones left does not slow the later ones. */
const worldsInOne = 100

interface Lane {
  db: Db
  close(): Promise<void>
}

async function openLane(): Promise<Lane> {
  const database: TestDatabase = await testDatabase()
  const db = openDatabase(database.url, 4)
  // The same statements come thousands of times: each is planned once in a connection.
  db.pool.on('connect', client => {
    const query = client.query.bind(client) as (config: unknown, ...more: unknown[]) => unknown
    const named = (config: unknown, ...more: unknown[]) =>
      query(isPlain(config) ? { ...config, name: nameOf(config.text) } : config, ...more)
    client.query = named as typeof client.query
  })
  await db.transaction(tx =>
    insertSegment(tx, { key: 'pros', name: 'Pros', rule: { attribute: 'plan', is: 'pro' }, at: new Date(0) }),
  )
  return {
    db,
    close: async () => {
      await db.close()
      await database.close()
    },
  }
}

const isPlain = (config: unknown): config is { text: string; values: unknown[] } =>
  !process.env.UNNAMED &&
  typeof config === 'object' &&
  config !== null &&
  'values' in config &&
  !('name' in config) &&
  !('submit' in config)
const nameOf = (text: string) => createHash('md5').update(text).digest('hex')

describe('whatever the journey, whatever happens, whatever breaks', () => {
  test(
    `what must never be is not, in ${seeds} worlds from seed ${from} on`,
    async () => {
      const failed: string[] = []
      const seen = { messages: 0, faults: 0, edited: 0 }
      let next = from
      const playLane = async () => {
        let lane = await openLane()
        try {
          for (let played = 1; next < from + seeds && failed.length < 5; played++) {
            const seed = next++
            const began = performance.now()
            try {
              // Numbers decide who is in which arm and when nine o'clock is whose: alone, a seed has those it had among others.
              await lane.db.run(
                sql`SELECT setval('campaign_id_seq', ${seed * 10}::int), setval('customer_id_seq', ${seed * 100}::int)`,
              )
              const world = await within(patienceMs, playWorld(lane.db, seed))
              const broken = await violations(lane.db, world)
              if (broken.length > 0) failed.push(`SEED=${seed}: ${broken.slice(0, 3).join('\n  ')}`)
              seen.messages += world.left.length
              seen.faults += world.faults
              seen.edited += world.edited ? 1 : 0
            } catch (error) {
              failed.push(`SEED=${seed}: ${error instanceof Error ? error.stack : String(error)}`)
            }
            if (process.env.PROGRESS) console.log(seed, Math.round(performance.now() - began), failed.at(-1) ?? '')
            if (played % worldsInOne === 0) {
              await lane.close()
              lane = await openLane()
            }
          }
        } finally {
          await lane.close()
        }
      }
      await Promise.all(Array.from({ length: lanes }, playLane))
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
