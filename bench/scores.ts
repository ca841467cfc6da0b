/**
 * How long a refresh of everybody's scores takes and what memory the worker needs for it.
 * `npx tsx bench/scores.ts [customers] [events]`. DATABASE_URL: an empty database, or one that an earlier run filled; without it a
 * server of its own in a folder that is removed afterwards.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createScores } from '../activities/scores.ts'
import { defaultSettings } from '../domain/settings.ts'
import { sql } from '../domain/sql.ts'
import { openDatabase } from '../prisma/client.ts'
import { migrate } from '../prisma/migrate.ts'
import { findModel } from '../prisma/queries/scores.ts'
import { startPostgres } from '../worker/local/postgres.ts'
import { AT, makePeople } from './people.ts'
import { serverCpu } from './server-cpu.ts'

const customers = Number(process.argv[2] ?? 1_000_000)
const events = Number(process.argv[3] ?? 10_000_000)

const folder = process.env.DATABASE_URL ? undefined : mkdtempSync(join(tmpdir(), 'scores-bench-'))
const server = folder ? await startPostgres({ dir: join(folder, 'postgres'), port: 0 }) : undefined
const url = server?.url ?? process.env.DATABASE_URL ?? ''
await migrate(url)
const db = openDatabase(url, 4)
try {
  if ((await db.row<{ n: number }>(sql`SELECT count(*) AS n FROM customer`))?.n === 0) await makePeople(db, customers, events)
  const { fitScores, scoreCustomers } = createScores({ db, settings: async () => defaultSettings() })
  const mb = () => Math.round(process.memoryUsage.rss() / 2 ** 20)
  const before = mb()
  let peak = before
  const watch = setInterval(() => {
    peak = Math.max(peak, mb())
  }, 50)
  // The second refresh finds scores that stand, as every later one does.
  for (const [round, name] of ['first', 'second'].entries()) {
    const start = performance.now()
    const cpu = process.cpuUsage()
    const serverBefore = await serverCpu(db)
    const model = await fitScores({ at: AT.getTime() + round })
    const fitted = performance.now()
    const { scored } = await scoreCustomers(model)
    const end = performance.now()
    const { user, system } = process.cpuUsage(cpu)
    const found = await findModel(db, model.model)
    console.log(
      `${name}: ${scored.toLocaleString('en')} scored, ${found?.model.buyers.toLocaleString('en')} buyers; learning ${((fitted - start) / 1000).toFixed(1)} s, scoring ${((end - fitted) / 1000).toFixed(1)} s, CPU of Node ${((user + system) / 1e6).toFixed(1)} s, of the server ${((await serverCpu(db)) - serverBefore).toFixed(1)} s, RSS ${before} MB before, ${peak} MB at most; BG/NBD ${JSON.stringify(found?.model.purchases)}`,
    )
  }
  clearInterval(watch)
  console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`)
} finally {
  await db.close()
  await server?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true })
}
