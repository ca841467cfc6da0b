/**
 * How fast SendGrid's event webhook takes events in: signed POSTs of 1,000 events each over HTTP, from the socket to the durable
 * commit, and how fast they are processed into the ledger behind it. `npx tsx bench/webhooks.ts [events]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { buildServer } from '../api/server.ts'
import { readConfig } from '../domain/config.ts'
import { sql } from '../domain/sql.ts'
import { openDatabase } from '../prisma/client.ts'
import { migrate } from '../prisma/migrate.ts'
import { anyOpenReport } from '../prisma/queries/provider-events.ts'
import { createSendGridReporter } from '../test/providers/sendgrid-events.ts'
import { fakeGateway } from '../test/support/api.ts'
import { startPostgres } from '../worker/local/postgres.ts'

const total = Number(process.argv[2] ?? 100_000)
const batch = 1_000
const dir = mkdtempSync(join(tmpdir(), 'perennial-bench-'))
const postgres = await startPostgres({ dir: join(dir, 'postgres'), port: 0 })
await migrate(postgres.url)
const db = openDatabase(postgres.url, 10)

// One run, and a message in the ledger for every event.
await db.run(sql`INSERT INTO campaign (id, name, document, created_at, updated_at) VALUES (1, 'bench', '{}', now(), now())`)
await db.run(sql`INSERT INTO campaign_version (campaign, version, document, program, published_at)
  VALUES (1, 1, '{}', '{"steps": [{"body": {"on": [{"message": "clicked"}]}}]}', now())`)
await db.run(
  sql`INSERT INTO run (id, campaign, version, number, status, finite, salt, planned_size, started_at) VALUES (1, 1, 1, 1, 'running', true, 's', 1, now())`,
)
await db.run(
  sql`INSERT INTO customer (id, external_id, created_at, updated_at) SELECT n, 'c' || n, now(), now() FROM generate_series(1, ${total}::int) n`,
)
await db.run(sql`INSERT INTO enrollment (id, run, customer, version, goal, variant, state, place, step, due, awaiting, entered_at)
  SELECT n, 1, n, 1, 'g', 'all', 'waiting', 0, 1, now() + interval '3 days', true, now() FROM generate_series(1, ${total}::int) n`)
const messages = await db.rows<{
  id: string
}>(sql`INSERT INTO message (run, enrollment, customer, version, step, channel, class, status, created_at, sending_at, accepted_at)
  SELECT 1, n, n, 1, 0, 'email', 'marketing', 'accepted', now(), now(), now() FROM generate_series(1, ${total}::int) n RETURNING id`)
await db.run(sql`ANALYZE`)

const reporter = createSendGridReporter({ seed: 1 })
const config = {
  ...readConfig({ SENDGRID_WEBHOOK_PUBLIC_KEY: reporter.publicKey, DATA_DIR: dir }),
  apiKey: 'owner',
  secretKey: 'a secret of the bench, long enough to be one',
}
const app = buildServer({ db, temporal: fakeGateway(), config, log: pino({ level: 'silent' }), clock: () => new Date() })
const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/webhooks/sendgrid/events`
const bodies = Array.from({ length: Math.ceil(total / batch) }, (_, i) =>
  JSON.stringify(
    messages
      .slice(i * batch, (i + 1) * batch)
      .map(({ id }, n) =>
        reporter.event(n % 10 === 0 ? 'click' : 'delivered', { messageId: id, to: 'ada@mail.example', requestId: 'r' }),
      ),
  ),
)
const signed = bodies.map(body => ({ body, headers: reporter.signed(body) }))

const took: number[] = []
const started = performance.now()
for (const { body, headers } of signed) {
  const from = performance.now()
  const response = await fetch(url, { method: 'POST', body, headers })
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  await response.arrayBuffer()
  took.push(performance.now() - from)
}
const taken = performance.now() - started
while (await anyOpenReport(db)) await new Promise(resolve => setTimeout(resolve, 5))
const processed = performance.now() - started

const again = performance.now()
for (const { body, headers } of signed.slice(0, 10)) await (await fetch(url, { method: 'POST', body, headers })).arrayBuffer()
const repeated = (performance.now() - again) / Math.min(10, signed.length)
took.sort((a, b) => a - b)
const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))]!.toFixed(1)
const rate = (ms: number) => Math.round((total / ms) * 1_000).toLocaleString('en')
const nudges = await db.row<{ n: number }>(sql`SELECT count(*)::int AS n FROM nudge`)
console.log(`${cpus().length} cores, ${total} events in webhooks of ${batch}, one after the other, processed meanwhile`)
console.log(
  `answered: ${rate(taken)} events/s; a webhook of ${batch}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; the same again ${repeated.toFixed(1)} ms`,
)
console.log(`in the ledger: ${rate(processed)} events/s; ${nudges?.n} customers nudged`)

await app.close()
await db.close()
await postgres.stop(true)
rmSync(dir, { recursive: true, force: true })
