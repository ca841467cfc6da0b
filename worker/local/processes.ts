import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Whether a process with this id exists (a zombie that its parent has not collected yet counts as gone). */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  try {
    return !/^State:\s+[ZX]/m.test(await readFile(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return process.platform !== 'linux'
  }
}

/** The command line of a process, or undefined when there is none: how we tell our own server from a stranger that got its id. */
export async function commandLine(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux')
      return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim() || undefined
    return (await run('ps', ['-o', 'args=', '-p', String(pid)])).stdout.trim() || undefined
  } catch {
    return undefined
  }
}

/** Waits until the process is gone; false when it still lives after `withinMs`. */
async function gone(pid: number, withinMs: number): Promise<boolean> {
  for (let waited = 0; waited <= withinMs; waited += 25) {
    if (!(await isAlive(pid))) return true
    await sleep(25)
  }
  return false
}

/** Asks a process to end with each signal in turn, waiting `patienceMs` after each; SIGKILL is always the last word. */
export async function terminate(pid: number, signals: readonly NodeJS.Signals[], patienceMs: number): Promise<void> {
  for (const signal of [...signals, 'SIGKILL'] as const) {
    try {
      process.kill(pid, signal)
    } catch {
      return
    }
    if (await gone(pid, patienceMs)) return
  }
}

/** Whether nobody listens on this port of this address. */
export function isFree(port: number, host: string): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** The wanted port of 127.0.0.1 when it is free, else one the system hands out. */
export function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', error => (wanted === 0 ? reject(error) : resolve(freePort(0))))
    server.listen({ port: wanted, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : wanted))
    })
  })
}
