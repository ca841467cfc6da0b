import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, isAlive } from '../../worker/local/processes.ts'

const root = join(import.meta.dirname, '..', '..')
let dir: string
let url: string
let port: number
let start: ChildProcess | undefined
let output = ''

/** Types `npm start` as a newcomer does, in a process group of its own as a terminal would give it. */
async function npmStart(env: Record<string, string> = {}): Promise<void> {
  output = ''
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', DATA_DIR: join(dir, 'data'), PORT: String(port), DEMO: '0', ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  start = child
  child.stdout.on('data', data => (output += data))
  child.stderr.on('data', data => (output += data))
  let ended = false
  child.once('exit', () => {
    ended = true
  })
  while (!output.includes('Ctrl-C')) {
    if (ended) throw new Error(`npm start ended:\n${output}`)
    await sleep(25)
  }
}

async function ctrlC(): Promise<void> {
  const ended = new Promise(resolve => start!.once('exit', resolve))
  process.kill(-start!.pid!, 'SIGINT')
  await ended
  start = undefined
}

/** Every process of the running start: supervisor, roles, servers. */
function processes(): number[] {
  const read = (name: string) => readFileSync(join(dir, 'data', name), 'utf8')
  const lock = JSON.parse(read('start.lock')) as { pid: number; children: { pid: number }[] }
  const temporal = JSON.parse(read('temporal.json')) as { pid: number }
  return [
    lock.pid,
    ...lock.children.map(child => child.pid),
    Number(read('postgres/postmaster.pid').split('\n')[0]),
    temporal.pid,
  ]
}

const key = () => readFileSync(join(dir, 'data', 'owner-key'), 'utf8').trim()
const call = (path: string, init: RequestInit = {}) =>
  fetch(`${url}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${key()}`, 'content-type': 'application/json', ...init.headers },
  })

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'perennial-npm-start-'))
  chmodSync(dir, 0o711)
  port = await freePort()
  url = `http://127.0.0.1:${port}`
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' })
})
afterAll(async () => {
  if (start) {
    for (const pid of processes()) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {}
    }
    await sleep(200)
  }
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
})

describe('npm start with the real parts', () => {
  test('is ready when it says so: database, Temporal and a worker answer, and the printed key opens the API', async () => {
    await npmStart()
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect(output).toContain(key())
    expect((await call('/v1/settings')).status).toBe(200)
    expect((await fetch(`${url}/v1/settings`)).status).toBe(401)
  })

  test('stops on Ctrl-C with nothing left, and finds all data again at the next start', async () => {
    const answer = await call('/v1/settings')
    const headers = { 'if-match': answer.headers.get('etag') ?? '' }
    const changed = { ...((await answer.json()) as object), postalAddress: '1 Shop Street' }
    expect(await (await call('/v1/settings', { method: 'PUT', headers, body: JSON.stringify(changed) })).json()).toMatchObject({
      postalAddress: '1 Shop Street',
    })
    const all = processes()
    await ctrlC()
    expect(await Promise.all(all.map(isAlive))).toEqual([false, false, false, false, false])

    await npmStart()
    expect(output).not.toContain(key())
    expect(await (await call('/v1/settings')).json()).toMatchObject({ postalAddress: '1 Shop Street' })
  })

  test('recovers by itself after kill -9 of every process at once', async () => {
    for (const pid of [start!.pid!, ...processes()]) process.kill(pid, 'SIGKILL')
    await npmStart()
    expect(output).toContain('Taking over')
    expect(await (await call('/v1/settings')).json()).toMatchObject({ postalAddress: '1 Shop Street' })
    await ctrlC()
  })
})
