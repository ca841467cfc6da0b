import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { raw, seldom, sql } from '../../domain/sql.ts'
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

test('what seldom changes is asked again once its table was written to, and not before', async () => {
  const one = await openOneConnection(db)
  await one.run(raw('CREATE TEMP TABLE held (id int)'))
  await one.run(raw('CREATE TEMP TABLE held_long_ago (id int)'))
  const asked = () =>
    one.row<{ n: number; asked: number }>(
      seldom('held', sql`SELECT count(*)::int AS n, nextval('asked')::int AS asked FROM held`),
    )
  await one.run(raw('CREATE TEMP SEQUENCE asked'))
  expect([await asked(), await asked()]).toEqual([
    { n: 0, asked: 1 },
    { n: 0, asked: 1 },
  ])
  await one.run(sql`INSERT INTO held_long_ago SELECT id FROM held`)
  await one.rows(sql`SELECT 1 FROM held FOR UPDATE`)
  expect(await asked()).toEqual({ n: 0, asked: 1 })
  await one.transaction(tx => tx.rows(sql`WITH put AS (INSERT INTO held VALUES (1), (2) RETURNING id) SELECT * FROM put`))
  expect(await asked()).toEqual({ n: 2, asked: 2 })
  await one.run(sql`UPDATE pg_temp.held SET id = ${3} WHERE id = 1`)
  expect(await asked()).toEqual({ n: 2, asked: 3 })
  await one.run(sql`DELETE FROM held WHERE id = ${3}`)
  expect(await asked()).toEqual({ n: 1, asked: 4 })
  await one.close()
})

test('no row is locked against others, of whom there are none', async () => {
  const one = await openOneConnection(db)
  await db.run(sql`INSERT INTO event_name (name) VALUES ('Held')`)
  await one.transaction(async tx => {
    for (const held of [
      sql`SELECT name FROM event_name n WHERE name = ${'Held'} FOR UPDATE OF n SKIP LOCKED`,
      sql`SELECT h.name FROM (SELECT name FROM event_name WHERE name = ${'Held'} LIMIT 1 FOR NO KEY UPDATE) h`,
      sql`SELECT name FROM event_name WHERE name = ${'Held'} FOR SHARE`,
    ])
      expect(await tx.rows(held)).toEqual([{ name: 'Held' }])
    expect(await db.rows(sql`SELECT name FROM event_name WHERE name = 'Held' FOR UPDATE NOWAIT`)).toEqual([{ name: 'Held' }])
  })
  await one.close()
})
