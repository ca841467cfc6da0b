// npx tsx bench/simulate.ts [what …]: a realistic campaign simulated over 30 days for CUSTOMERS (100,000), the past of them played back on
// EVENTS (1,000,000) stored events. What: `now` (a launch as of now), or the kind of the trigger that begins the past: `event`, `inactivity`,
// `date`, `trialEnd`, `segmentEntry`, `schedule`, `at`; all by default. KEEP=folder keeps the database for the next time, ANSWERS=folder writes each
// whole answer there, to compare, and PROFILE=1 prints where PostgreSQL's time went.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SimulationRequest, simulate } from '../activities/simulate.ts'
import { campaignSchema } from '../domain/campaign/campaign.ts'
import { settingsSchema } from '../domain/settings.ts'
import { sql } from '../domain/sql.ts'
import { type Db, openDatabase } from '../prisma/client.ts'
import { migrate } from '../prisma/migrate.ts'
import { insertSegment } from '../prisma/queries/segments.ts'
import { startPostgres } from '../worker/local/postgres.ts'
import { usage } from './parts/processes.ts'
import { letter } from './parts/stand.ts'

const customers = Number(process.env.CUSTOMERS ?? 100_000)
const events = Number(process.env.EVENTS ?? 1_000_000)
const now = new Date('2026-06-30T12:00:00Z')
const day = 86_400_000
const monthAgo = new Date(now.getTime() - 30 * day)

/** What each measurement begins by; all but `now` are of the past. */
const begins: Record<string, object> = {
  now: { kind: 'now' },
  event: { kind: 'event', event: 'Signed Up' },
  inactivity: { kind: 'inactivity', for: '7d' },
  date: { kind: 'date', attribute: 'born', yearly: true },
  trialEnd: { kind: 'trialEnd', before: '3d' },
  segmentEntry: { kind: 'segmentEntry', segment: 'keen' },
  schedule: { kind: 'schedule', cron: '0 9 * * 1', timezone: 'Europe/Berlin' },
  at: { kind: 'at', at: monthAgo.toISOString() },
}
const asked = process.argv.slice(2)
const what = asked.length > 0 ? asked : Object.keys(begins)
for (const one of what) if (!begins[one]) throw new Error(`${one} is none of ${Object.keys(begins).join(', ')}`)

const email = (subject: string) => ({ kind: 'message', channel: 'email', content: letter(subject) })
const sms = {
  kind: 'message',
  channel: 'sms',
  content: { body: 'Hello {{ customer.firstName | default: "there" }}, ten per cent until Sunday: https://shop.example/ten' },
}
const journey = [
  email('Something for you'),
  { kind: 'await', on: { event: 'Visited' }, within: '4d', do: [email('Good to see you')], else: [sms] },
  { kind: 'wait', for: '3d' },
  { kind: 'split', arms: { a: [email('Ten per cent')], b: [email('Free delivery')] } },
  { kind: 'wait', until: '09:00', weekday: ['mon'] },
  email('Last call'),
]
const document = {
  name: 'Bench',
  goals: [
    {
      key: 'pros',
      kind: 'upsell',
      when: { attribute: 'plan', is: 'pro' },
      success: { event: 'Order Completed', within: '20d' },
      journey,
    },
    { key: 'others', kind: 'winBack', success: { event: 'Order Completed', within: '14d' }, journey },
  ],
  experiment: {
    holdout: 0.1,
    variants: [
      { key: 'a', weight: 1 },
      { key: 'b', weight: 1 },
    ],
  },
}

async function fill(db: Db): Promise<void> {
  const client = await db.pool.connect()
  const query = (text: string) => client.query(text)
  await query(`INSERT INTO customer (external_id, email, phone, first_name, timezone, attributes, created_at, updated_at)
    SELECT 'c' || i, 'c' || i || '@mail.example', '+4670' || (1000000 + i), 'N' || i, (ARRAY['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Australia/Perth'])[1 + i % 4],
      jsonb_build_object('born', (date '1960-01-01' + i % 15000)::text, 'plan', CASE WHEN i % 3 = 0 THEN 'pro' ELSE 'free' END), '2026-01-01', '2026-01-01' FROM generate_series(1, ${customers}) i`)
  await query(
    `WITH said AS (INSERT INTO consent_change (customer, channel, topic, status, source, at) SELECT id, 'sms', '', 'subscribed', 'api', '2026-01-01' FROM customer WHERE id % 10 < 6 RETURNING *)
    INSERT INTO consent (customer, channel, topic, status, source, at, change) SELECT customer, channel, topic, status, source, at, id FROM said`,
  )
  await query(
    `INSERT INTO event_name (name) VALUES ('Visited'), ('Order Completed'), ('Signed Up'), ('Trial Started') ON CONFLICT DO NOTHING`,
  )
  // The same events each time, so that two measurements are of the same.
  await query(`SELECT setseed(0.5)`)
  await query(`INSERT INTO event (customer, name, at, received_at, properties, value)
    SELECT c.id, n.id, e.at, e.at, '{}', CASE WHEN n.name = 'Order Completed' THEN 10 END
    FROM (SELECT i, (ARRAY['Visited', 'Visited', 'Visited', 'Visited', 'Visited', 'Visited', 'Visited', 'Signed Up', 'Signed Up', 'Order Completed'])[1 + i % 10] AS name,
      1 + floor(random() * ${customers})::int AS who, timestamptz '${now.toISOString()}' - random() * interval '60 days' AS at FROM generate_series(1, ${events}) i) e
    JOIN event_name n ON n.name = e.name JOIN customer c ON c.external_id = 'c' || e.who ORDER BY e.at`)
  // Half of them have been trying it for two months; everybody's trial ends at a time of its own of the last thirty days.
  await query(`INSERT INTO event (customer, name, at, received_at, properties)
    SELECT c.id, n.id, t.ends - interval '60 days', t.ends - interval '60 days', jsonb_build_object('trialEndsAt', to_char(t.ends AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    FROM (SELECT id, timestamptz '${now.toISOString()}' - id * interval '30 days' / ${customers} AS ends FROM customer WHERE id % 2 = 0) t
    JOIN customer c USING (id) JOIN event_name n ON n.name = 'Trial Started' ORDER BY t.ends`)
  await query(
    `INSERT INTO event_stat (customer, name, count, first_at, last_at, sum) SELECT customer, name, count(*), min(at), max(at), coalesce(sum(value), 0) FROM event GROUP BY 1, 2`,
  )
  await query(`INSERT INTO last_seen (customer, at) SELECT customer, max(last_at) FROM event_stat GROUP BY 1`)
  await query('VACUUM ANALYZE')
  client.release()
}

const folder = process.env.KEEP ?? mkdtempSync(join(tmpdir(), 'perennial-bench-'))
const profiling = process.env.PROFILE === '1'
const postgres = await startPostgres({
  dir: join(folder, 'postgres'),
  port: 0,
  ...(profiling ? { settings: { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.max': '5000' } } : {}),
})
try {
  await migrate(postgres.url)
  const db = openDatabase(postgres.url)
  if ((await db.row(sql`SELECT 1 FROM customer LIMIT 1`)) === undefined) {
    await fill(db)
    await db.transaction(tx =>
      insertSegment(tx, { key: 'keen', name: 'Keen', rule: { event: 'Visited', count: { gte: 3 }, within: '30d' }, at: now }),
    )
  }
  if (profiling) await db.pool.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements')
  const settings = settingsSchema.parse({
    caps: [{ channel: 'email', max: 2, per: '7d' }],
    postalAddress: 'Main Street 1, Springfield',
    prices: { email: 0.001, sms: 0.07, inApp: 0 },
  })
  console.log(
    `${new Date().toISOString().slice(0, 16)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}; ${customers} customers, ${events} events`,
  )
  console.log('\n| | seconds | CPU s: Node, PostgreSQL | entered | messages sent | put off |\n|---|---:|---|---:|---:|---:|')
  for (const name of what) {
    const times: Pick<SimulationRequest, 'from' | 'to' | 'past'> =
      name === 'now'
        ? { from: now, to: new Date(now.getTime() + 30 * day), past: false }
        : { from: monthAgo, to: now, past: true }
    if (profiling) await db.run(sql`SELECT pg_stat_statements_reset()`)
    const [node, server] = [process.cpuUsage(), usage(postgres.pid).cpu]
    const began = performance.now()
    const result = await simulate(db, {
      campaign: 1,
      version: 1,
      document: campaignSchema.parse({ ...document, trigger: begins[name] }),
      settings,
      links: { secretKey: 'a-secret-of-at-least-thirty-two-characters', publicUrl: 'https://shop.example' },
      atMost: 100_000,
      patienceMs: 900_000,
      ...times,
    })
    const seconds = (performance.now() - began) / 1_000
    const used = process.cpuUsage(node)
    const entered = result.entries.reduce((sum, one) => sum + one.entered, 0)
    const sent = result.channels.reduce((sum, one) => sum + one.sent, 0)
    console.log(
      `| ${name === 'now' ? 'a launch now' : `the last 30 days, begun by ${name}`} | ${seconds.toFixed(1)} | ${((used.user + used.system) / 1e6).toFixed(1)}, ${(usage(postgres.pid).cpu - server).toFixed(1)} | ${entered} | ${sent} | ${result.deferred.messages} |`,
    )
    if (process.env.ANSWERS) {
      mkdirSync(process.env.ANSWERS, { recursive: true })
      writeFileSync(join(process.env.ANSWERS, `${name}.json`), JSON.stringify(result, null, 1))
    }
    if (!profiling) continue
    const rows = await db.rows<{ ms: number; calls: number; query: string }>(
      sql`SELECT round(total_exec_time)::int AS ms, calls::int, left(regexp_replace(query, '[[:space:]]+', ' ', 'g'), 170) AS query FROM pg_stat_statements ORDER BY total_exec_time DESC`,
    )
    const sum = (of: 'ms' | 'calls') => rows.reduce((total, row) => total + row[of], 0)
    console.log(`${sum('calls')} statements in ${sum('ms')} ms; those that took longest, and those that came most often:`)
    for (const most of [rows.slice(0, 18), rows.toSorted((a, b) => b.calls - a.calls).slice(0, 18)])
      for (const row of most) console.log(`${String(row.ms).padStart(7)} ms ${String(row.calls).padStart(6)} ${row.query}`)
  }
  await db.close()
} finally {
  await postgres.stop(true)
  if (!process.env.KEEP) rmSync(folder, { recursive: true, force: true })
}
