import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { readConfig } from '../domain/config.ts'

/** Prisma's own advisory lock for migrations, so that `prisma migrate deploy` and we exclude each other. */
const LOCK = 72707369

const TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
  logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`

/**
 * Brings a database to the newest migration, recording each as `prisma migrate deploy` does (its table, lock and checksums):
 * either tool can go on from the other, and ours needs no engine download. Any number of starts may call it at once.
 * Each file is one transaction, its record included. Answers the names it applied; throws one sentence that names the migration
 * at fault.
 */
export async function migrate(target: string | pg.Pool, folder = migrationsFolder()): Promise<string[]> {
  if (typeof target !== 'string') {
    const client = await target.connect()
    try {
      return await apply(client, folder)
    } finally {
      client.release(true) // the session may hold settings that a migration made
    }
  }
  const client = new pg.Client({ connectionString: target, application_name: 'perennial migrate' })
  await client.connect()
  try {
    return await apply(client, folder)
  } finally {
    await client.end()
  }
}

/** The folder of migrations, found from the package's root: the same for the sources and for `dist`. */
export function migrationsFolder(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return join(at, 'prisma', 'migrations')
    if (at === dirname(at)) throw new Error('prisma/migrations is not where package.json is: the installation is incomplete')
  }
}

async function apply(db: pg.ClientBase, folder: string): Promise<string[]> {
  if (!existsSync(folder)) throw new Error(`there are no migrations in ${folder}: the installation is incomplete`)
  await db.query(`SELECT pg_advisory_lock(${LOCK})`)
  try {
    await db.query(TABLE)
    const { rows } = await db.query<{ migration_name: string; checksum: string; finished_at: Date | null }>(
      'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
    )
    const known = new Map(rows.map(row => [row.migration_name, row]))
    const here = readdirSync(folder)
      .filter(name => existsSync(join(folder, name, 'migration.sql')))
      .sort()
    const newer = rows.find(row => !here.includes(row.migration_name))
    if (newer)
      throw new Error(
        `the database has migration ${newer.migration_name}, which this version does not know: run the version that made it, or newer`,
      )
    const applied: string[] = []
    for (const name of here)
      if (await applyOne(db, join(folder, name, 'migration.sql'), name, known.get(name))) applied.push(name)
    return applied
  } finally {
    await db.query(`SELECT pg_advisory_unlock(${LOCK})`).catch(() => {})
  }
}

async function applyOne(
  db: pg.ClientBase,
  file: string,
  name: string,
  row?: { checksum: string; finished_at: Date | null },
): Promise<boolean> {
  const sql = readFileSync(file, 'utf8')
  const checksum = createHash('sha256').update(sql).digest('hex')
  if (row && !row.finished_at)
    throw new Error(`migration ${name} failed earlier: mend the cause, then set rolled_back_at in its row of _prisma_migrations`)
  if (row && row.checksum !== checksum)
    throw new Error(`migration ${name} was edited after it was applied: put it back, and add a new one for the change`)
  if (row) return false
  // All or nothing, the record with it: a start that is killed here, or a migration that fails, leaves the database as it was.
  try {
    await db.query('BEGIN')
    const id = randomUUID()
    await db.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [id, checksum, name])
    await db.query(sql)
    await db.query('UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE id = $1', [id])
    await db.query('COMMIT')
  } catch (error) {
    await db.query('ROLLBACK').catch(() => {})
    throw new Error(`migration ${name} failed, nothing was changed: ${(error as Error).message}`, { cause: error })
  }
  return true
}

// node dist/prisma/migrate.js: for deployments that migrate in a step of their own.
if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    const { databaseUrl } = readConfig(process.env)
    if (!databaseUrl) throw new Error('DATABASE_URL is missing: set it to the database to migrate')
    const applied = await migrate(databaseUrl)
    console.log(applied.length > 0 ? `applied ${applied.join(', ')}` : 'the database is up to date')
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
