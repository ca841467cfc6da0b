import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, isAlive, terminate } from '../../worker/local/processes.ts'

const script = fileURLToPath(new URL('./standin/start.ts', import.meta.url))
let dir: string
let port: number
const children: ChildProcess[] = []

interface Run {
  child: ChildProcess
  pid: number
  output: () => string
  ended: Promise<number | null>
}

function run(env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    env: { ...process.env, NODE_OPTIONS: '--import tsx', npm_lifecycle_event: '', DATA_DIR: dir, PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let text = ''
  child.stdout!.on('data', data => (text += data))
  child.stderr!.on('data', data => (text += data))
  return { child, pid: child.pid!, output: () => text, ended: new Promise(resolve => child.once('exit', resolve)) }
}

async function says(start: Run, expected: RegExp | string): Promise<void> {
  let ended = false
  void start.ended.then(() => {
    ended = true
  })
  while (!(typeof expected === 'string' ? start.output().includes(expected) : expected.test(start.output()))) {
    if (ended) throw new Error(`ended without saying ${expected}:\n${start.output()}`)
    await sleep(25)
  }
}

interface Answer {
  pid: number
  rows: { pid: number; note: string }[]
  env: Record<string, string>
}
const ask = async () => (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as Answer
const postmaster = () => Number(readFileSync(join(dir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])
const temporal = () => (JSON.parse(readFileSync(join(dir, 'temporal.json'), 'utf8')) as { pid: number }).pid

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds().catch(() => false))) await sleep(25)
}

/** Whatever a failed test left: nothing outlives this file. */
async function sweep(): Promise<void> {
  for (const child of children) child.kill('SIGKILL')
  for (const pid of [postmaster, temporal]) {
    try {
      await terminate(pid(), ['SIGQUIT'], 5_000)
    } catch {}
  }
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'perennial-start-'))
  chmodSync(dir, 0o711)
  port = await freePort()
})
afterAll(async () => {
  await sweep()
  rmSync(dir, { recursive: true, force: true })
})

describe('npm start', () => {
  let ownerKey: string
  let first: Answer

  test('brings up everything, prints where it is and the owner key, once', async () => {
    const start = run()
    await says(start, 'Ctrl-C')
    first = await ask()
    ownerKey = readFileSync(join(dir, 'owner-key'), 'utf8').trim()
    expect(start.output()).toContain(`Perennial is ready at http://127.0.0.1:${port}`)
    expect(start.output()).toContain(ownerKey)
    expect(start.output()).toMatch(/Temporal UI {2}http:\/\/127\.0\.0\.1:\d+/)
    expect(first.env).toMatchObject({
      API_KEY: ownerKey,
      DEMO: '1',
      SECRET_KEY: readFileSync(join(dir, 'secret-key'), 'utf8').trim(),
    })
    expect(statSync(join(dir, 'owner-key')).mode & 0o777).toBe(0o600)
  })

  test('refuses a second start on the same data directory with one line, and changes nothing', async () => {
    const second = run({ PORT: String(await freePort()) })
    expect(await second.ended).toBe(1)
    expect(second.output().trim()).toBe(
      `Perennial does not run: already running at http://127.0.0.1:${port} (pid ${children[0]!.pid})`,
    )
    expect((await ask()).pid).toBe(first.pid)
  })

  test('starts a role again that was killed, and says so', async () => {
    process.kill(first.rows[0]!.pid, 'SIGKILL')
    await until(async () => (await ask()).rows.length === 2)
    process.kill(first.pid, 'SIGKILL')
    await until(async () => (await ask()).pid !== first.pid)
  })

  test('starts an embedded server again that was killed', async () => {
    const servers = [postmaster(), temporal()]
    for (const pid of servers) process.kill(pid, 'SIGKILL')
    await until(async () => postmaster() !== servers[0] && temporal() !== servers[1] && (await ask()).rows.length >= 2)
  })

  test('on SIGTERM drains the worker while the database still serves, then stops all', async () => {
    const start = children[0]!
    const servers = [postmaster(), temporal()]
    start.kill('SIGTERM')
    expect(await new Promise(resolve => start.once('exit', resolve))).toBe(0)
    expect(await Promise.all(servers.map(isAlive))).toEqual([false, false])
  })

  test('a later start finds the data again and keeps the key to itself; killed, it is taken over from', async () => {
    const second = run()
    await says(second, 'Ctrl-C')
    expect(second.output()).not.toContain(ownerKey)
    expect(second.output()).toContain(`kept in ${join(dir, 'owner-key')}`)
    // The page is there before the worker's first word is.
    await until(async () => (await ask()).rows.at(-1)!.note === 'started')
    const before = await ask()
    expect(before.rows.map(row => row.note)).toContain('drained')
    const servers = [postmaster(), temporal()]

    second.child.kill('SIGKILL')
    const third = run()
    await says(third, 'Ctrl-C')
    expect(third.output()).toContain(`from a start that was killed (pid ${second.pid})`)
    expect([postmaster(), temporal()]).toEqual(servers)
    await until(async () => (await ask()).rows.at(-1)!.note === 'started')
    const after = await ask()
    expect(after.pid).not.toBe(before.pid)
    expect(after.rows.slice(before.rows.length).map(row => row.note)).toEqual(['drained', 'started'])

    third.child.kill('SIGINT')
    expect(await third.ended).toBe(0)
  })

  test('a second Ctrl-C stops at once', async () => {
    const start = run()
    await says(start, 'Ctrl-C')
    const servers = [postmaster(), temporal()]
    start.child.kill('SIGINT')
    await says(start, 'Stopping:')
    await sleep(600) // what comes sooner is taken for the same key press, passed on by npm
    start.child.kill('SIGINT')
    expect([0, 130]).toContain(await start.ended)
    expect(await Promise.all(servers.map(isAlive))).toEqual([false, false])
  })
})

test('when npm, or the shell it runs us in, is killed, all is stopped in order', async () => {
  const env = { ...process.env, NODE_OPTIONS: '--import tsx', npm_lifecycle_event: 'start', DATA_DIR: dir, PORT: String(port) }
  const shell = spawn('sh', ['-c', `"${process.execPath}" "${script}" & wait`], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  children.push(shell)
  await new Promise<void>(resolve => shell.stdout.on('data', data => String(data).includes('Ctrl-C') && resolve()))
  const lock = JSON.parse(readFileSync(join(dir, 'start.lock'), 'utf8')) as { pid: number; children: { pid: number }[] }
  const all = [lock.pid, ...lock.children.map(child => child.pid), postmaster(), temporal()]
  expect(await Promise.all(all.map(isAlive))).toEqual([true, true, true, true, true])
  shell.kill('SIGKILL')
  await until(async () => !(await Promise.all(all.map(isAlive))).includes(true))
  expect(existsSync(join(dir, 'start.lock'))).toBe(false)
})

test('a taken PORT is named in one line, and nothing is left running', async () => {
  const other = createServer().listen(port, '127.0.0.1')
  const start = run()
  expect(await start.ended).toBe(1)
  expect(start.output().trim()).toBe(
    `Perennial does not run: PORT ${port} is taken on 127.0.0.1: stop what listens there, or set PORT to another`,
  )
  other.close()
})

test('a wrong variable is named in one line', async () => {
  const start = run({ SWEEP_EVERY: 'soon' })
  expect(await start.ended).toBe(1)
  expect(start.output().trim()).toBe(
    'Perennial does not run: SWEEP_EVERY is wrong: "soon" is not a duration of at least a second, for example 60s',
  )
})
