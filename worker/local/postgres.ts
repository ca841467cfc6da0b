import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { keptSecret } from '../../prisma/secrets.ts'
import { unprivileged } from './borrow.ts'
import { binaries, initialise } from './postgres-files.ts'
import { commandLine, freePort, isAlive, terminate } from './processes.ts'

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

  const left = await leftBehind(dir)
  if (left && (await becomesReady(url(left.port, 'postgres'), dir, left.pid))) return describe(left, true)
  if (left) await terminate(left.pid, ['SIGINT', 'SIGQUIT'], 5_000)

  const settings = Object.entries({ ...SETTINGS, ...options.settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  let reason = ''
  // Sessions of a postmaster that was killed hold on for a second or two: a few tries are part of a recovery.
  for (let attempt = 0; attempt < 30; attempt++) {
    const port = await freePort(options.port ?? 54329)
    const log = openSync(`${dir}.log`, 'a')
    const logged = fstatSync(log).size
    const [program, args] = account.command(postgres, ['-D', dir, '-p', String(port), ...settings])
    const child = spawn(program, args, { ...account.ids, cwd: '/', detached: true, stdio: ['ignore', log, log] })
    closeSync(log)
    child.on('error', () => {}) // it has no process id then
    child.unref()
    if (child.pid && (await becomesReady(url(port, 'postgres'), dir, child.pid))) return describe({ pid: child.pid, port }, false)
    const refused = (await probe(url(port, 'postgres'), dir)) === 'otherPassword'
    if (child.pid) await terminate(child.pid, ['SIGINT'], 5_000)
    if (refused)
      throw new Error(
        `the password in ${dir}.password is not the one ${dir} was made with: put the old file back, or remove both to begin anew`,
      )
    reason = lastWords(`${dir}.log`, logged)
    if (!/lock file|shared memory block|could not bind|in use|^$/.test(reason)) break
    await sleep(300)
  }
  throw new Error(`PostgreSQL does not start on ${dir}: ${reason || 'it left no message'} (all of it: ${dir}.log)`)

  async function describe({ pid, port }: { pid: number; port: number }, adopted: boolean): Promise<LocalPostgres> {
    await ensureDatabase(url(port, 'postgres'))
    const stop = (force = false) => terminate(pid, force ? ['SIGQUIT'] : ['SIGINT', 'SIGQUIT'], force ? 2_000 : 20_000)
    return { url: url(port), port, pid, adopted, stop }
  }
}

/** The postmaster that runs on this directory, when the process that its file names lives and is one. */
async function leftBehind(dir: string): Promise<{ pid: number; port: number } | undefined> {
  const file = join(dir, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const lines = readFileSync(file, 'utf8').split('\n')
  const pid = Number(lines[0])
  if (!(await isAlive(pid)) || !(await commandLine(pid))?.includes(dir)) return undefined
  return { pid, port: Number(lines[3]) }
}

/**
 * Waits until this process serves this directory. A recovery may take its time, as it says so itself; false when the process
 * ends, refuses our password, or has not said a word for 10 s.
 */
async function becomesReady(url: string, dir: string, pid: number): Promise<boolean> {
  for (let silentSince = Date.now(); Date.now() - silentSince < 10_000; await sleep(25)) {
    const answer = await probe(url, dir)
    if (answer === 'ours') return true
    if (answer === 'otherPassword' || !(await isAlive(pid))) return false
    if (answer === 'starting') silentSince = Date.now()
  }
  return false
}

/** What answers there: a server of this very directory, one that is not ready yet, one with another password, or nobody of ours. */
async function probe(url: string, dir: string): Promise<'ours' | 'starting' | 'otherPassword' | 'no'> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ dir: string }>(`SELECT current_setting('data_directory') AS dir`)
    return rows[0]?.dir === dir ? 'ours' : 'no'
  } catch (error) {
    const { code } = error as { code?: string }
    return code === '28P01' ? 'otherPassword' : code === '57P03' ? 'starting' : 'no'
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

/** The last reason to end that the server gave after this place of its log. */
function lastWords(log: string, from: number): string {
  const lines = readFileSync(log).subarray(from).toString().split('\n')
  // Sessions of the server before may still be writing their farewell.
  const reasons = lines.filter(line => /FATAL|PANIC|could not|error while/.test(line) && !line.includes('terminating connection'))
  return reasons.at(-1)?.replace(/^.*?(?=FATAL|PANIC|could not|error while)/, '') ?? ''
}
