import { type ChildProcess, spawn } from 'node:child_process'
import { commandLine, isAlive, terminate } from './processes.ts'

export interface Role {
  /** How often in a row it ended soon after its start. */
  failures: () => number
  /** Ends it so that it comes back with a fresh environment. */
  renew: () => void
  /** Asks it to end and gives it 30 s, or none when forced. It does not come back. */
  stop: (force: boolean) => Promise<void>
}

export interface RoleOptions {
  name: string
  script: string
  /** Read anew at every start. */
  env: () => NodeJS.ProcessEnv
  log: (line: string) => void
  started: (pid: number) => void
}

/**
 * Runs one role as a child process and starts it again whenever it ends, soon at first and then less and less often (10 s).
 * It stands in a process group of its own, so that Ctrl-C reaches us alone and we stop things in order; it reads a pipe whose
 * end tells it that we are gone (prisma/process.ts).
 */
export function keepRole({ name, script, env, log, started }: RoleOptions): Role {
  let child: ChildProcess | undefined
  let failures = 0
  let renewing = false
  let ended = false
  let timer: NodeJS.Timeout | undefined

  const run = () => {
    const since = Date.now()
    child = spawn(process.execPath, [script], {
      env: { ...env(), PERENNIAL_STDIN: '1' },
      detached: true,
      stdio: ['pipe', 'inherit', 'inherit'],
    })
    child.stdin?.on('error', () => {}) // it may be gone before we are
    child.once('error', error => log(`The ${name} cannot be started: ${error.message}`))
    child.once('exit', (code, signal) => {
      child = undefined
      if (ended) return
      failures = renewing || Date.now() - since > 30_000 ? 0 : failures + 1
      const pauseMs = renewing ? 0 : Math.min(10_000, 125 * 2 ** failures)
      if (!renewing) log(`The ${name} ended (${signal ?? `exit code ${code}`}); starting it again in ${pauseMs / 1000} s`)
      renewing = false
      timer = setTimeout(run, pauseMs)
    })
    if (child.pid) started(child.pid)
  }
  run()
  return {
    failures: () => failures,
    renew: () => {
      renewing = child !== undefined
      child?.kill('SIGTERM')
    },
    stop: async force => {
      ended = true
      clearTimeout(timer)
      if (child?.pid) await terminate(child.pid, ['SIGTERM'], force ? 0 : 30_000)
    },
  }
}

interface Server {
  pid: number
  stop: (force?: boolean) => Promise<void>
}

export interface KeptServer {
  /** Stops it; it does not come back. */
  stop: (force: boolean) => Promise<void>
}

/** Watches an embedded server and starts it again when its process is gone; `again` gets the one that was, for its port. */
export function keepServer<S extends Server>(
  name: string,
  first: S,
  again: (last: S) => Promise<S>,
  log: (line: string) => void,
): KeptServer {
  let server = first
  let busy: Promise<void> = Promise.resolve()
  let ended = false
  const look = async () => {
    if (ended || (await isAlive(server.pid))) return
    log(`${name} ended; starting it again`)
    try {
      server = await again(server)
    } catch (error) {
      log(`${name} cannot be started again: ${(error as Error).message}`)
    }
  }
  const timer = setInterval(() => {
    busy = busy.then(look)
  }, 1_000)
  return {
    stop: async force => {
      ended = true
      clearInterval(timer)
      if (!force) await busy
      await server.stop(force)
    },
  }
}

/** Ends the roles of a start that was killed: they saw it go and finish their work; those that do not are helped. */
export async function endLeftovers(children: readonly { pid: number; script: string }[]): Promise<void> {
  const ours = async (child: { pid: number; script: string }) => (await commandLine(child.pid))?.includes(child.script)
  await Promise.all(children.map(async child => ((await ours(child)) ? terminate(child.pid, ['SIGTERM'], 30_000) : undefined)))
}
