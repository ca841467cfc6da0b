/**
 * How long the results of a campaign with a million customers take: cold (a database and an API just started), computed again, and
 * warm (asked again while nothing new was stored). `npx tsx bench/results-speed.ts [customers]`; EXPLAIN=1 (with DATA) writes each statement's
 * plan in the server's log. Takes a server of its own in a folder that is removed afterwards, unless DATA names one to keep and use again.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { buildServer } from '../api/server.ts'
import type { TemporalGateway } from '../api/temporal.ts'
import { campaignSchema } from '../domain/campaign/campaign.ts'
import { readConfig } from '../domain/config.ts'
import { compileProgram } from '../domain/journey/program.ts'
import { sql } from '../domain/sql.ts'
import { type Db, openDatabase } from '../prisma/client.ts'
import { migrate } from '../prisma/migrate.ts'
import { insertCampaign } from '../prisma/queries/campaigns.ts'
import { eventNameIds } from '../prisma/queries/event-name-ids.ts'
import { openRun } from '../prisma/queries/runs.ts'
import { startPostgres } from '../worker/local/postgres.ts'

const customers = Number(process.argv[2] ?? 1_000_000)
const at = new Date('2026-06-30T12:00:00Z')
const day = 86_400_000

const campaign = campaignSchema.parse({
  name: 'A million',
  trigger: { kind: 'event', event: 'Order Completed' },
  experiment: {
    holdout: 0.1,
    variants: [
      { key: 'a', weight: 1 },
      { key: 'b', weight: 1 },
    ],
    plannedTotal: customers,
  },
  goals: [
    {
      key: 'g',
      kind: 'winBack',
      success: { event: 'Order Completed', within: '14d' },
      journey: [{ kind: 'message', id: 'mail', channel: 'email', content: { subject: 'Hi', html: '{{ unsubscribeUrl }}' } }],
    },
  ],
})

/** Everybody entered within thirty days; a fifth has ordered since, half had ordered before, and much else happened. */
async function fill(db: Db): Promise<void> {
  const names = await eventNameIds(db, ['Order Completed', 'Login'])
  const row = await insertCampaign(db, { name: campaign.name, document: campaign, at })
  const run = await openRun(db, {
    campaign: row.id,
    version: 1,
    document: campaign,
    program: compileProgram(campaign.goals),
    finite: false,
    enrolling: false,
    salt: `campaign-${row.id}`,
    plannedSize: customers,
    at: new Date(at.getTime() - 40 * day),
    sweptTo: null,
    watch: [],
  })
  if (!run) throw new Error('no run')
  await db.run(sql`SELECT setseed(0.5)`)
  await db.run(
    sql`INSERT INTO customer (external_id, created_at, updated_at) SELECT 'c' || i, ${at}, ${at} FROM generate_series(1, ${customers}::int) i`,
  )
  await db.run(sql`INSERT INTO enrollment (run, customer, version, goal, variant, state, place, entered_at, ended_at, reason)
    SELECT ${run.id}::int, id, 1, 'g', CASE WHEN random() < 0.1 THEN 'holdout' WHEN random() < 0.5 THEN 'a' ELSE 'b' END, 'ended', 1, t, t, 'completed'
    FROM (SELECT id, ${at}::timestamptz - interval '40 days' + id * interval '40 days' / ${customers}::int AS t FROM customer) c`)
  await db.run(sql`INSERT INTO message (run, enrollment, customer, version, step, channel, class, variant, status, created_at, accepted_at, delivered_at, opened_at, provider_id)
    SELECT run, id, customer, 1, 0, 'email', 'marketing', variant, (CASE WHEN x < 0.3 THEN 'opened' ELSE 'delivered' END)::message_status, entered_at, entered_at, entered_at,
      CASE WHEN x < 0.3 THEN entered_at + interval '1 hour' END, 'p' || id FROM (SELECT *, random() AS x FROM enrollment) e WHERE variant <> 'holdout'`)
  const event = (name: string, when: string, share: number) =>
    db.run(sql`INSERT INTO event (customer, name, at, received_at, value, properties)
      SELECT customer, ${names.get(name)}::int, t, t, v, jsonb_build_object('revenue', v, 'currency', 'EUR', 'category', 'shoes')
      FROM (SELECT customer, entered_at + (CASE WHEN ${when} = 'after' THEN random() ELSE -random() END) * interval '28 days' AS t, round((random() * 100)::numeric, 2)::float8 AS v FROM enrollment
        WHERE random() < ${share}::float8) e WHERE t <= ${at}`)
  await event('Order Completed', 'before', 0.5)
  await event('Order Completed', 'after', 0.3)
  for (let i = 0; i < 3; i++) await event('Login', 'after', 1)
  await db.run(sql`VACUUM ANALYZE`)
}

const kept = process.env.DATA
const folder = kept ?? mkdtempSync(join(tmpdir(), 'results-bench-'))
const explain = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '50',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
}
const open = () =>
  startPostgres({ dir: join(folder, 'postgres'), port: 0, ...(process.env.EXPLAIN ? { settings: explain } : {}) })
const nobody = { ready: async () => {}, ring: () => {}, lostRings: () => 0, close: async () => {} } as unknown as TemporalGateway

async function serve(url: string) {
  const db = openDatabase(url)
  const config = { ...readConfig({ DATA_DIR: folder }), apiKey: 'owner', secretKey: 'a secret of the bench, long enough' }
  const app = buildServer({ db, temporal: nobody, config, log: pino({ level: 'silent' }), clock: () => at })
  await app.ready()
  const ask = async (query: string, fresh = false) => {
    const start = performance.now()
    const answer = await app.inject({
      url: `/v1/campaigns/cmp_1/results${query}`,
      headers: { authorization: 'Bearer owner', ...(fresh ? { 'cache-control': 'no-cache' } : {}) },
    })
    const took = performance.now() - start
    if (answer.statusCode !== 200) throw new Error(answer.body)
    return { took, body: JSON.parse(answer.body) }
  }
  return {
    db,
    ask,
    close: async () => {
      await app.close()
      await db.close()
    },
  }
}

try {
  let server = await open()
  await migrate(server.url)
  const db = openDatabase(server.url)
  if (!(await db.row(sql`SELECT 1 FROM enrollment LIMIT 1`))) {
    console.time('filled')
    await fill(db)
    console.timeEnd('filled')
  }
  await db.close()
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${customers.toLocaleString('en')} enrolled, ms`)
  console.log('| metric | cold | computed again | warm (slowest of 5) | enrolled | decision |\n|---|---:|---:|---:|---:|---|')
  for (const query of ['', '?metric=revenue', '?metric=retention&bracket=7d-14d', '?metric=churn&within=14d']) {
    await server.stop()
    server = await open()
    const api = await serve(server.url)
    const cold = await api.ask(query)
    const again = await api.ask(query, true)
    const warm: number[] = []
    for (let i = 0; i < 5; i++) warm.push((await api.ask(query)).took)
    const show = (ms: number) => ms.toFixed(0)
    console.log(
      `| ${query || 'conversion'} | ${show(cold.took)} | ${show(again.took)} | ${show(Math.max(...warm))} | ${cold.body.population.enrolled} | ${cold.body.decision.state} |`,
    )
    await api.close()
  }
  await server.stop()
} finally {
  if (!kept) rmSync(folder, { recursive: true, force: true })
}
