import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { beginErasure, besideErasures } from '../../prisma/queries/erase.ts'
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

test('an erasure waits for the claim that is under way, and the next claim sees the erasure', async () => {
  const at = new Date()
  const { id: customer } = (await db.row<{ id: number }>(
    sql`INSERT INTO customer (external_id, created_at, updated_at) VALUES ('x', ${at}, ${at}) RETURNING id`,
  ))!
  const told: string[] = []
  let erasing: Promise<unknown> = Promise.resolve()
  await db.transaction(async tx => {
    await besideErasures(tx)
    erasing = db
      .transaction(other => beginErasure(other, { id: randomUUID(), customer, actor: 'test', at, addresses: [] }))
      .then(() => told.push('erased'))
    const waits = sql`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory'`
    while ((await db.rows(waits)).length === 0) await new Promise(resolve => setTimeout(resolve, 10))
    told.push('claimed')
  })
  await erasing
  expect(told).toEqual(['claimed', 'erased'])
  expect(await db.rows(sql`SELECT 1 FROM customer`)).toEqual([])
})
