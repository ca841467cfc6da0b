import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createImports } from '../../activities/imports.ts'
import { beginningOf } from '../../domain/import/beginning.ts'
import { defaultSettings } from '../../domain/settings.ts'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { beginErasure } from '../../prisma/queries/erase.ts'
import { beginImport, findImport, keepPart, openImport, rejectionsOf } from '../../prisma/queries/imports.ts'
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

const at = new Date('2026-05-01T12:00:00Z')
const keep = async (text: string) => {
  const bytes = Buffer.from(text)
  const plan = { kind: 'customers', mapping: {}, constant: {} } as const
  const beginning = beginningOf(bytes, plan, 'csv', true)
  if ('faults' in beginning) throw new Error(JSON.stringify(beginning.faults))
  const id = await beginImport(db, { ...plan, ...beginning, actor: 'test', at })
  await keepPart(db, id, 0, bytes)
  await openImport(db, id, bytes.length)
  return id
}
const read = (id: number) =>
  createImports({
    db,
    settings: async () => defaultSettings(),
    links: { secretKey: 'a secret of this test, long enough' },
  }).importSome({ import: id, at: at.getTime() })
const known = async () =>
  (await db.rows<{ who: string }>(sql`SELECT external_id AS who FROM customer ORDER BY 1`)).map(row => row.who)

test('a file that came before somebody was erased does not bring them back; one that comes afterwards may', async () => {
  const file = 'externalId,plan\nada,pro\nbob,free\n'
  await read(await keep('externalId\nada\n'))
  const before = await keep(file)
  const ada = (await db.row<{ id: number }>(sql`SELECT id FROM customer WHERE external_id = 'ada'`))!
  await db.transaction(tx => beginErasure(tx, { id: randomUUID(), customer: ada.id, actor: 'test', at, addresses: [] }))
  await read(before)
  expect(await known()).toEqual(['bob'])
  expect(await findImport(db, before)).toMatchObject({ status: 'completed', accepted: 1, rejected: 1, total: 2 })
  expect(await rejectionsOf(db, before)).toMatchObject([{ line: 2, code: 'erased' }])
  expect(await db.rows(sql`SELECT 1 FROM import_spared`)).toEqual([])
  await read(await keep(file))
  expect(await known()).toEqual(['ada', 'bob'])
})
