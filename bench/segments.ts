/**
 * How long ten typical rules take over everybody, beside SQL written by hand for the same question in the same run.
 * `npx tsx bench/segments.ts [customers] [events]`; with EXPLAIN=1 it prints the plans. DATABASE_URL: an empty database, or
 * one that an earlier run of this filled; without it a server of its own in a folder that is removed afterwards.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ruleCount } from '../domain/segment/members.ts'
import { describeRule, type Rule } from '../domain/segment/rule.ts'
import { sql, toQuery } from '../domain/sql.ts'
import { openDatabase } from '../prisma/client.ts'
import { migrate } from '../prisma/migrate.ts'
import { previewMembers } from '../prisma/queries/members.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { startPostgres } from '../worker/local/postgres.ts'
import { AT, makePeople } from './people.ts'

const customers = Number(process.argv[2] ?? 1_000_000)
const events = Number(process.argv[3] ?? 10_000_000)
const rounds = Number(process.env.ROUNDS ?? 7)
const day = (n: number) => `'${new Date(AT.getTime() - n * 86_400_000).toISOString()}'::timestamptz`
const now = day(0)

/** A rule, and what somebody who knows the tables would write for it. */
const questions: readonly (readonly [rule: Rule, byHand: string])[] = [
  [{ attribute: 'plan', is: 'pro' }, `SELECT count(*) FROM customer WHERE attributes ->> 'plan' = 'pro'`],
  [
    {
      all: [
        { attribute: 'age', gte: 30, lt: 40 },
        { attribute: 'country', in: ['DE', 'FR'] },
        { attribute: 'timezone', is: 'Europe/Berlin' },
      ],
    },
    `SELECT count(*) FROM customer WHERE timezone = 'Europe/Berlin' AND attributes ->> 'country' IN ('DE', 'FR') AND (attributes ->> 'age')::numeric >= 30 AND (attributes ->> 'age')::numeric < 40`,
  ],
  [
    { attribute: 'signedUpAt', withinLast: '90d' },
    `SELECT count(*) FROM customer WHERE (attributes ->> 'signedUpAt')::timestamptz > ${day(90)} AND (attributes ->> 'signedUpAt')::timestamptz <= ${now}`,
  ],
  [
    { event: 'Order Completed', within: '30d' },
    `SELECT count(*) FROM event_stat WHERE name = 4 AND last_at > ${day(30)} AND last_at <= ${now}`,
  ],
  [
    { event: 'Order Completed', count: { gte: 2 }, within: '30d' },
    `SELECT count(*) FROM (SELECT customer FROM event WHERE name = 4 AND at > ${day(30)} AND at <= ${now} GROUP BY 1 HAVING count(*) >= 2) x`,
  ],
  [
    { event: 'Order Completed', within: '90d', sum: { property: 'revenue', gte: 500 } },
    `SELECT count(*) FROM (SELECT customer FROM event WHERE name = 4 AND at > ${day(90)} AND at <= ${now} GROUP BY 1 HAVING sum(value) >= 500) x`,
  ],
  [
    { event: 'Order Completed', within: '60d', where: [{ property: 'category', is: 'shoes' }] },
    `SELECT count(DISTINCT customer) FROM event WHERE name = 4 AND at > ${day(60)} AND at <= ${now} AND properties ->> 'category' = 'shoes'`,
  ],
  [
    { all: [{ event: 'Order Completed' }, { not: { event: 'Order Completed', within: '120d' } }, { inactive: { for: '14d' } }] },
    `SELECT count(*) FROM event_stat s JOIN last_seen l USING (customer) WHERE s.name = 4 AND s.last_at <= ${day(120)} AND l.at <= ${day(14)}`,
  ],
  [
    {
      any: [
        { inactive: { event: 'Login', for: '60d', neverCounts: true } },
        {
          all: [
            { attribute: 'plan', is: 'free' },
            { event: 'Refund Requested', count: { gte: 1 } },
          ],
        },
      ],
    },
    `SELECT count(*) FROM customer c LEFT JOIN event_stat l ON l.customer = c.id AND l.name = 2 LEFT JOIN event_stat r ON r.customer = c.id AND r.name = 6
     WHERE l.customer IS NULL OR l.last_at <= ${day(60)} OR (c.attributes ->> 'plan' = 'free' AND r.count >= 1)`,
  ],
  [
    {
      all: [
        { subscription: { status: 'trialing', trialEndsWithin: '3d' } },
        { consent: { channel: 'email' } },
        { not: { event: 'Login', count: { gte: 5 }, within: '14d' } },
      ],
    },
    `SELECT count(*) FROM subscription s JOIN consent k ON k.customer = s.customer AND k.channel = 'email' AND k.topic = '' AND k.status = 'subscribed'
     LEFT JOIN (SELECT customer FROM event WHERE name = 2 AND at > ${day(14)} AND at <= ${now} GROUP BY 1 HAVING count(*) >= 5) x ON x.customer = s.customer
     WHERE s.status = 'trialing' AND s.trial_ends_at > ${now} AND s.trial_ends_at <= ${day(-3)} AND x.customer IS NULL`,
  ],
]

const folder = process.env.DATABASE_URL ? undefined : mkdtempSync(join(tmpdir(), 'segments-bench-'))
const server = folder ? await startPostgres({ dir: join(folder, 'postgres'), port: 0 }) : undefined
const url = server?.url ?? process.env.DATABASE_URL ?? ''
await migrate(url)
const db = openDatabase(url)
try {
  if ((await db.row<{ n: number }>(sql`SELECT count(*) AS n FROM customer`))?.n === 0) await makePeople(db, customers, events)
  const context = await ruleContext(db, AT)
  const sizes = await db.row<{ customers: number; events: number }>(
    sql`SELECT (SELECT count(*) FROM customer) AS customers, (SELECT count(*) FROM event) AS events`,
  )
  const size = `${sizes?.customers.toLocaleString('en')} customers, ${sizes?.events.toLocaleString('en')} events`
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${size}, ms: median (slowest) of ${rounds}\n`,
  )
  console.log('| rule | matched | by hand | count | ratio | preview |\n|---|---:|---:|---:|---:|---:|')
  for (const [rule, byHand] of questions) {
    const ours = toQuery(sql`SELECT ${ruleCount(rule, context)} AS n`)
    const hand: number[] = []
    const mine: number[] = []
    const preview: number[] = []
    const client = await db.pool.connect()
    await client.query(`SET work_mem = '64MB'`)
    const time = async (into: number[], work: () => Promise<unknown>) => {
      const start = performance.now()
      await work()
      into.push(performance.now() - start)
    }
    const counted = async (query: { text: string; values: unknown[] }) =>
      Number(Object.values((await client.query<Record<string, unknown>>(query)).rows[0] ?? {})[0])
    for (let round = 0; round < rounds; round++) {
      await time(hand, () => client.query(byHand))
      await time(mine, () => client.query(ours))
      await time(preview, () => previewMembers(db, rule, context))
    }
    const expected = await counted({ text: byHand, values: [] })
    const n = await counted(ours)
    if (n !== expected) console.log(`!! ${n} by the rule, ${expected} by hand`)
    if (process.env.EXPLAIN) {
      const plan = await client.query({ ...ours, text: `EXPLAIN (ANALYZE, BUFFERS OFF, SUMMARY OFF) ${ours.text}` })
      console.log(plan.rows.map(row => row['QUERY PLAN']).join('\n'))
    }
    client.release(true)
    const middle = (times: number[]) => times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0
    const show = (times: number[]) => `${middle(times).toFixed(0)} (${Math.max(...times).toFixed(0)})`
    console.log(
      `| ${describeRule(rule)} | ${n.toLocaleString('en')} | ${show(hand)} | ${show(mine)} | ${(middle(mine) / middle(hand)).toFixed(2)} | ${show(preview)} |`,
    )
  }
} finally {
  await db.close()
  await server?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true })
}
