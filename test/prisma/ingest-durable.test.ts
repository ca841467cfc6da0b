import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Call, callSchema, readCall } from '../../domain/customer/call.ts'
import { openDatabase } from '../../prisma/client.ts'
import { migrate } from '../../prisma/migrate.ts'
import { ingest } from '../../prisma/queries/ingest.ts'
import { type LocalPostgres, startPostgres } from '../../worker/local/postgres.ts'

// This server writes its log of its own accord only seldom: what is on the disk is there because somebody waited for it.
const settings = { wal_writer_delay: '10s', wal_writer_flush_after: '1GB' }
const patience = 300_000
const dir = mkdtempSync(join(tmpdir(), 'durable-'))
let server: LocalPostgres
const start = async () => {
  server = await startPostgres({ dir: join(dir, 'postgres'), port: 0, settings })
}
beforeAll(async () => {
  await start()
  await migrate(server.url)
}, patience)
afterAll(async () => {
  await server?.stop(true)
  rmSync(dir, { recursive: true, force: true })
}, patience)

const at = new Date('2026-03-01T12:00:00Z')
const calls = ['one', 'two'].map(
  messageId => readCall(callSchema.parse({ type: 'track', userId: 'c1', event: 'Login', messageId }), { at }) as Call,
)

test(
  'calls that were answered, one batch twice at once, are there and count once after a server that is killed',
  async () => {
    const db = openDatabase(server.url, 4)
    const answers = await Promise.all([1, 2].map(() => ingest(db, calls, { receivedAt: at, region: 'DE' })))
    expect(answers.map(answer => answer.accepted).sort()).toEqual([0, 2])
    await server.stop(true)
    await db.close()
    await start()
    const again = openDatabase(server.url, 2)
    const { rows } = await again.pool.query('SELECT count::int FROM event_stat').finally(again.close)
    expect(rows).toEqual([{ count: 2 }])
  },
  patience,
)
