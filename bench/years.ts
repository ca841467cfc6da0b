/**
 * Whether a day costs more when years lie before it: storing a day's events, and metrics over the last weeks, with one, two and four
 * years of events in the table, in turns: the median of five rounds, least and most. `npx tsx bench/years.ts [customers] [events a year]`, on a PostgreSQL of its own.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { callSchema, readCall } from '../domain/customer/call.ts'
import { sql } from '../domain/sql.ts'
import { type Db, openDatabase } from '../prisma/client.ts'
import { migrate } from '../prisma/migrate.ts'
import { ingest } from '../prisma/queries/ingest.ts'
import { previewMembers } from '../prisma/queries/members.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { startPostgres } from '../worker/local/postgres.ts'
import { AT, eventNames } from './people.ts'
import { serverCpu } from './server-cpu.ts'

const customers = Number(process.argv[2] ?? 100_000)
const aYear = Number(process.argv[3] ?? 1_000_000)
const batches = 20
const rounds = 5
const day = 86_400_000

/** Years of events, each customer as often in each, in the order in which they came. */
async function fill(db: Db, years: number): Promise<void> {
  const at = AT.toISOString()
  await db.pool.query(
    `INSERT INTO customer (external_id, created_at, updated_at) SELECT 'c' || i, $1, $1 FROM generate_series(1, $2::int) AS i`,
    [at, customers],
  )
  await db.pool.query(
    'INSERT INTO event_name (id, name) SELECT n, name FROM unnest($1::text[]) WITH ORDINALITY AS given (name, n)',
    [[...eventNames]],
  )
  await db.pool.query(
    `INSERT INTO event (customer, name, at, received_at, properties)
     SELECT 1 + ($3::int * power(random(), 3))::int % $3::int, least(6, 1 + (6 * power(random(), 2.5))::int), at, at, '{"path": "/p"}'
     FROM (SELECT $1::timestamptz - ($4::int * 365 - i * 365.0 / $2::int) * interval '1 day' AS at FROM generate_series(1, $2::int * $4::int) AS i) made`,
    [at, aYear, customers, years],
  )
  await db.pool.query(
    'INSERT INTO event_stat (customer, name, count, first_at, last_at, sum) SELECT customer, name, count(*), min(at), max(at), 0 FROM event GROUP BY 1, 2',
  )
  await db.pool.query(
    'INSERT INTO last_seen (customer, at, first_at) SELECT customer, max(last_at), min(first_at) FROM event_stat GROUP BY 1',
  )
  await db.pool.query(`INSERT INTO call_seen (id, received_at) SELECT md5('call ' || id)::uuid, received_at FROM event`)
  await db.pool.query('VACUUM (ANALYZE)')
}

const batch = (at: Date) =>
  Array.from({ length: 1_000 }, () => {
    const call = readCall(
      callSchema.parse({
        type: 'track',
        messageId: randomUUID(),
        userId: `c${1 + Math.floor(customers * Math.random() ** 3)}`,
        event: eventNames[Math.min(5, Math.floor(6 * Math.random() ** 2.5))],
        properties: { path: '/p' },
      }),
      { at },
    )
    if ('path' in call) throw new Error(call.message)
    return call
  })

const folder = mkdtempSync(join(tmpdir(), 'years-bench-'))
const server = await startPostgres({ dir: join(folder, 'postgres'), port: 0 })
try {
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model}, ${customers.toLocaleString('en')} customers, ${aYear.toLocaleString('en')} events a year; CPU of the server\n`,
  )
  const tables: { years: number; db: Db; stored: number[]; counted: number[]; did: number[] }[] = []
  for (const years of [1, 2, 4]) {
    const admin = openDatabase(server.url, 1)
    await admin.pool.query(`CREATE DATABASE years_${years}`)
    await admin.close()
    const url = server.url.replace(/\/[^/]*$/, `/years_${years}`)
    await migrate(url)
    const db = openDatabase(url, 2)
    await fill(db, years)
    tables.push({ years, db, stored: [], counted: [], did: [] })
  }
  // What the filling left to write is written before anything is measured, and each round asks all tables in turn.
  await tables[0]?.db.pool.query('CHECKPOINT')
  let moment = AT.getTime()
  for (let round = 0; round <= rounds; round++) {
    for (const { db, stored, counted, did } of tables) {
      const cost = async (work: () => Promise<unknown>) => {
        const before = await serverCpu(db)
        await work()
        return (await serverCpu(db)) - before
      }
      const store = async () => {
        for (let i = 0; i < batches; i++) {
          moment += 1_000
          await ingest(db, batch(new Date(moment)), { receivedAt: new Date(moment), region: 'DE' })
        }
      }
      const ask = async (rule: Parameters<typeof previewMembers>[1]) => {
        const context = await ruleContext(db, new Date(AT.getTime() + day))
        for (let i = 0; i < 5; i++) await previewMembers(db, rule, context)
      }
      const storing = await cost(store)
      // The first round is not counted: it reads what the others find in memory.
      if (round === 0) continue
      stored.push((storing * 1e6) / (batches * 1_000))
      counted.push((await cost(() => ask({ event: 'Login', count: { gte: 3 }, within: '30d' }))) * 200)
      did.push((await cost(() => ask({ event: 'Login', within: '30d' }))) * 200)
    }
  }
  console.log('| years | storing an event, µs | three times in 30 days, ms | did it in 30 days, ms |\n|---:|---:|---:|---:|')
  const show = (values: number[], digits: number) => {
    const ascending = values.toSorted((a, b) => a - b)
    const [middle = 0, least = 0, most = 0] = [ascending[ascending.length >> 1], ascending[0], ascending.at(-1)]
    return `${middle.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`
  }
  for (const { years, db, stored, counted, did } of tables) {
    const events = (await db.row<{ n: number }>(sql`SELECT count(*) AS n FROM event`))?.n
    console.log(`| ${years} (${events?.toLocaleString('en')}) | ${show(stored, 1)} | ${show(counted, 0)} | ${show(did, 0)} |`)
    await db.close()
  }
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
