import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** How to run a program that refuses root: the command to start, the ids to start it with, and whom its files belong to. */
export interface Account {
  /** Turns a program and its arguments into what is handed to spawn. */
  command: (program: string, args: readonly string[]) => [string, string[]]
  ids: { uid?: number; gid?: number }
  own: (path: string) => void
}

const own: Account = { command: (program, args) => [program, [...args]], ids: {}, own: () => {} }

/**
 * PostgreSQL refuses to run as root, so root borrows `nobody`. Where nobody cannot reach the files (a checkout under /root),
 * util-linux' setpriv hands it the one capability it lacks; where that is not possible either, the error says what to do.
 */
export function unprivileged(paths: readonly string[]): Account {
  if (process.getuid?.() !== 0) return own
  const uid = Number(execFileSync('id', ['-u', 'nobody']))
  const gid = Number(execFileSync('id', ['-g', 'nobody']))
  const chown = (path: string) => chownSync(path, uid, gid)
  const closed = paths.find(path => !reachable(path))
  if (closed === undefined) return { ...own, ids: { uid, gid }, own: chown }
  const setpriv = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--',
  ]
  if (spawnSync('setpriv', [...setpriv, 'true'], { cwd: '/' }).status === 0) {
    return { command: (program, args) => ['setpriv', [...setpriv, program, ...args]], ids: {}, own: chown }
  }
  throw new Error(
    `PostgreSQL does not run as root, and "nobody" cannot reach ${closed}: start as another user, move to a folder that others may enter, or set DATABASE_URL`,
  )
}

/** Whether everyone may pass through all folders above this path. */
function reachable(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (((statSync(folder, { throwIfNoEntry: false })?.mode ?? 0o1) & 0o1) === 0) return false
    if (folder === dirname(folder)) return true
  }
}
