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
  while ((await sharedHold(db, 'sendgrid').known()).until === 0) await new Promise(resolve => setTimeout(resolve, 10))
  expect(await another.holdMs()).toBeGreaterThan(30_000)
  expect(await elsewhere.holdMs()).toBe(0)
})

test('a provider that failed for one worker is left alone longer by the next it fails for, until one of them hears well of it', async () => {
  const at = { one: 0, two: 0 }
  const worker = (who: 'one' | 'two') =>
    createPace({ atOnce: 4, patienceMs: 0, now: () => at[who], holds: sharedHold(db, 'mail') })
  const [one, two] = [worker('one'), worker('two')]
  const known = async (strikes: number) => {
    while ((await sharedHold(db, 'mail').known()).strikes !== strikes) await new Promise(resolve => setTimeout(resolve, 10))
  }
  expect(one.slower(undefined)).toBe(1_000)
  await known(1)
  at.two = 1_000
  await two.holdMs()
  expect(two.slower(undefined)).toBe(2_000)
  await known(2)
  at.two = 3_000
  two.faster()
  await known(0)
})

test('while the database is away each worker knows its own holds', async () => {
  const closed = openDatabase(database.url, 1)
  await closed.close()
  const pace = createPace({ atOnce: 4, patienceMs: 0, holds: sharedHold(closed, 'sendgrid') })
  expect(await pace.holdMs()).toBe(0)
  pace.hold(60_000)
  expect(await pace.holdMs()).toBeGreaterThan(30_000)
})
