/**
 * What a look at saved segments costs, by how many customers changed since the last: it follows them, not how many there are.
 * `npx tsx bench/segment-history.ts [customers] [events]`, on a PostgreSQL of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSegmentHistory } from '../activities/segment-history.ts'
import type { Rule } from '../domain/segment/rule.ts'
import { openDatabase } from '../prisma/client.ts'
import { migrate } from '../prisma/migrate.ts'
import { insertSegment } from '../prisma/queries/segments.ts'
import { startPostgres } from '../worker/local/postgres.ts'
import { AT, makePeople } from './people.ts'

const customers = Number(process.argv[2] ?? 1_000_000)
const events = Number(process.argv[3] ?? 10_000_000)
const rules: Record<string, Rule> = {
  pro: { attribute: 'plan', is: 'pro' },
  buyers: { event: 'Order Completed', count: { gte: 2 }, within: '30d' },
  silent: { inactive: { for: '60d' } },
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
  const look = async (changed: number) => {
    await db.pool.query(`UPDATE customer SET attributes = attributes || '{"plan": "pro"}' WHERE id <= $1`, [changed])
    const begun = performance.now()
    at += 60_000
    const { moved } = await sweepSegments({ at })
    return { moved, ms: performance.now() - begun }
  }
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${customers.toLocaleString('en')} customers, ${events.toLocaleString('en')} events, ${Object.keys(rules).length} segments`,
  )
  console.log('| changed since | moved | ms |\n|---:|---:|---:|')
  const first = await look(0)
  console.log(`| everybody (the first look) | ${first.moved} | ${first.ms.toFixed(0)} |`)
  for (const changed of [0, 0, 10, 1_000, 10_000]) {
    const { moved, ms } = await look(changed)
    console.log(`| ${changed.toLocaleString('en')} | ${moved} | ${ms.toFixed(0)} |`)
  }
} finally {
  await db.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
