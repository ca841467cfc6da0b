import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isAlive } from '../../worker/local/processes.ts'
import { type LocalTemporal, startTemporalServer } from '../../worker/local/temporal-server.ts'

let dir: string
let server: LocalTemporal
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'perennial-temporal-'))
})
afterAll(async () => {
  await server?.stop(true)
  rmSync(dir, { recursive: true, force: true })
})

const start = async () => (server = await startTemporalServer({ dir, port: 0, uiPort: 0, namespace: 'shop' }))
async function withClient<T>(use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: server.address })
  try {
    return await use(new Client({ connection, namespace: 'shop' }))
  } finally {
    await connection.close()
  }
}

describe('the embedded Temporal server', () => {
  test('serves the namespace it is asked for, and a page to look at', async () => {
    await start()
    await withClient(client => client.workflow.start('nobodyRunsThis', { taskQueue: 'none', workflowId: 'kept' }))
    expect((await fetch(server.uiUrl!)).status).toBe(200)
  })

  test('is taken over by a later start while it is healthy', async () => {
    const { pid } = server
    expect(await start()).toMatchObject({ pid, adopted: true })
  })

  test('is stopped by its id and started again when it does not answer', async () => {
    const { pid } = server
    process.kill(pid, 'SIGSTOP')
    expect(await start()).toMatchObject({ adopted: false })
    expect(await isAlive(pid)).toBe(false)
  })

  test('killed, it comes back with what was running', async () => {
    const { pid } = server
    process.kill(pid, 'SIGKILL')
    expect((await start()).pid).not.toBe(pid)
    expect(await withClient(async client => (await client.workflow.getHandle('kept').describe()).status.name)).toBe('RUNNING')
  })

  test('a stranger that got the recorded id is left alone', async () => {
    await server.stop()
    const stranger = spawn('sleep', ['60'])
    writeFileSync(join(dir, 'temporal.json'), JSON.stringify({ pid: stranger.pid, port: 1, database: join(dir, 'temporal.db') }))
    expect(await start()).toMatchObject({ adopted: false })
    expect(stranger.exitCode).toBeNull()
    stranger.kill()
  })

  test('a program that cannot start is reported with its last words', async () => {
    await server.stop()
    await expect(startTemporalServer({ dir, port: 0, program: '/bin/false' })).rejects.toThrow(
      /^the Temporal server does not start: .*temporal\.log/,
    )
    expect(readFileSync(join(dir, 'temporal.log'), 'utf8')).not.toBe('')
  })
})
