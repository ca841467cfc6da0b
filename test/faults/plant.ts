import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrate } from '../../prisma/migrate.ts'
import { startPostgres } from '../../worker/local/postgres.ts'
import { commandLine, freePort, isAlive } from '../../worker/local/processes.ts'
import { startTemporalServer } from '../../worker/local/temporal-server.ts'
import { type FaultKind, seededFaults } from '../providers/faults.ts'
import { startSendGrid } from '../providers/sendgrid.ts'
import { startTwilio } from '../providers/twilio.ts'

const root = join(import.meta.dirname, '..', '..')
export const ownerKey = 'owner-key-of-the-fault-test'

/** What may be killed at any moment. */
export const victims = ['worker', 'worker2', 'api', 'postgres', 'temporal'] as const
export type Victim = (typeof victims)[number]

/** What the providers do now and then instead of answering well. */
const quick: FaultKind[] = ['resetBefore', 'acceptThenReset', 'error500Before', 'error500After', 'garbage', 'slow', 'tooMany']
/** Each of these takes as long as a worker waits for an answer. */
const hanging: FaultKind[] = ['acceptThenHang', 'hangBefore']

/** How long a slow provider takes to answer what it has accepted. */
export const slowMs = 800

export interface Plant {
  url: string
  databaseUrl: string
  sendgrid: Awaited<ReturnType<typeof startSendGrid>>
  twilio: Awaited<ReturnType<typeof startTwilio>>
  /** kill -9, then up again by itself; answers at once, so that the next may die while this one recovers, or this one again. */
  kill(victim: Victim): Promise<void>
  /** No more faults from here on: what was begun may be finished. */
  calm(): void
  close(): Promise<void>
}

/** The whole house as processes of its own, each of which can be killed, with providers that misbehave by a seed. */
export async function startPlant(options: {
  seed: number
  uncertainFor: string
  faultRate: number
  hangs: boolean
}): Promise<Plant> {
  const { seed, uncertainFor, faultRate, hangs } = options
  // As many again are merely slow: what is killed then dies between the acceptance and its answer.
  const kinds = hangs ? [...quick, ...quick, ...hanging] : quick
  const faults: FaultKind[] = [...kinds, ...kinds.map(() => 'slow' as const)]
  const dir = mkdtempSync(join(tmpdir(), 'perennial-faults-'))
  chmodSync(dir, 0o711)
  const settings = { max_connections: '150', shared_buffers: '64MB' }
  // Below what the system hands out for outgoing connections: one of those could take the port of a server that is down.
  const ports = {
    postgres: await freePort(21_000 + (process.pid % 5_000)),
    temporal: await freePort(26_000 + (process.pid % 5_000)),
  }
  const servers = {
    postgres: await keep(
      dir,
      () => startPostgres({ dir: join(dir, 'postgres'), port: ports.postgres, settings }),
      () => Number(readFileSync(join(dir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]),
    ),
    temporal: await keep(
      dir,
      () => startTemporalServer({ dir, port: ports.temporal, uiPort: false }),
      () => (JSON.parse(readFileSync(join(dir, 'temporal.json'), 'utf8')) as { pid: number }).pid,
    ),
  }
  const { postgres, temporal } = { postgres: servers.postgres.first, temporal: servers.temporal.first }
  await migrate(postgres.url)
  const sendgrid = await startSendGrid({ seed, slowMs, faults: seededFaults(seed, faultRate * 2, faults) })
  const twilio = await startTwilio({ seed: seed + 1, slowMs, faults: seededFaults(seed + 1, faultRate / 2, faults) })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = () => ({
    ...process.env,
    NODE_OPTIONS: '',
    LOG_LEVEL: 'error',
    DATA_DIR: join(dir, 'data'),
    PORT: String(port),
    PUBLIC_URL: url,
    API_KEY: ownerKey,
    SECRET_KEY: 'a-secret-of-the-fault-test-of-thirty-two',
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: temporal.address,
    UNCERTAIN_FOR: uncertainFor,
    POSTAL_ADDRESS: 'Main Street 1, Springfield',
    SENDGRID_API_KEY: sendgrid.apiKey,
    SENDGRID_BASE_URL: sendgrid.url,
    SENDGRID_FROM: 'Shop <hello@shop.example>',
    SENDGRID_WEBHOOK_PUBLIC_KEY: sendgrid.publicKey,
    TWILIO_ACCOUNT_SID: twilio.accountSid,
    TWILIO_AUTH_TOKEN: twilio.authToken,
    TWILIO_FROM: '+15005550006',
    TWILIO_BASE_URL: twilio.url,
  })
  let closing = false
  const log = openSync(join(dir, 'roles.log'), 'a')
  const role = (script: string) => {
    let child: ChildProcess
    const run = () => {
      child = spawn(process.execPath, [join(root, 'dist', script)], { env: env(), stdio: ['ignore', log, log], cwd: root })
      // Whatever ends it, it comes back, as under any supervisor.
      child.once('exit', () => !closing && setTimeout(() => !closing && run(), 100))
    }
    run()
    return {
      kill: async () => {
        child.kill('SIGKILL')
      },
      end: () => child.kill('SIGKILL'),
    }
  }
  const roles = { worker: role('worker/main.js'), worker2: role('worker/main.js'), api: role('api/main.js') }
  return {
    url,
    databaseUrl: postgres.url,
    sendgrid,
    twilio,
    kill: victim => (victim === 'postgres' || victim === 'temporal' ? servers[victim] : roles[victim]).kill(),
    calm: () => {
      sendgrid.setFaults(undefined)
      twilio.setFaults(undefined)
    },
    close: async () => {
      closing = true
      for (const each of Object.values(roles)) each.end()
      await servers.temporal.stop()
      await servers.postgres.stop()
      await sendgrid.close()
      await twilio.close()
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

interface Server {
  pid: number
  port: number
  stop(force?: boolean): Promise<void>
}

/** A server that is started again whenever it was killed, also when that happened while it was starting; its file tells its process. */
async function keep<T extends Server>(dir: string, start: () => Promise<T>, pidOfFile: () => number) {
  const first = await start()
  let now: Server = first
  let kills = 0
  let starting: Promise<void> | undefined
  const again = async () => {
    for (;;) {
      const before = kills
      try {
        now = await start()
        if (now.port !== first.port) throw new Error(`port ${first.port} was taken`)
        if (before === kills) return
      } catch {
        await sleep(50)
      }
    }
  }
  return {
    first,
    kill: async () => {
      kills++
      try {
        const pid = pidOfFile()
        // The file of one that died may name a number that is a stranger's by now.
        if ((await commandLine(pid))?.includes(dir)) process.kill(pid, 'SIGKILL')
        for (const end = Date.now() + 5_000; (await isAlive(pid)) && Date.now() < end; ) await sleep(10)
      } catch {} // it has no process yet
      starting ??= again().finally(() => {
        starting = undefined
      })
    },
    stop: async () => {
      await starting
      await now.stop(true)
    },
  }
}
