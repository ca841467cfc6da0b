/**
 * What memory the API and a worker need for a large file: it is sent to `POST /v1/imports` by another process, and then read for a
 * while. `npx tsx bench/upload.ts [MB] [seconds of reading]`, on a PostgreSQL of its own.
 */
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { createImports } from '../activities/imports.ts'
import { buildServer } from '../api/server.ts'
import type { TemporalGateway } from '../api/temporal.ts'
import { readConfig } from '../domain/config.ts'
import { defaultSettings } from '../domain/settings.ts'
import { openDatabase } from '../prisma/client.ts'
import { migrate } from '../prisma/migrate.ts'
import { findImport } from '../prisma/queries/imports.ts'
import { startPostgres } from '../worker/local/postgres.ts'

/** Lines of a CSV file up to a size; every thousandth has a broken quote. */
function* lines(bytes: number): Generator<string> {
  yield 'externalId,event,timestamp,revenue,note\n'
  for (let i = 0, sent = 0; sent < bytes; ) {
    let part = ''
    for (let k = 0; k < 1_000; k++, i++) {
      const note = k === 500 ? `"broken ${i}` : `order number ${i}`
      part += `c${i % 500_000},Order Completed,2026-05-${String(1 + (i % 28)).padStart(2, '0')},${i % 300},${note}\n`
    }
    sent += part.length
    yield part
  }
}

async function send(port: number, megabytes: number): Promise<void> {
  const headers = { authorization: 'Bearer owner', 'content-type': 'text/csv' }
  const asked = request({ port, host: '127.0.0.1', path: '/v1/imports?kind=events', method: 'POST', headers })
  const answered = new Promise<number>((resolve, reject) =>
    asked.on('response', answer => resolve(answer.resume().statusCode ?? 0)).on('error', reject),
  )
  await pipeline(Readable.from(lines(megabytes * 2 ** 20)), asked)
  process.send!(await answered)
  process.disconnect()
}

async function main(): Promise<void> {
  const megabytes = Number(process.argv[2] ?? 1_024)
  const seconds = Number(process.argv[3] ?? 60)
  const folder = mkdtempSync(join(tmpdir(), 'upload-bench-'))
  const server = await startPostgres({ dir: join(folder, 'postgres'), port: 0 })
  await migrate(server.url)
  const db = openDatabase(server.url)
  const nothing = async () => {}
  const begun: number[] = []
  const gateway = {
    ready: nothing,
    launch: nothing,
    update: nothing,
    start: nothing,
    close: nothing,
    ring: () => {},
    lostRings: () => 0,
  }
  const temporal = { ...gateway, startImport: async (id: number) => void begun.push(id) } as TemporalGateway
  const config = { ...readConfig({ DATA_DIR: folder }), apiKey: 'owner', secretKey: 'a secret of the bench, long enough' }
  const app = buildServer({ db, temporal, config, log: pino({ level: 'silent' }), clock: () => new Date() })
  const mb = () => process.memoryUsage.rss() / 2 ** 20
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, mb())
  }, 20)
  try {
    await app.listen({ port: 0, host: '127.0.0.1' })
    const port = (app.server.address() as { port: number }).port
    const before = mb()
    const start = performance.now()
    const sender = fork(fileURLToPath(import.meta.url), [], {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, SEND: JSON.stringify({ port, megabytes }) },
    })
    const status = await new Promise((resolve, reject) =>
      sender.once('message', resolve).once('error', reject).once('exit', reject),
    )
    const uploaded = performance.now()
    console.log(
      `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}: ${megabytes} MB answered ${status} after ${((uploaded - start) / 1_000).toFixed(0)} s; RSS ${before.toFixed(0)} MB before, ${peak.toFixed(0)} MB at most`,
    )
    peak = 0
    const id = (await db.pool.query<{ id: number }>('SELECT max(id) AS id FROM import')).rows[0]!.id
    const { importSome } = createImports({ db, settings: async () => defaultSettings() })
    const end = performance.now() + seconds * 1_000
    while (performance.now() < end && (await importSome({ import: id, at: Date.now() })).state === 'more');
    const row = await findImport(db, id)
    const read = ((row?.position.offset ?? 0) / 2 ** 20).toFixed(0)
    console.log(
      `read for ${((performance.now() - uploaded) / 1_000).toFixed(0)} s: ${read} MB, ${row?.accepted.toLocaleString('en')} lines stored, ${row?.rejected.toLocaleString('en')} rejected; RSS ${peak.toFixed(0)} MB at most`,
    )
  } finally {
    clearInterval(watch)
    await app.close()
    await db.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

await (process.env.SEND ? send(JSON.parse(process.env.SEND).port, JSON.parse(process.env.SEND).megabytes) : main())
