/**
 * What memory and time a large file takes: it is sent to `POST /v1/imports` by another process and then read to its end by a third, as
 * a worker does, which is killed (SIGKILL) so many times meanwhile; then every line is looked for once.
 * `npx tsx bench/upload.ts [MB] [kills]`, on a PostgreSQL of its own.
 */
import { type ChildProcess, fork } from 'node:child_process'
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
import { serverCpu } from './server-cpu.ts'

/** What people write beside an order: a line is some 240 bytes long. */
const words = 'delivered to the door on the second floor beside the old bakery in the yard '.repeat(2)

/** Lines of a CSV file up to a size; every thousandth has a broken quote. */
function* lines(bytes: number): Generator<string> {
  yield 'externalId,event,timestamp,revenue,nr,note\n'
  for (let i = 0, sent = 0; sent < bytes; ) {
    let part = ''
    for (let k = 0; k < 1_000; k++, i++) {
      const note = k === 500 ? `"broken ${i}` : `order number ${i} ${words}`
      part += `c${i % 500_000},Order Completed,2026-05-${String(1 + (i % 28)).padStart(2, '0')},${i % 300},${i},${note}\n`
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

/** Reads an import to its end, as the workflow's activity does, and tells of its memory. */
async function read(url: string, id: number): Promise<void> {
  const db = openDatabase(url)
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss() / 2 ** 20)
  }, 20)
  const { importSome } = createImports({
    db,
    settings: async () => defaultSettings(),
    links: { secretKey: 'a secret of the bench, long enough' },
  })
  const told = () => {
    const { user, system } = process.cpuUsage()
    return { peak, cpu: (user + system) / 1e6 }
  }
  while ((await importSome({ import: id, at: Date.now() })).state !== 'done') process.send!(told())
  process.send!({ ...told(), done: true })
  clearInterval(watch)
  await db.close()
  process.disconnect()
}

const child = (env: Record<string, unknown>): ChildProcess =>
  fork(fileURLToPath(import.meta.url), [], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, BENCH: JSON.stringify(env) },
  })

/**
 * Reads to the end, however often the reader is killed: at random moments of the first minutes. Answers its highest memory in MB, and
 * the CPU seconds of all readers as far as they told of them.
 */
async function readWhole(url: string, id: number, kills: number): Promise<{ peak: number; cpu: number }> {
  let peak = 0
  let ended = 0
  for (let [killed, failures] = [0, 0]; ; ) {
    const reader = child({ read: { url, id } })
    const timer = killed < kills ? setTimeout(() => reader.kill('SIGKILL'), 5_000 + Math.random() * 20_000) : undefined
    let done = false
    let own = 0
    reader.on('message', (said: { peak: number; cpu: number; done?: true }) => {
      peak = Math.max(peak, said.peak)
      own = said.cpu
      done ||= said.done === true
    })
    const signal = await new Promise(resolve => reader.once('exit', (_code, by) => resolve(by)))
    clearTimeout(timer)
    ended += own
    if (done) return { peak, cpu: ended }
    if (signal === 'SIGKILL') killed++
    // As Temporal tries an activity again.
    else if (++failures > 60) throw new Error('the reader ended by itself, again and again')
  }
}

async function main(): Promise<void> {
  const megabytes = Number(process.argv[2] ?? 1_024)
  const kills = Number(process.argv[3] ?? 3)
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
    const sender = child({ send: { port, megabytes } })
    const status = await new Promise((resolve, reject) =>
      sender.once('message', resolve).once('error', reject).once('exit', reject),
    )
    const uploaded = performance.now()
    console.log(
      `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}: ${megabytes} MB answered ${status} after ${((uploaded - start) / 1_000).toFixed(0)} s; RSS ${before.toFixed(0)} MB before, ${peak.toFixed(0)} MB at most`,
    )
    const { rows } = await db.pool.query<{ id: number }>('SELECT max(id) AS id FROM import')
    const id = rows[0]!.id
    const cpuBefore = await serverCpu(db)
    const reader = await readWhole(server.url, id, kills)
    const seconds = (performance.now() - uploaded) / 1_000
    const cpu = (await serverCpu(db)) - cpuBefore
    const row = (await findImport(db, id))!
    console.log(
      `read to the end in ${seconds.toFixed(0)} s with ${kills} kills: ${row.status}, ${row.total?.toLocaleString('en')} lines, ${(row.total! / seconds).toFixed(0)} a second, ${row.rejected.toLocaleString('en')} rejected; the reader's RSS ${reader.peak.toFixed(0)} MB at most; CPU a line: reader ${((reader.cpu / row.total!) * 1e6).toFixed(1)} µs, PostgreSQL ${((cpu / row.total!) * 1e6).toFixed(1)} µs`,
    )
    // The numbers of all lines but those that are broken, each once: as many, the same sum, the same sum of squares.
    let [n, sum, squares] = [0, 0n, 0n]
    for (let i = 0; i < row.total!; i++)
      if (i % 1_000 !== 500) {
        n++
        sum += BigInt(i)
        squares += BigInt(i) * BigInt(i)
      }
    const held = await db.pool.query(`SELECT count(*)::text AS n, sum(nr)::text AS sum, sum(nr * nr)::text AS squares,
      (SELECT sum(count)::text FROM event_stat) AS counted FROM (SELECT (properties ->> 'nr')::numeric AS nr FROM event) e`)
    const wanted = { n: String(n), sum: String(sum), squares: String(squares), counted: String(n) }
    const isExact = JSON.stringify(held.rows[0]) === JSON.stringify(wanted)
    console.log(
      isExact ? 'every line is there once' : `NOT EXACT: ${JSON.stringify(held.rows[0])}, wanted ${JSON.stringify(wanted)}`,
    )
    if (!isExact) process.exitCode = 1
  } finally {
    clearInterval(watch)
    await app.close()
    await db.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const { send: sending, read: reading } = JSON.parse(process.env.BENCH ?? '{}') as {
  send?: { port: number; megabytes: number }
  read?: { url: string; id: number }
}
await (sending ? send(sending.port, sending.megabytes) : reading ? read(reading.url, reading.id) : main())
