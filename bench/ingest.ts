/**
 * How many events a second `POST /v1/batch` takes over HTTP, in the database when the answer leaves, beside the bare SQL statement
 * on rows that are ready for it. Both in turns, in the same run, on the same durable PostgreSQL, from as many connections.
 * `npx tsx bench/ingest.ts [batches] [customers]`, 1,000 calls a batch.
 */
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { buildServer } from '../api/server.ts'
import type { TemporalGateway } from '../api/temporal.ts'
import { readConfig } from '../domain/config.ts'
import { type Db, openDatabase } from '../prisma/client.ts'
import { migrate } from '../prisma/migrate.ts'
import { startPostgres } from '../worker/local/postgres.ts'
import { serverCpu } from './server-cpu.ts'

const atOnce = 4
const names = ['Page Viewed', 'Login', 'Product Added', 'Order Completed', 'Email Shared', 'Refund Requested']

/** A batch as a Segment client sends it: skewed customers and names. */
function batch(customers: number): string {
  const calls = Array.from({ length: 1_000 }, (_, i) => ({
    type: 'track',
    messageId: randomUUID(),
    userId: `c${Math.floor(customers * Math.random() ** 2)}`,
    event: names[Math.min(5, Math.floor(6 * Math.random() ** 2.5))],
    properties: { revenue: i % 100, path: `/p${i % 50}` },
    timestamp: new Date(Date.now() - Math.random() * 86_400_000).toISOString(),
  }))
  return JSON.stringify({ batch: calls })
}

/** Sends batches from a process of its own, as another machine would. */
async function send({ port, batches, customers }: { port: number; batches: number; customers: number }): Promise<void> {
  const bodies = Array.from({ length: batches }, () => batch(customers))
  process.send!('ready')
  await new Promise(resolve => process.once('message', resolve))
  const post = (body: string) =>
    new Promise<void>((resolve, reject) => {
      const headers = {
        authorization: 'Bearer owner',
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }
      const asked = request({ port, host: '127.0.0.1', path: '/v1/batch', method: 'POST', headers }, answer => {
        answer.resume()
        answer.on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`answered ${answer.statusCode}`))))
      })
      asked.on('error', reject)
      asked.end(body)
    })
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let body = bodies.pop(); body; body = bodies.pop()) await post(body)
    }),
  )
  process.send!('done')
  process.disconnect()
}

/** The statement that stores a thousand events with their counts, on customers and names that are numbers already. */
const bare = `
  WITH input AS MATERIALIZED (SELECT * FROM json_to_recordset($1::json) AS i (id uuid, c int, n int, a timestamptz(3), v float8, p jsonb)),
  seen AS (INSERT INTO call_seen (id, received_at) SELECT id, now() FROM input ON CONFLICT DO NOTHING),
  stat AS (INSERT INTO event_stat (customer, name, count, first_at, last_at, sum)
    SELECT c, n, count(*), min(a), max(a), coalesce(sum(v), 0) FROM input GROUP BY c, n ORDER BY c, n
    ON CONFLICT (customer, name) DO UPDATE SET count = event_stat.count + excluded.count, sum = event_stat.sum + excluded.sum,
      first_at = least(event_stat.first_at, excluded.first_at), last_at = greatest(event_stat.last_at, excluded.last_at)),
  last AS (INSERT INTO last_seen (customer, at) SELECT c, max(a) FROM input GROUP BY c ORDER BY c
    ON CONFLICT (customer) DO UPDATE SET at = excluded.at WHERE last_seen.at < excluded.at)
  INSERT INTO event (customer, name, at, received_at, value, properties) SELECT c, n, a, now(), v, p FROM input`

async function runBare(db: Db, batches: number, customers: number): Promise<number> {
  const bodies = Array.from({ length: batches }, () => {
    const calls = (
      JSON.parse(batch(customers)) as {
        batch: { messageId: string; userId: string; event: string; timestamp: string; properties: { revenue: number } }[]
      }
    ).batch
    return JSON.stringify(
      calls.map(call => ({
        id: call.messageId,
        c: Number(call.userId.slice(1)) + 1,
        n: names.indexOf(call.event) + 1,
        a: call.timestamp,
        v: call.properties.revenue,
        p: call.properties,
      })),
    )
  })
  const begun = performance.now()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let body = bodies.pop(); body; body = bodies.pop())
        for (let attempt = 1; ; attempt++)
          try {
            await db.pool.query({ name: 'bare', text: bare, values: [body] })
            break
          } catch (error) {
            if ((error as { code?: string }).code !== '40P01' || attempt === 5) throw error
          }
    }),
  )
  return performance.now() - begun
}

async function runHttp(port: number, batches: number, customers: number): Promise<number> {
  const sender = fork(fileURLToPath(import.meta.url), [], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, SEND: JSON.stringify({ port, batches, customers }) },
  })
  const told = () => new Promise((resolve, reject) => sender.once('message', resolve).once('error', reject).once('exit', reject))
  await told()
  const begun = performance.now()
  sender.send('go')
  await told()
  const took = performance.now() - begun
  return took
}

async function main(): Promise<void> {
  const batches = Number(process.argv[2] ?? 100)
  const customers = Number(process.argv[3] ?? 100_000)
  const folder = mkdtempSync(join(tmpdir(), 'ingest-bench-'))
  const server = await startPostgres({ dir: join(folder, 'postgres'), port: 0 })
  await migrate(server.url)
  const db = openDatabase(server.url)
  const nothing = async () => {}
  const temporal: TemporalGateway = {
    ready: nothing,
    launch: nothing,
    update: nothing,
    start: nothing,
    close: nothing,
    ring: () => {},
    lostRings: () => 0,
  }
  const config = { ...readConfig({ DATA_DIR: folder }), apiKey: 'owner', secretKey: 'a secret of the bench, long enough' }
  const app = buildServer({ db, temporal, config, log: pino({ level: 'silent' }), clock: () => new Date() })
  try {
    await db.pool.query(
      `INSERT INTO customer (external_id, created_at, updated_at) SELECT 'c' || i, now(), now() FROM generate_series(0, $1::int) AS i`,
      [customers],
    )
    await db.pool.query(
      'INSERT INTO event_name (id, name) SELECT n, name FROM unnest($1::text[]) WITH ORDINALITY AS given (name, n)',
      [names],
    )
    await db.pool.query(`SELECT setval('event_name_id_seq', 100)`)
    await app.listen({ port: 0, host: '127.0.0.1' })
    const port = (app.server.address() as { port: number }).port
    await runHttp(port, 10, customers)
    await runBare(db, 10, customers)
    const rounds: { http: number; bare: number }[] = []
    const cpu = { api: 0, server: 0, bare: 0 }
    for (let round = 0; round < 3; round++) {
      const atFirst = await serverCpu(db)
      const before = await runBare(db, batches, customers)
      const between = await serverCpu(db)
      const own = process.cpuUsage()
      const http = await runHttp(port, batches, customers)
      const { user, system } = process.cpuUsage(own)
      cpu.api += user + system
      cpu.server += ((await serverCpu(db)) - between) * 1e6
      cpu.bare += (between - atFirst) * 1e6
      rounds.push({ bare: (batches * 1_000) / (before / 1_000), http: (batches * 1_000) / (http / 1_000) })
    }
    const middle = (of: 'http' | 'bare') => rounds.map(round => round[of]).toSorted((a, b) => a - b)[1]!
    const show = (n: number) => Math.round(n).toLocaleString('en')
    console.log(
      `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${batches} batches of 1,000, ${customers.toLocaleString('en')} customers`,
    )
    console.log('| over HTTP, events/s | bare statement, events/s | ratio |\n|---:|---:|---:|')
    console.log(`| ${show(middle('http'))} | ${show(middle('bare'))} | ${(middle('http') / middle('bare')).toFixed(2)} |`)
    const each = (total: number) => (total / (rounds.length * batches * 1_000)).toFixed(1)
    console.log(
      `CPU an event, µs: ${each(cpu.api)} of the API, ${each(cpu.server)} of PostgreSQL; of PostgreSQL for the bare statement ${each(cpu.bare)}`,
    )
    console.log(
      rounds.map(round => `${show(round.http)} / ${show(round.bare)} = ${(round.http / round.bare).toFixed(2)}`).join('; '),
    )
  } finally {
    await app.close()
    await db.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

await (process.env.SEND ? send(JSON.parse(process.env.SEND)) : main())
