import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPace } from '../../channels/pace.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { sharedHold } from '../../worker/shared-hold.ts'
import { type TestDatabase, testDatabase } from '../support/stack.ts'

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase(database.url, 4)
})
afterAll(async () => {
  await db.close()
  await database.close()
})

test('a provider that asked one worker to stay away is left alone by all, and other providers are not', async () => {
  const worker = (provider: string) => createPace({ atOnce: 4, patienceMs: 0, holds: sharedHold(db, provider) })
  const [one, another, elsewhere] = [worker('sendgrid'), worker('sendgrid'), worker('twilio')]
  one.slower(60_000)
  one.hold(1_000)
  while ((await sharedHold(db, 'sendgrid').until()) === 0) await new Promise(resolve => setTimeout(resolve, 10))
  expect(await another.holdMs()).toBeGreaterThan(30_000)
  expect(await elsewhere.holdMs()).toBe(0)
})

test('while the database is away each worker knows its own holds', async () => {
  const closed = openDatabase(database.url, 1)
  await closed.close()
  const pace = createPace({ atOnce: 4, patienceMs: 0, holds: sharedHold(closed, 'sendgrid') })
  expect(await pace.holdMs()).toBe(0)
  pace.hold(60_000)
  expect(await pace.holdMs()).toBeGreaterThan(30_000)
})
