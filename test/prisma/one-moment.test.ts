import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { atOneMoment } from '../../prisma/queries/one-moment.ts'
import { type TestDatabase, testDatabase } from '../support/stack.ts'

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase(database.url, 6)
})
afterAll(async () => {
  await db.close()
  await database.close()
})

const count = sql`SELECT (SELECT count(*)::int FROM event_name) AS n, pg_backend_pid() AS session, pg_sleep(0.2)::text`
const add = (name: string) => db.run(sql`INSERT INTO event_name (name) VALUES (${name})`)

describe('questions about one moment', () => {
  test('asked at once are answered by several sessions, all of which see what the first saw', async () => {
    await add('one')
    await atOneMoment(db, async tx => {
      const before = await tx.row<{ n: number }>(count)
      await add('two')
      const answers = await Promise.all([1, 2, 3, 4].map(() => tx.row<{ n: number; session: number }>(count)))
      expect(answers.map(answer => answer?.n)).toEqual([before?.n, before?.n, before?.n, before?.n])
      expect(new Set(answers.map(answer => answer?.session)).size).toBeGreaterThan(1)
    })
  })

  test('by more askers than there are sessions are all answered', async () => {
    const asked = Array.from({ length: 12 }, () =>
      atOneMoment(db, tx => Promise.all([1, 2, 3].map(() => tx.row<{ n: number }>(count)))),
    )
    expect((await Promise.all(asked)).flat().every(answer => answer !== undefined)).toBe(true)
  })

  test('of which one fails fail with it, and leave no session behind', async () => {
    const asked = atOneMoment(db, tx => Promise.all([tx.row(count), tx.row(sql`SELECT 1 / 0`), tx.row(count)]))
    await expect(asked).rejects.toThrow('division by zero')
    expect(db.pool.idleCount).toBe(db.pool.totalCount)
    await expect(atOneMoment(db, tx => tx.run(sql`INSERT INTO event_name (name) VALUES ('three')`))).rejects.toThrow('read-only')
  })
})
