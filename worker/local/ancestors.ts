import { readFileSync } from 'node:fs'
import { isAlive } from './processes.ts'

/**
 * Calls `gone` once when npm, or the shell it started us in, is gone. A signal sent to `npm start` may end those two without
 * reaching us; nobody would be left to stop us then. Outside of npm it watches nothing.
 */
export function watchAncestors(gone: () => void): void {
  if (!process.env.npm_lifecycle_event) return
  const parent = process.ppid
  const chain = [parent, parentOf(parent)].filter((pid): pid is number => pid !== undefined && pid > 1)
  const timer = setInterval(async () => {
    const alive = await Promise.all(chain.map(isAlive))
    if (process.ppid === parent && !alive.includes(false)) return
    clearInterval(timer)
    gone()
  }, 300)
  timer.unref()
}

/** The parent of a process, where the system tells without a program. */
function parentOf(pid: number): number | undefined {
  try {
    const status = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return status ? Number(status[1]) : undefined
  } catch {
    return undefined
  }
}
