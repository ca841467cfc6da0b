import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { openOneConnection } from '../../prisma/one-connection.ts'
import { type TestDatabase, testDatabase } from '../support/stack.ts'

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase(database.url)
}, 120_000)
afterAll(async () => {
  await db.close()
  await database.close()
})

test('a connection is asked one statement after the other, whoever asks at once', async () => {
  const warned = vi.fn()
  process.on('warning', warned)
  for (const planOnce of [false, true]) {
    const one = await openOneConnection(db, { planOnce })
    const number = async (i: number) => (await one.row<{ i: number }>(sql`SELECT ${i}::int AS i, pg_sleep(0.001)`))?.i
    const answers = await Promise.all([
      one.transaction(tx => Promise.all([1, 2, 3].map(i => tx.row<{ i: number }>(sql`SELECT ${i}::int AS i`)))),
      ...Array.from({ length: 20 }, (_, i) => number(i)),
      one.transaction(tx => tx.rows(sql`SELECT 4 AS i`)),
    ])
    expect(answers).toEqual([[{ i: 1 }, { i: 2 }, { i: 3 }], ...Array.from({ length: 20 }, (_, i) => i), [{ i: 4 }]])
    await one.close()
  }
  await new Promise(resolve => setImmediate(resolve))
  process.off('warning', warned)
  expect(warned).not.toHaveBeenCalled()
})
