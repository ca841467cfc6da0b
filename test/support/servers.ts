import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../prisma/migrate.ts'
import { startPostgres } from '../../worker/local/postgres.ts'
import { startTemporalServer } from '../../worker/local/temporal-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for the run's servers; see stack.ts. */
    servers: string
  }
}

/** The template that every test database is copied from: migrated once a run. */
export const TEMPLATE = 'template_perennial'

/**
 * One PostgreSQL and one Temporal server a run, started when the first test asks: a run of pure tests pays nothing.
 * Test files live in processes of their own, so they ask over HTTP.
 */
export default function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'perennial-test-'))
  chmodSync(dir, 0o711) // PostgreSQL may run as another user, who must get through
  // Should this run crash, the end of the pipe tells the keeper to end the servers and remove the folder.
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('./keeper.mjs', import.meta.url)), dir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  keeper.unref()
  const watch = (pid: number) => keeper.stdin.write(`${pid}\n`)
  const stops: (() => Promise<void>)[] = []

  const start = {
    async postgres() {
      // Nothing here outlives the run, so nothing needs to reach the disk.
      const throwaway = {
        fsync: 'off',
        synchronous_commit: 'off',
        full_page_writes: 'off',
        max_connections: '200',
        shared_buffers: '128MB',
      }
      const server = await startPostgres({ dir: join(dir, 'postgres'), port: 0, settings: throwaway })
      watch(server.pid)
      stops.push(server.stop)
      const admin = new pg.Client({ connectionString: server.url })
      await admin.connect()
      await admin.query(`CREATE DATABASE ${TEMPLATE}`)
      await admin.end()
      const url = new URL(server.url)
      url.pathname = `/${TEMPLATE}`
      await migrate(url.href)
      return server.url
    },
    async temporal() {
      const server = await startTemporalServer({ port: 0, uiPort: false })
      watch(server.pid)
      stops.push(server.stop)
      return server.address
    },
  }
  const started = new Map<string, Promise<string>>()
  const desk = createServer((request, response) => {
    const name = request.url?.slice(1) as keyof typeof start
    if (!started.has(name)) started.set(name, start[name]())
    started.get(name)!.then(
      text => response.end(text),
      error => response.writeHead(500).end(String(error)),
    )
  })
  return new Promise(resolve => {
    desk.listen(0, '127.0.0.1', () => {
      project.provide('servers', `http://127.0.0.1:${(desk.address() as AddressInfo).port}`)
      resolve(async () => {
        desk.close()
        desk.closeAllConnections()
        await Promise.allSettled(started.values())
        await Promise.all(stops.map(stop => stop()))
        rmSync(dir, { recursive: true, force: true })
        keeper.stdin.end('done\n')
      })
    })
  })
}
