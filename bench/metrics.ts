/**
 * How long metrics take over everybody: the first time, and the median of three more. `npx tsx bench/metrics.ts [customers] [events]`.
 * KEPT: a folder that keeps the database for the next run; the server is started anew before each metric, so that the first time is
 * cold. DATABASE_URL: an empty database, or one that an earlier run filled. Without either, a server in a folder that is removed
 * afterwards. ONLY: these metrics alone.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Question } from '../domain/metric/metric-kind.ts'
import { metrics } from '../domain/metric/metrics/index.ts'
import type { Unit } from '../domain/metric/periods.ts'
import { sql } from '../domain/sql.ts'
import { openDatabase } from '../prisma/client.ts'
import { migrate } from '../prisma/migrate.ts'
import { askMetrics } from '../prisma/queries/metrics/ask.ts'
import { factsOf, firstEventAt } from '../prisma/queries/metrics/facts.ts'
import { populationOf } from '../prisma/queries/metrics/population.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { startPostgres } from '../worker/local/postgres.ts'
import { AT, makePeople } from './people.ts'
import { serverCpu } from './server-cpu.ts'

const customers = Number(process.argv[2] ?? 1_000_000)
const events = Number(process.argv[3] ?? 10_000_000)
const event = { active: 'event', activeEvent: 'Login', activeWithin: '30d' }

const questions: readonly (readonly [
  metric: string,
  parameters?: Record<string, string>,
  more?: { period?: Unit; by?: string },
])[] = [
  ['nDay', { n: '1,7,30' }],
  ['nDay', { n: '1,7,30', cohortEvent: 'Login', returnEvent: 'Order Completed' }],
  ['nDay', { n: '1,7,30' }, { period: 'week' }],
  ['nDay', { n: '1,7,30', days: 'customerZone' }],
  ['bracketed', { brackets: '0-0,1-7,8-30' }],
  ['unbounded', { n: '1,7,30' }],
  ['cohorts'],
  ['cohorts', {}, { period: 'week' }],
  ['crr', event],
  ['churn', event, { by: 'country' }],
  ['repeatRate'],
  ['survival', { until: 'secondOrder' }],
  ['rfm'],
  ['lifecycle'],
]

const { KEPT, DATABASE_URL } = process.env
const folder = KEPT ?? (DATABASE_URL ? undefined : mkdtempSync(join(tmpdir(), 'metrics-bench-')))
const start = async () => (folder ? await startPostgres({ dir: join(folder, 'postgres'), port: 0 }) : undefined)
let server = await start()
let url = server?.url ?? DATABASE_URL ?? ''
await migrate(url)
try {
  const db = openDatabase(url, 2)
  if ((await db.row<{ n: number }>(sql`SELECT count(*) AS n FROM customer`))?.n === 0) await makePeople(db, customers, events)
  const size = await db.row<{ customers: number; events: number }>(
    sql`SELECT (SELECT count(*) FROM customer) AS customers, (SELECT count(*) FROM event) AS events`,
  )
  await db.close()
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${size?.customers.toLocaleString('en')} customers, ${size?.events.toLocaleString('en')} events, ms\n`,
  )
  console.log('| metric | value | first | median of 3 more | CPU of the server, each |\n|---|---:|---:|---:|---:|')
  for (const [key, parameters = {}, more = {}] of questions) {
    if (process.env.ONLY && !process.env.ONLY.split(',').includes(key)) continue
    if (KEPT) {
      await server?.stop()
      server = await start()
      url = server?.url ?? ''
    }
    const fresh = openDatabase(url)
    const times: number[] = []
    let value: number | null = null
    const before = await serverCpu(fresh)
    for (let round = 0; round < 4; round++) {
      const begin = performance.now()
      value = (await ask(fresh, key, parameters, more)).value
      times.push(performance.now() - begin)
    }
    const cpu = (((await serverCpu(fresh)) - before) / 4) * 1000
    await fresh.close()
    const named = [key, ...Object.entries(parameters).map(pair => pair.join('=')), more.period ?? more.by]
      .filter(Boolean)
      .join(' ')
    const middle = times.slice(1).toSorted((a, b) => a - b)[1] ?? 0
    console.log(`| ${named} | ${value?.toFixed(2)} | ${times[0]?.toFixed(0)} | ${middle.toFixed(0)} | ${cpu.toFixed(0)} |`)
  }
} finally {
  await server?.stop()
  if (folder && !KEPT) rmSync(folder, { recursive: true, force: true })
}

function ask(
  db: ReturnType<typeof openDatabase>,
  key: string,
  parameters: Record<string, string>,
  more: { period?: Unit; by?: string },
) {
  return askMetrics(db, async tx => {
    const kind = metrics.find(each => each.key === key)
    if (!kind) throw new Error(`there is no metric ${key}`)
    const to = new Date(AT.getTime() + 1)
    const from =
      kind.begins === '30 days before' ? new Date(to.getTime() - 30 * 86_400_000) : ((await firstEventAt(tx)) ?? new Date(0))
    const window = { from, to }
    const shared = { asOf: AT, zone: 'Europe/Berlin', reporting: 'EUR' }
    const question: Question = { window, asked: window, ...shared, period: more.period, grouped: more.by !== undefined }
    const context = await ruleContext(tx, AT)
    const facts = factsOf({
      tx,
      population: populationOf(undefined, more.by, context),
      eventId: context.eventId,
      ...shared,
      rates: {},
    })
    return kind.answer(kind.parameters.parse(parameters), facts, question)
  })
}
