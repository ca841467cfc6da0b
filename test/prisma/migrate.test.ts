import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { migrate, migrationsFolder } from '../../prisma/migrate.ts'
import { type TestDatabase, testDatabase } from '../support/stack.ts'

let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-migrations-'))
  await database.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const add = (name: string, sql: string) => {
  mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, name, 'migration.sql'), sql)
}
const applied = async () =>
  (await database.pool.query('SELECT migration_name FROM _prisma_migrations ORDER BY started_at, migration_name')).rows.map(
    row => row.migration_name,
  )

describe('migrate', () => {
  test('applies what is new, in order, and nothing twice', async () => {
    add('1_one', 'CREATE TABLE one (id int);')
    add('2_two', 'ALTER TABLE one ADD name text; CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;')
    expect(await migrate(database.url, folder)).toEqual(['1_one', '2_two'])
    expect(await migrate(database.url, folder)).toEqual([])
    add('3_three', 'CREATE TABLE three (id int)')
    expect(await migrate(database.pool, folder)).toEqual(['3_three'])
  })

  test('lets any number of starts run at once: one applies, the others wait and find it done', async () => {
    add('1_slow', 'CREATE TABLE slow (id int); SELECT pg_sleep(0.2)')
    const results = await Promise.all(Array.from({ length: 5 }, () => migrate(database.url, folder)))
    expect(results.flat()).toEqual(['1_slow'])
  })

  test('leaves nothing of a migration that fails, names it, and can go on once it is mended', async () => {
    add('1_bad', 'CREATE TABLE half (id int); SELECT 1/0')
    await expect(migrate(database.url, folder)).rejects.toThrow('migration 1_bad failed, nothing was changed: division by zero')
    expect((await database.pool.query(`SELECT to_regclass('half') AS half`)).rows[0].half).toBeNull()
    add('1_bad', 'CREATE TABLE half (id int)')
    expect(await migrate(database.url, folder)).toEqual(['1_bad'])
  })

  test('refuses a migration that was edited after it was applied', async () => {
    add('1_one', 'CREATE TABLE one (id int)')
    await migrate(database.url, folder)
    add('1_one', 'CREATE TABLE one (id bigint)')
    await expect(migrate(database.url, folder)).rejects.toThrow(/^migration 1_one was edited after it was applied/)
  })

  test('refuses a database that a newer version has migrated', async () => {
    add('9_newer', 'CREATE TABLE newer (id int)')
    await migrate(database.url, folder)
    rmSync(join(folder, '9_newer'), { recursive: true })
    await expect(migrate(database.url, folder)).rejects.toThrow(/has migration 9_newer, which this version does not know/)
  })

  test('brings an empty database to what the project needs, under the names Prisma records', async () => {
    await migrate(database.url)
    cpSync(migrationsFolder(), folder, { recursive: true })
    expect(await applied()).toEqual(expect.arrayContaining([expect.stringMatching(/^\d{14}_/)]))
    expect(await migrate(database.url, folder)).toEqual([])
    const { rows } = await database.pool.query<{ checksum: string; finished_at: Date; applied_steps_count: number }>(
      'SELECT * FROM _prisma_migrations',
    )
    for (const row of rows)
      expect(row).toMatchObject({
        checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
        finished_at: expect.any(Date),
        applied_steps_count: 1,
      })
  })

  test('gives back its lock', async () => {
    await migrate(database.pool, folder)
    const other = new pg.Client({ connectionString: database.url })
    await other.connect()
    expect((await other.query('SELECT pg_try_advisory_lock(72707369) AS free')).rows[0].free).toBe(true)
    await other.end()
  })
})

test('schema.prisma has a migration for everything it says', () => {
  const script = fileURLToPath(new URL('../../scripts/new-migration.mjs', import.meta.url))
  expect(execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8' })).toContain('agree')
})
