/**
 * What a look at saved segments costs, by who changed since the last and whose time came: it follows them, not how many there are.
 * `npx tsx bench/segment-history.ts [customers] [events]`, on a PostgreSQL of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSegmentHistory } from '../activities/segment-history.ts'
import type { CustomerScore } from '../domain/metric/score.ts'
import type { Rule } from '../domain/segment/rule.ts'
import { openDatabase } from '../prisma/client.ts'
import { migrate } from '../prisma/migrate.ts'
import { storeScores } from '../prisma/queries/scores.ts'
import { insertSegment } from '../prisma/queries/segments.ts'
import { startPostgres } from '../worker/local/postgres.ts'
import { AT, makePeople } from './people.ts'
import { serverCpu } from './server-cpu.ts'

const customers = Number(process.argv[2] ?? 1_000_000)
const events = Number(process.argv[3] ?? 10_000_000)
const rules: Record<string, Rule> = {
  pro: { attribute: 'plan', is: 'pro' },
  buyers: { event: 'Order Completed', count: { gte: 2 }, within: '30d' },
  silent: { inactive: { for: '60d' } },
  fresh: { attribute: 'signedUpAt', withinLast: '90d' },
  ending: { subscription: { status: 'trialing', trialEndsWithin: '3d' } },
  keen: { message: { was: 'clicked' }, within: '30d' },
  rested: { not: { message: { was: 'sent' }, within: '7d' } },
  poor: { health: { lt: 30 } },
}

/** Every third customer was sent a message in the last sixty days, every tenth of them clicked; everybody has a score. */
async function makeMessagesAndScores(): Promise<void> {
  const at = AT.toISOString()
  await db.pool.query(
    `INSERT INTO run (campaign, version, number, status, finite, salt, planned_size, started_at) VALUES (1, 1, 1, 'running', false, '', 1, $1)`,
    [at],
  )
  await db.pool.query(
    `INSERT INTO message (id, run, enrollment, customer, version, step, channel, class, status, created_at, sending_at, accepted_at, clicked_at)
     SELECT gen_random_uuid(), 1, id, id, 1, 0, 'email', 'marketing', 'accepted', t, t, t, CASE WHEN id % 10 = 0 THEN t + interval '1 hour' END
     FROM (SELECT id, $1::timestamptz - 60 * random() * interval '1 day' AS t FROM customer WHERE id % 3 = 0) m`,
    [at],
  )
  await db.pool.query(
    `INSERT INTO customer_score (customer, at, lifecycle, health, churn_risk, facts) SELECT id, $1, 'active', id % 101, 0.5, '{}' FROM customer`,
    [at],
  )
  await db.pool.query('VACUUM ANALYZE message, customer_score')
}

const folder = mkdtempSync(join(tmpdir(), 'segment-history-'))
const server = await startPostgres({ dir: join(folder, 'postgres'), port: 0 })
const db = openDatabase(server.url)
try {
  await migrate(server.url)
  await makePeople(db, customers, events)
  for (const [key, rule] of Object.entries(rules)) await db.transaction(tx => insertSegment(tx, { key, name: key, rule, at: AT }))
  const { sweepSegments } = createSegmentHistory({ db })
  let at = AT.getTime()
  await makeMessagesAndScores()
  const look = async () => {
    const before = await serverCpu(db)
    const begun = performance.now()
    const { moved } = await sweepSegments({ at })
    return { moved, ms: performance.now() - begun, cpu: ((await serverCpu(db)) - before) * 1_000 }
  }
  const low = {
    lifecycle: { stage: 'active' },
    rfm: null,
    health: { value: 10 },
    churn: { risk: 0.5, reason: null },
    superHealthy: false,
  } as unknown as CustomerScore
  const changes: [string, (n: number) => Promise<unknown>][] = [
    ['profiles', n => db.pool.query(`UPDATE customer SET attributes = attributes || '{"plan": "pro"}' WHERE id <= $1`, [n])],
    [
      'sent messages',
      n => db.pool.query('UPDATE message SET accepted_at = $2 WHERE customer <= 3 * $1', [n, new Date(at - 1_000)]),
    ],
    [
      'clicked messages',
      n => db.pool.query('UPDATE message SET clicked_at = $2 WHERE customer <= 3 * $1', [n, new Date(at - 1_000)]),
    ],
    [
      'scores',
      n =>
        storeScores(
          db,
          new Date(at),
          Array.from({ length: n }, (_, i) => ({ customer: i + 1, score: low })),
        ),
    ],
  ]
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${customers.toLocaleString('en')} customers, ${events.toLocaleString('en')} events, ${Object.keys(rules).length} segments`,
  )
  console.log('| since the last look | moved | ms | CPU of PostgreSQL, ms |\n|---|---:|---:|---:|')
  const tell = async (what: string) => {
    at += 60_000
    const { moved, ms, cpu } = await look()
    console.log(`| ${what} | ${moved} | ${ms.toFixed(0)} | ${cpu.toFixed(0)} |`)
  }
  await tell('everything (the first look: everybody is asked)')
  await db.pool.query('ANALYZE segment_member, segment_due')
  for (let i = 0; i < 5; i++) await tell('a minute')
  for (const [what, change] of changes)
    for (const n of [10, 1_000, 10_000]) {
      await change(n)
      await tell(`a minute, ${n.toLocaleString('en')} ${what}`)
    }
  at += 86_400_000
  await tell('a day, all of it at once')
} finally {
  await db.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
