import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { buildServer } from '../../api/server.ts'
import { connectTemporal } from '../../api/temporal.ts'
import { readConnectedConfig } from '../../domain/config.ts'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { migrate } from '../../prisma/migrate.ts'
import { findRun } from '../../prisma/queries/runs.ts'
import { startPostgres } from '../../worker/local/postgres.ts'
import { startTemporalServer } from '../../worker/local/temporal-server.ts'
import { beside } from './processes.ts'

const profiled = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '20',
  'auto_explain.log_analyze': 'on',
}

/**
 * What a measurement stands on: PostgreSQL and Temporal of its own, workers and a provider in processes of their own, the API in
 * this one, and so many customers. PROFILE=1 keeps PostgreSQL's log with the plans of slow statements.
 */
export async function openStand(options: { customers: number; workers: number; provider: string; env?: Record<string, string> }) {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-'))
  const profiling = process.env.PROFILE === '1'
  const postgres = await startPostgres({ dir: join(folder, 'postgres'), port: 0, ...(profiling ? { settings: profiled } : {}) })
  const temporal = await startTemporalServer({ dir: folder, port: 0, uiPort: false })
  const provider = await beside(options.provider, {})
  const told = JSON.parse(provider.line) as Record<string, string>
  const env = {
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: temporal.address,
    SENDGRID_API_KEY: 'SG.test',
    SENDGRID_BASE_URL: told.url ?? '',
    SENDGRID_FROM: 'shop@perennial.example',
    POSTAL_ADDRESS: 'Main Street 1, Springfield',
    LOG_LEVEL: 'silent',
    ...options.env,
  }
  await migrate(postgres.url)
  const db = openDatabase(postgres.url)
  await insertPeople(db, options.customers)
  const team = await Promise.all(Array.from({ length: options.workers }, () => beside('bench/parts/worker.ts', env)))
  const config = readConnectedConfig(env)
  const log = pino({ level: 'silent' })
  const gateway = connectTemporal({
    temporal: config.temporal,
    campaignOf: async run => (await findRun(db, run))?.campaign,
    log,
  })
  const key = 'owner-key-of-the-bench'
  const clock = () => new Date()
  const app = buildServer({ db, temporal: gateway, config: { ...config, apiKey: key, secretKey: 'bench' }, log, clock })

  return {
    app,
    db,
    key,
    told,
    postgres,
    temporal,
    provider,
    team,
    call: async (method: 'POST' | 'GET' | 'PUT', path: string, payload?: object) => {
      const headers = { authorization: `Bearer ${key}` }
      const answer = await app.inject(payload ? { method, url: path, headers, payload } : { method, url: path, headers })
      if (answer.statusCode >= 300) throw new Error(`${path}: ${answer.statusCode} ${answer.body}`)
      return answer.json()
    },
    close: async () => {
      await app.close()
      await gateway.close()
      for (const one of team) await one.stop()
      await provider.stop()
      await db.close()
      await temporal.stop(true)
      await postgres.stop(true)
      if (profiling) console.log(`the plans of slow statements: ${folder}/postgres.log`)
      else rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** So many customers with a name, an address and a zone. */
export async function insertPeople(db: Db, customers: number): Promise<void> {
  await db.run(sql`INSERT INTO customer (external_id, email, first_name, timezone, created_at, updated_at)
    SELECT 'c' || i, 'c' || i || '@mail.example', 'N' || i, 'Europe/Berlin', '2026-01-01', '2026-01-01' FROM generate_series(1, ${customers}::int) i`)
  await db.pool.query('VACUUM ANALYZE')
}

/** A letter with a name, an address and a way out. */
export const letter = (subject: string) => ({
  subject,
  html: '<p>Hello {{ customer.firstName | default: "there" }}</p><p>{{ postalAddress }}</p><p><a href="{{ unsubscribeUrl }}">stop</a></p>',
})

/** A campaign of one goal: this journey for whoever the trigger brings. */
export const campaignOf = (name: string, trigger: object, journey: readonly object[]) => ({
  name,
  trigger,
  goals: [{ key: 'g', kind: 'winBack', success: { event: 'Order Completed', within: '30d' }, journey }],
})

/** One e-mail, and then nothing for a month. */
export const letterAndWait = (subject: string) => [
  { kind: 'message', channel: 'email', content: letter(subject) },
  { kind: 'wait', for: '30d' },
]
