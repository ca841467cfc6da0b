import { randomBytes } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { NativeConnection } from '@temporalio/worker'
import pg from 'pg'
import { inject } from 'vitest'
import { temporalProgram, testServer } from '../../worker/local/temporal-binary.ts'

export interface TestDatabase {
  url: string
  pool: pg.Pool
  /** Ends the pool and drops the database. */
  close: () => Promise<void>
}

export interface TestTemporal {
  address: string
  namespace: string
  client: Client
  nativeConnection: NativeConnection
  /** A task queue that no other test file uses. */
  taskQueue: string
  close: () => Promise<void>
}

/**
 * A freshly migrated database of its own, on the PostgreSQL of this run. For `beforeAll`; close it in `afterAll`.
 * Durability is off there: tests of crashes start a server of their own with `startPostgres`.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const server = await ask('postgres')
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`
  await withAdmin(server, `CREATE DATABASE ${name} TEMPLATE template_perennial`)
  const at = new URL(server)
  at.pathname = `/${name}`
  const pool = new pg.Pool({ connectionString: at.href, max: 10 })
  const close = async () => {
    await pool.end()
    await withAdmin(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  }
  return { url: at.href, pool, close }
}

/** The in-memory Temporal server of this run, whose timers are at most ~100 ms late. For `beforeAll`; close it in `afterAll`. */
export async function testTemporal(): Promise<TestTemporal> {
  const address = await ask('temporal')
  const namespace = 'default'
  const connection = await Connection.connect({ address })
  const nativeConnection = await NativeConnection.connect({ address })
  const close = async () => {
    await nativeConnection.close()
    await connection.close()
  }
  const taskQueue = `test-${process.pid}-${randomBytes(4).toString('hex')}`
  return { address, namespace, client: new Client({ connection, namespace }), nativeConnection, taskQueue, close }
}

/**
 * A server of its own that skips time, for workflows of days: one a test, never two live workflows at once, no search attributes,
 * no schedules; believe only times that the workflow returns. End it with `teardown()` in a `finally`.
 */
export async function testTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const path = await temporalProgram(testServer)
  return TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } })
}

async function ask(server: 'postgres' | 'temporal'): Promise<string> {
  const answer = await fetch(`${inject('servers')}/${server}`)
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text
}

async function withAdmin(url: string, sql: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  try {
    await admin.query(sql)
  } finally {
    await admin.end()
  }
}
