import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, type TestTemporal, testDatabase, testTemporal, testTimeSkipping } from './stack.ts'

let database: TestDatabase
let temporal: TestTemporal
beforeAll(async () => {
  ;[database, temporal] = await Promise.all([testDatabase(), testTemporal()])
})
afterAll(() => Promise.all([database.close(), temporal.close()]))

test('a test file has a database of its own, migrated', async () => {
  const { rows } = await database.pool.query('SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL')
  expect(rows.length).toBeGreaterThan(0)
})

test('and a second one shares nothing with it', async () => {
  const other = await testDatabase()
  await other.pool.query('CREATE TABLE only_here (id int)')
  const { rows } = await database.pool.query(`SELECT to_regclass('only_here') AS found`)
  expect(rows[0].found).toBeNull()
  await other.close()
})

test('Temporal answers, with its own task queue', async () => {
  const { namespaceInfo } = await temporal.client.workflowService.describeNamespace({ namespace: temporal.namespace })
  expect(namespaceInfo?.name).toBe('default')
  const other = await testTemporal()
  expect(other.taskQueue).not.toBe(temporal.taskQueue)
  await other.close()
})

test('a server that skips time can be had', async () => {
  const environment = await testTimeSkipping()
  try {
    const before = await environment.currentTimeMs()
    await environment.sleep('30 days')
    expect((await environment.currentTimeMs()) - before).toBeGreaterThan(29 * 86_400_000)
  } finally {
    await environment.teardown()
  }
})
