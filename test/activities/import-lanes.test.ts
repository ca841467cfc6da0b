import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createImports } from '../../activities/imports.ts'
import { beginningOf } from '../../domain/import/beginning.ts'
import { defaultSettings } from '../../domain/settings.ts'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { beginImport, findImport, keepPart, openImport, partBytes, rejectionsOf } from '../../prisma/queries/imports.ts'
import { type TestDatabase, testDatabase } from '../support/stack.ts'

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase(database.url, 10)
})
afterAll(async () => {
  await db.close()
  await database.close()
})
beforeEach(() =>
  db.run(
    sql`TRUNCATE customer, event, event_stat, last_seen, call_seen, import, import_part, import_rejection, customer_alias CASCADE`,
  ),
)

const at = new Date('2026-05-01T12:00:00Z')

async function keep(text: string): Promise<number> {
  const bytes = Buffer.from(text)
  const plan = { kind: 'events', mapping: {}, constant: {} } as const
  const beginning = beginningOf(bytes, plan, undefined, true)
  if ('faults' in beginning) throw new Error(JSON.stringify(beginning.faults))
  const id = await beginImport(db, { ...plan, ...beginning, actor: 'test', at })
  for (let number = 0; number * partBytes < bytes.length; number++)
    await keepPart(db, id, number, bytes.subarray(number * partBytes, (number + 1) * partBytes))
  await openImport(db, id, bytes.length)
  return id
}

/** A database whose transactions fail, some before and some after what they did is kept, as their worker's connection would. */
function failing(over: Db, fails: () => 'before' | 'after' | undefined): Db {
  return {
    ...over,
    transaction: async work => {
      const fault = fails()
      const result = await over.transaction(async tx => {
        const result = await work(tx)
        if (fault === 'before') throw new Error('the connection broke before it was kept')
        return result
      })
      if (fault === 'after') throw new Error('the connection broke after it was kept')
      return result
    },
  }
}

const reader = (over: Db) =>
  createImports({ db: over, settings: async () => defaultSettings(), links: { secretKey: 'a secret of this test, long enough' } })

/** Reads to the end as Temporal does: tried again when it fails. Answers how often the lanes were apart then. */
async function read(id: number, over: Db): Promise<number> {
  let apart = 0
  for (let attempt = 0; attempt < 500; attempt++) {
    try {
      if ((await reader(over).importSome({ import: id, at: at.getTime() })).state === 'done') return apart
    } catch (error) {
      if (!/the connection broke/.test(String(error))) throw error
      const { lanes } = (await findImport(db, id))!.position
      if (lanes && lanes[0].offset !== lanes[1].offset) apart++
    }
  }
  throw new Error('it never ended')
}

const stored = () =>
  db.row<{ events: number; sum: number; counted: number }>(sql`SELECT (SELECT count(*)::int FROM event) AS events,
    (SELECT sum((properties ->> 'nr')::int)::int FROM event) AS sum, (SELECT sum(count)::int FROM event_stat) AS counted`)

/** Fails at random, but not for ever. */
function atRandom(seed: number) {
  const random = fc.sample(fc.integer({ min: 0, max: 9 }), { seed, numRuns: 400 })
  let n = 0
  return () => (['before', 'after'] as const)[random[n++] ?? 9]
}

describe('a file of many lines, stored in two lanes that fail again and again', () => {
  // Who comes first is chance: in one of them, at least, one lane was further than the other when it broke.
  let everApart = 0
  test.each([1, 2, 3, 4])(
    'comes in whole and once, its broken lines counted once (seed %i)',
    async seed => {
      const lines = Array.from({ length: 12_000 }, (_, i) => {
        if (i % 500 === 499) return `c${i % 700},Login,2026-04-01,"${i}`
        if (i === 7_000) return `c1,Login,2026-04-01,${'x'.repeat(400_000)}`
        return `c${i % 700},Login,2026-04-01,${i % 9 === 0 ? 77_777 : i}`
      })
      const good = lines.filter(line => !line.includes('"') && line.length < 1_000).map(line => Number(line.split(',')[3]))
      const id = await keep(`externalId,event,timestamp,nr\n${lines.join('\n')}\n`)
      everApart += await read(id, failing(db, atRandom(seed)))
      if (seed === 4) expect(everApart).toBeGreaterThan(0)
      expect(await findImport(db, id)).toMatchObject({
        status: 'completed',
        total: 12_000,
        accepted: good.length,
        duplicates: 0,
        rejected: 25,
      })
      expect((await rejectionsOf(db, id)).map(each => each.line)).toHaveLength(25)
      expect(await stored()).toEqual({ events: good.length, sum: good.reduce((a, b) => a + b, 0), counted: good.length })
      const again = await keep(`externalId,event,timestamp,nr\n${lines.join('\n')}\n`)
      await read(again, failing(db, atRandom(seed + 10)))
      expect(await findImport(db, again)).toMatchObject({
        status: 'completed',
        accepted: good.length,
        duplicates: good.length,
        rejected: 25,
      })
      expect(await stored()).toMatchObject({ events: good.length })
      expect(await db.row(sql`SELECT count(*)::int AS n FROM import_part`)).toEqual({ n: 0 })
    },
    300_000,
  )
})

test('a call that makes two customers one is stored between what stands before and behind it in the file, whichever lanes those are in', async () => {
  const calls: object[] = []
  const say = (who: string, nr: number) =>
    calls.push({ type: 'track', userId: who, event: 'Login', timestamp: '2026-04-01T00:00:00Z', properties: { nr } })
  for (let i = 0; i < 4_000; i++) {
    say(`old${i % 50}`, i)
    if (i === 2_000) for (let k = 0; k < 50; k++) calls.push({ type: 'alias', userId: `new${k}`, previousId: `old${k}` })
    say(`new${i % 50}`, i)
  }
  const id = await keep(calls.map(call => JSON.stringify(call)).join('\n'))
  await read(id, failing(db, atRandom(4)))
  expect(await findImport(db, id)).toMatchObject({ accepted: 8_050, rejected: 0, duplicates: 0 })
  expect(await stored()).toMatchObject({ events: 8_000, counted: 8_000 })
  expect(
    await db.rows(sql`SELECT external_id AS who, (SELECT sum(count)::int FROM event_stat s WHERE s.customer = c.id) AS n FROM customer c
    WHERE external_id IN ('new0', 'new49', 'old0') ORDER BY 1`),
  ).toEqual([
    { who: 'new0', n: 160 },
    { who: 'new49', n: 160 },
  ])
})

test('of two readers of one file, one goes on and the other stores nothing', async () => {
  const file = `externalId,event,timestamp,nr\n${Array.from({ length: 8_000 }, (_, i) => `c${i % 300},Login,2026-04-01,${i}`).join('\n')}`
  const id = await keep(file)
  for (let done = false; !done; ) {
    const states = await Promise.all([1, 2].map(() => reader(db).importSome({ import: id, at: at.getTime() })))
    done = states.some(each => each.state === 'done')
  }
  expect(await findImport(db, id)).toMatchObject({ status: 'completed', total: 8_000, accepted: 8_000, duplicates: 0 })
  expect(await stored()).toMatchObject({ events: 8_000, counted: 8_000, sum: (8_000 * 7_999) / 2 })
})
