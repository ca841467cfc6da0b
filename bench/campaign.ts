// npx tsx bench/campaign.ts: one e-mail and then a wait for CUSTOMERS (100,000) customers, from launch to the last acceptance at a
// local provider in a process of its own, beside a bare sender to the same provider; WAVE_SIZE=1 CUSTOMERS=2000 shows what waves are
// worth. Afterwards everybody waits: what that costs for IDLE (60) seconds.
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { pino } from 'pino'
import { buildServer } from '../api/server.ts'
import { connectTemporal } from '../api/temporal.ts'
import { readConnectedConfig } from '../domain/config.ts'
import { sql } from '../domain/sql.ts'
import { openDatabase } from '../prisma/client.ts'
import { migrate } from '../prisma/migrate.ts'
import { findRun } from '../prisma/queries/runs.ts'
import { startPostgres } from '../worker/local/postgres.ts'
import { startTemporalServer } from '../worker/local/temporal-server.ts'
import { beside, usage } from './parts/processes.ts'

const customers = Number(process.env.CUSTOMERS ?? 100_000)
const idleSeconds = Number(process.env.IDLE ?? 60)
const workers = Number(process.env.WORKERS ?? 1)
const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-campaign-'))
const profiling = process.env.PROFILE === '1'
const postgres = await startPostgres({
  dir: join(folder, 'postgres'),
  port: 0,
  ...(profiling
    ? {
        settings: {
          session_preload_libraries: 'auto_explain',
          'auto_explain.log_min_duration': '20',
          'auto_explain.log_analyze': 'on',
          'auto_explain.log_nested_statements': 'on',
        },
      }
    : {}),
})
const temporal = await startTemporalServer({ dir: folder, port: 0, uiPort: false })
const provider = await beside('bench/parts/provider.ts', {})
const { url, count } = JSON.parse(provider.line) as { url: string; count: string }
const accepted = async () => Number(await (await fetch(count)).text())
const env = {
  DATABASE_URL: postgres.url,
  TEMPORAL_ADDRESS: temporal.address,
  SENDGRID_API_KEY: 'SG.test',
  SENDGRID_BASE_URL: url,
  SENDGRID_FROM: 'shop@perennial.example',
  POSTAL_ADDRESS: 'Main Street 1, Springfield',
  LOG_LEVEL: 'silent',
}
await migrate(postgres.url)
const db = openDatabase(postgres.url)
await db.run(sql`INSERT INTO customer (external_id, email, first_name, timezone, created_at, updated_at)
  SELECT 'c' || i, 'c' || i || '@mail.example', 'N' || i, 'Europe/Berlin', '2026-01-01', '2026-01-01' FROM generate_series(1, ${customers}::int) i`)
await db.pool.query('VACUUM ANALYZE')

const team = await Promise.all(Array.from({ length: workers }, () => beside('bench/parts/worker.ts', env)))
const config = readConnectedConfig(env)
const log = pino({ level: 'silent' })
const gateway = connectTemporal({ temporal: config.temporal, campaignOf: async run => (await findRun(db, run))?.campaign, log })
const app = buildServer({
  db,
  temporal: gateway,
  config: { ...config, apiKey: 'owner-key-of-the-bench', secretKey: 'bench' },
  log,
  clock: () => new Date(),
})
const call = async (method: 'POST' | 'GET', path: string, payload?: object) => {
  const headers = { authorization: 'Bearer owner-key-of-the-bench' }
  const answer = await app.inject(payload ? { method, url: path, headers, payload } : { method, url: path, headers })
  if (answer.statusCode >= 300) throw new Error(`${path}: ${answer.statusCode} ${answer.body}`)
  return answer.json()
}
const parts = () => ({
  worker: team
    .map(one => usage(one.pid))
    .reduce((sum, one) => ({ cpu: sum.cpu + one.cpu, mb: sum.mb + one.mb }), { cpu: 0, mb: 0 }),
  PostgreSQL: usage(postgres.pid),
  Temporal: usage(temporal.pid),
  provider: usage(provider.pid),
})
const table = (before: ReturnType<typeof parts>, after: ReturnType<typeof parts>, scale: number) => {
  for (const name of Object.keys(after) as (keyof typeof after)[])
    console.log(`| ${name} | ${((after[name].cpu - before[name].cpu) * scale).toFixed(2)} | ${after[name].mb.toFixed(0)} |`)
}

try {
  console.log(`${new Date().toISOString().slice(0, 16)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`)
  const campaign = await call('POST', '/v1/campaigns', {
    name: 'Bench',
    trigger: { kind: 'now' },
    goals: [
      {
        key: 'g',
        kind: 'winBack',
        success: { event: 'Order Completed', within: '30d' },
        journey: [
          {
            kind: 'message',
            channel: 'email',
            content: {
              subject: 'Hello',
              html: '<p>Hello {{ customer.firstName | default: "there" }}</p><p>{{ postalAddress }}</p><p><a href="{{ unsubscribeUrl }}">stop</a></p>',
            },
          },
          { kind: 'wait', for: '30d' },
        ],
      },
    ],
  })
  const before = parts()
  const began = performance.now()
  const { run } = await call('POST', `/v1/campaigns/${campaign.id}/launch`)
  while ((await accepted()) < customers) await sleep(50)
  const seconds = (performance.now() - began) / 1_000
  let view = await call('GET', `/v1/runs/${run}`)
  while (view.bySteps[1]?.waiting < customers) {
    await sleep(200)
    view = await call('GET', `/v1/runs/${run}`)
  }
  const rested = (performance.now() - began) / 1_000
  const after = parts()
  const rate = customers / seconds
  console.log(
    `${customers.toLocaleString('en')} customers, ${workers} worker(s): launch to last acceptance ${seconds.toFixed(1)} s = ${Math.round(rate).toLocaleString('en')} messages/s; everybody at rest after ${rested.toFixed(1)} s`,
  )
  console.log('\n| process | CPU s / 100,000 | memory MB |\n|---|---:|---:|')
  table(before, after, 100_000 / customers)

  const connection = await Connection.connect({ address: temporal.address })
  const client = new Client({ connection })
  let events = 0
  let waves = 0
  for await (const workflow of client.workflow.list()) {
    if (workflow.type !== 'wave' && workflow.type !== 'campaign') continue
    events += workflow.historyLength ?? 0
    if (workflow.type === 'wave') waves++
  }
  let open = 0
  for await (const _ of client.workflow.list({ query: `ExecutionStatus = 'Running'` })) open++
  console.log(
    `\n${waves} waves, ${(events / Math.max(1, waves)).toFixed(1)} history events a wave (the campaign's own included), open workflows ${open}`,
  )

  const bare = await beside('bench/parts/bare-sender.ts', { CUSTOMERS: String(customers), PROVIDER: url })
  const bareResult = await new Promise<string>(resolve => bare.child.stdout?.on('data', data => resolve(String(data))))
  const bareRate = customers / (JSON.parse(bareResult) as { seconds: number }).seconds
  console.log(
    `bare sender: ${Math.round(bareRate).toLocaleString('en')} messages/s; ours is ${(rate / bareRate).toFixed(2)} of it`,
  )

  if (idleSeconds > 0) {
    await sleep(5_000)
    const rest = parts()
    await sleep(idleSeconds * 1_000)
    console.log(
      `\n${customers.toLocaleString('en')} waiting, ${idleSeconds} s:\n\n| process | CPU s | memory MB |\n|---|---:|---:|`,
    )
    table(rest, parts(), 1)
  }
  await connection.close()
} finally {
  await app.close()
  await gateway.close()
  for (const one of team) await one.stop()
  await provider.stop()
  await db.close()
  await temporal.stop(true)
  await postgres.stop(true)
  if (profiling) console.log(`the statements and their durations: ${folder}/postgres.log`)
  else rmSync(folder, { recursive: true, force: true })
}
