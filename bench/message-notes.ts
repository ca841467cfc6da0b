/**
 * What an acceptance costs while no saved segment asks about messages, while one asks who clicked, and while one asks who was sent
 * something. `npx tsx bench/message-notes.ts [messages]`, on a PostgreSQL of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Rule } from '../domain/segment/rule.ts'
import { openDatabase } from '../prisma/client.ts'
import { migrate } from '../prisma/migrate.ts'
import { keepMessageNotes } from '../prisma/queries/message-notes.ts'
import { settleAccepted } from '../prisma/queries/messages.ts'
import { insertSegment } from '../prisma/queries/segments.ts'
import { startPostgres } from '../worker/local/postgres.ts'
import { serverCpu } from './server-cpu.ts'

const messages = Number(process.argv[2] ?? 100_000)
const rules: [string, Rule | null][] = [
  ['none', null],
  ['who clicked', { message: { was: 'clicked' } }],
  ['who was sent something', { message: { was: 'sent' } }],
]

const folder = mkdtempSync(join(tmpdir(), 'message-notes-'))
const server = await startPostgres({ dir: join(folder, 'postgres'), port: 0 })
const db = openDatabase(server.url)
const attempt = '00000000-0000-7000-8000-000000000001'

/** CPU of the server for the acceptance of all, a thousand at a time, in ms. */
async function accepted(): Promise<number> {
  await db.pool.query('TRUNCATE message, touched')
  await db.pool.query(
    `INSERT INTO message (id, run, enrollment, customer, version, step, channel, class, status, attempt, created_at, sending_at)
     SELECT gen_random_uuid(), 1, n, n, 1, 0, 'email', 'marketing', 'sending', $1, now(), now() FROM generate_series(1, $2::int) n`,
    [attempt, messages],
  )
  await db.pool.query('VACUUM ANALYZE message')
  const ids = (await db.pool.query<{ id: string }>('SELECT id FROM message ORDER BY enrollment')).rows.map(row => row.id)
  const before = await serverCpu(db)
  for (let i = 0; i < ids.length; i += 1_000) await settleAccepted(db, attempt, ids.slice(i, i + 1_000), 'x', new Date())
  return Math.round(((await serverCpu(db)) - before) * 1_000)
}

try {
  await migrate(server.url)
  console.log(`| a saved segment asks | CPU of PostgreSQL for ${messages.toLocaleString('en')} acceptances, ms |\n|---|---:|`)
  for (const [what, rule] of rules) {
    if (rule) await db.transaction(tx => insertSegment(tx, { key: `s${what.length}`, name: what, rule, at: new Date() }))
    await keepMessageNotes(db)
    const rounds = [await accepted(), await accepted(), await accepted()]
    console.log(`| ${what} | ${Math.min(...rounds)} to ${Math.max(...rounds)} |`)
  }
} finally {
  await db.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
