import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Call, callSchema, readCall } from '../../domain/customer/call.ts'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { ingest } from '../../prisma/queries/ingest.ts'
import { knownCustomers } from '../../prisma/queries/known-customers.ts'
import { besideMerges } from '../../prisma/queries/merge.ts'
import { testDatabase } from '../support/stack.ts'

const at = new Date('2026-03-01T12:00:00Z')
let database: Awaited<ReturnType<typeof testDatabase>>
let db: Db
let other: Db
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => database?.close())
// Each test has a process's memory of its own.
beforeEach(async () => {
  await database.pool.query('TRUNCATE customer, customer_alias, customer_gone, event, event_stat, last_seen, call_seen')
  db = openDatabase(database.url, 4)
  other = openDatabase(database.url, 4)
  return async () => {
    await db.close()
    await other.close()
  }
})

const calls = (...raws: object[]) => raws.map(raw => readCall(callSchema.parse(raw), { at }) as Call)
const store = (on: Db, ...raws: object[]) => ingest(on, calls(...raws), { receivedAt: at, region: 'DE' })
const login = (userId: string) => ({ type: 'track', userId, event: 'Login' })
const numberOf = async (externalId: string) =>
  (await db.row<{ id: number }>(sql`SELECT id FROM customer WHERE external_id = ${externalId}`))?.id
const eventsOf = async (externalId: string) =>
  (
    await db.row<{ n: number }>(
      sql`SELECT count(*) AS n FROM event e JOIN customer c ON c.id = e.customer WHERE c.external_id = ${externalId}`,
    )
  )?.n
const orphans = async () =>
  (await db.row<{ n: number }>(sql`SELECT count(*) AS n FROM event WHERE customer NOT IN (SELECT id FROM customer)`))?.n

/** What a transaction of this process knows, looking now. */
const remembered = (externalId: string) =>
  db.transaction(async tx => {
    await besideMerges(tx, [])
    const known = knownCustomers(db)
    await known.look(tx, at)
    return known.get(externalId)
  })
/** The first to look takes no part; the second is remembered. */
const meet = async (externalId: string) => {
  await store(db, login(externalId))
  await store(db, login(externalId))
}

test('a customer who was there is known without being looked up', async () => {
  await meet('ada')
  expect(await remembered('ada')).toBe(await numberOf('ada'))
  expect(await remembered('nobody')).toBeUndefined()
})

test('events of a customer whom another process merged into another one are those of the one who stays', async () => {
  await meet('anonymous:a1')
  await store(other, { type: 'identify', userId: 'ada', anonymousId: 'a1' })
  await store(db, { type: 'track', anonymousId: 'a1', event: 'Login' }, login('ada'))
  expect([await eventsOf('ada'), await orphans()]).toEqual([4, 0])
})

test('a customer who was deleted by another process is made anew, also under a name that had another number', async () => {
  await meet('ada')
  const before = await numberOf('ada')
  await other.run(sql`DELETE FROM customer WHERE external_id = 'ada'`)
  await other.run(sql`DELETE FROM event`)
  await store(db, login('ada'))
  expect(await numberOf('ada')).not.toBe(before)
  expect([await eventsOf('ada'), await orphans()]).toEqual([1, 0])
  expect(await remembered('ada')).toBe(await numberOf('ada'))
})

test('who is renamed, and all who are truncated, are forgotten', async () => {
  await meet('ada')
  await meet('bob')
  await other.run(sql`UPDATE customer SET external_id = 'ida' WHERE external_id = 'ada'`)
  expect(await remembered('ada')).toBeUndefined()
  expect(await remembered('bob')).toBe(await numberOf('bob'))
  await other.run(sql`TRUNCATE customer`)
  expect(await remembered('bob')).toBeUndefined()
})

test('a number found before its customer went is not remembered after it', async () => {
  await meet('bob')
  await other.run(sql`INSERT INTO customer (external_id, created_at, updated_at) VALUES ('ada', ${at}, ${at})`)
  const number = (await numberOf('ada'))!
  const early = knownCustomers(db)
  await db.transaction(async tx => {
    await besideMerges(tx, [])
    await early.look(tx, at)
    early.found('ada', number)
    await other.run(sql`DELETE FROM customer WHERE external_id = 'ada'`)
    // Somebody else hears of it before the number comes.
    expect(await remembered('ada')).toBeUndefined()
  })
  early.keep()
  expect(await remembered('ada')).toBeUndefined()
})

test('a deletion that ends later than another look began is heard of by the next look', async () => {
  await meet('ada')
  await meet('bob')
  await other.transaction(async tx => {
    await tx.run(sql`DELETE FROM customer WHERE external_id = 'ada'`)
    expect(await remembered('ada')).toBeDefined()
    // Later numbers are given out and end before it.
    await meet('eve')
    expect(await remembered('ada')).toBeDefined()
  })
  expect(await remembered('ada')).toBeUndefined()
  expect(await remembered('bob')).toBe(await numberOf('bob'))
})

test('all who were truncated are forgotten once, however long another transaction has been under way', async () => {
  await other.transaction(async tx => {
    await tx.run(sql`SELECT pg_current_xact_id()`)
    await meet('ada')
    await db.run(sql`TRUNCATE customer`)
    await db.run(sql`DELETE FROM event`)
    await meet('ada')
    await meet('ada')
    expect(await remembered('ada')).toBe(await numberOf('ada'))
  })
})

test('a table that was made anew, as by a restored backup, knows nobody of before', async () => {
  await meet('ada')
  await store(db, login('bob'))
  // Nothing tells of it but that it is another table, in which the numbers are other people's.
  await db.pool.query(`ALTER TABLE customer DISABLE TRIGGER USER;
    CREATE TABLE restored (LIKE customer INCLUDING ALL); INSERT INTO restored SELECT * FROM customer;
    UPDATE restored SET external_id = CASE external_id WHEN 'ada' THEN 'x' ELSE 'ada' END;
    ALTER TABLE customer RENAME TO before_it; ALTER TABLE restored RENAME TO customer`)
  try {
    await store(db, login('ada'))
    expect(await eventsOf('ada')).toBe(2)
  } finally {
    await db.pool.query('DROP TABLE customer; ALTER TABLE before_it RENAME TO customer; ALTER TABLE customer ENABLE TRIGGER USER')
  }
})

test('what was not asked about for ten minutes is not believed, for notes are kept for a day', async () => {
  await meet('ada')
  const known = knownCustomers(db)
  await db.transaction(async tx => {
    await besideMerges(tx, [])
    await known.look(tx, new Date(at.getTime() + 601_000))
  })
  expect(known.get('ada')).toBeUndefined()
  expect(await remembered('ada')).toBeUndefined()
})

test('a note of a deletion is kept for a day', async () => {
  await other.run(sql`INSERT INTO customer_gone VALUES (1, 5, now() - interval '25 hours'), (2, 6, now() - interval '23 hours')`)
  await other.run(sql`DELETE FROM customer WHERE external_id = 'nobody'`)
  expect(await db.rows(sql`SELECT number FROM customer_gone WHERE number > 0`)).toEqual([{ number: 6 }])
})

test('an erasure waits for whoever took a number from memory, messageId or not', async () => {
  await meet('ada')
  await db.transaction(async tx => {
    await besideMerges(tx, [])
    const own = await tx.row<{ xid: string | null }>(sql`SELECT pg_current_xact_id_if_assigned()::text AS xid`)
    expect(own?.xid).not.toBeNull()
  })
})
