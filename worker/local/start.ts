import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Environment, localUrl, readConfig } from '../../domain/config.ts'
import { signSession } from '../../domain/session.ts'
import { migrate } from '../../prisma/migrate.ts'
import { ownerKey, secretKey } from '../../prisma/secrets.ts'
import { watchAncestors } from './ancestors.ts'
import { startDemo } from './demo.ts'
import { endLeftovers, keepRole, type Role } from './keep.ts'
import { takeLock } from './lock.ts'
import { freePort, isFree } from './processes.ts'
import { type Servers, startServers } from './servers.ts'

interface StartOptions {
  env: Environment
  /** The scripts of the two roles; the built ones unless a test brings its own. */
  roles?: { worker: string; api: string }
  log?: (line: string) => void
  /** Gives up a start that is under way. */
  signal?: AbortSignal
}

interface Started {
  url: string
  /** Stops the API, drains the worker, then stops the embedded servers; forced, all of them at once. */
  stop: (force?: boolean) => Promise<void>
}

const built = {
  worker: fileURLToPath(new URL('../main.js', import.meta.url)),
  api: fileURLToPath(new URL('../../api/main.js', import.meta.url)),
}

/**
 * Everything on one machine: embedded PostgreSQL and Temporal unless the environment names others, migrations, the API and a
 * worker, each kept running. Answers when GET /readyz does. Throws one line when it cannot start, with all of it stopped again.
 */
async function start({ env, roles = built, log = console.log, signal }: StartOptions): Promise<Started> {
  const begun = Date.now()
  const config = readConfig(env)
  const dataDir = resolve(config.dataDir)
  const port = config.port || (await freePort())
  const url = localUrl(config.host, port)
  const lock = await takeLock(dataDir, url, log)
  const parts: { stop: (force: boolean) => Promise<void> }[] = [] // first to last; stopped from the end
  let stopping: Promise<void> | undefined
  const stop = async (force = false) => {
    if (force) await Promise.allSettled(parts.map(part => part.stop(true)))
    stopping ??= (async () => {
      lock.update({ state: 'stopping' })
      for (const part of parts.toReversed()) await part.stop(force)
      lock.release()
    })()
    await stopping
  }

  try {
    if (lock.tookOver) {
      log(`Taking over ${dataDir} from a start that was killed (pid ${lock.tookOver.pid})`)
      await endLeftovers(lock.tookOver.children)
    }
    if (!(await isFree(port, config.host)))
      throw new Error(`PORT ${port} is taken on ${config.host}: stop what listens there, or set PORT to another`)

    const running: Role[] = []
    const servers = await startServers(config, dataDir, log, () => {
      for (const role of running) role.renew()
    })
    parts.push(servers)
    signal?.throwIfAborted()
    await migrate(servers.databaseUrl)

    const owner = await ownerKey({ apiKey: config.apiKey, dataDir })
    const secret = await secretKey({ secretKey: config.secretKey, dataDir })
    const roleEnv = () => ({
      DEMO: '1',
      LOG_LEVEL: 'warn',
      ...env,
      ...addresses(servers),
      DATA_DIR: dataDir,
      PORT: String(port),
      API_KEY: owner.key,
      SECRET_KEY: secret,
    })
    const children = new Map<string, { pid: number; script: string }>()
    for (const name of ['worker', 'api'] as const) {
      const started = (pid: number) => lock.update({ children: [...children.set(name, { pid, script: roles[name] }).values()] })
      const role = keepRole({ name: name === 'api' ? 'API' : 'worker', script: roles[name], env: roleEnv, log, started })
      running.push(role)
      parts.push(role)
    }
    await ready(url, running, signal)

    log(`Perennial is ready at ${url} (${((Date.now() - begun) / 1000).toFixed(1)} s)`)
    log(`  Open         ${url}/sign-in/${signInToken(owner.key, secret)}  (signs in as the owner; holds for 12 hours)`)
    if (owner.fresh) log(`  Owner key    ${owner.key}  (shown this once; kept in ${owner.file})`)
    else log(`  Owner key    ${owner.file ? `kept in ${owner.file}` : 'API_KEY of the environment'}`)
    if (servers.temporalUi) log(`  Temporal UI  ${servers.temporalUi}`)
    log(`  Data         ${config.databaseUrl ? 'the database of DATABASE_URL, and ' : ''}${dataDir}`)
    if (roles === built && (env.DEMO?.trim() || '1') === '1') parts.push(startDemo({ url, key: owner.key, log }))
    log('  Stop         Ctrl-C')
    return { url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What the printed link carries: it is signed, so that whoever holds it needs no key. */
const signInToken = (ownerKey: string, secretKey: string): string =>
  signSession(secretKey, 'link', {
    keyHash: createHash('sha256').update(ownerKey).digest('hex'),
    until: Date.now() + 12 * 3_600_000,
  })

const addresses = (servers: Servers) => ({ DATABASE_URL: servers.databaseUrl, TEMPORAL_ADDRESS: servers.temporalAddress })

/** Waits for GET /readyz; gives up when a role does not stay up, or after two minutes with what readyz said last. */
async function ready(url: string, roles: readonly Role[], signal: AbortSignal | undefined): Promise<void> {
  let said = 'nothing'
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; await sleep(50)) {
    signal?.throwIfAborted()
    if (roles.some(role => role.failures() >= 4)) throw new Error('a role does not stay up: its own message stands above')
    try {
      const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })
      if (answer.status === 200) return
      said = `${answer.status} ${(await answer.text()).slice(0, 300)}`
    } catch {}
  }
  throw new Error(`not ready after two minutes; GET ${url}/readyz said ${said}`)
}

/** `npm start`: runs until it is asked to stop; asked twice, it does not wait. */
export async function main(options: StartOptions): Promise<void> {
  process.stdout.on('error', () => {}) // a closed terminal must not keep us from stopping in order
  const abort = new AbortController()
  let askedAt = 0
  let started: Started | undefined
  const ask = () => {
    if (Date.now() - askedAt < 500) return // npm passes on a Ctrl-C that the terminal has sent us already
    const force = askedAt > 0
    askedAt = Date.now()
    console.log(
      force ? 'Stopping at once' : 'Stopping: API, worker (its work is put away first), servers. Ctrl-C again stops at once.',
    )
    abort.abort(new Error('stopped before it was ready'))
    if (started) started.stop(force).then(() => process.exit(force ? 130 : 0), fail)
    else if (force) process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask)
  watchAncestors(() => askedAt || ask())
  try {
    started = await start({ ...options, signal: abort.signal })
    if (abort.signal.aborted) await started.stop().then(() => process.exit(0))
  } catch (error) {
    if (abort.signal.aborted) process.exit(130)
    fail(error)
  }
}

function fail(error: unknown): never {
  for (const line of (error as Error).message.split('\n')) process.stderr.write(`Perennial does not run: ${line}\n`)
  process.exit(1)
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main({ env: process.env })
