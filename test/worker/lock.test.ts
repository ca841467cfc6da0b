import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { takeLock } from '../../worker/local/lock.ts'
import { commandLine } from '../../worker/local/processes.ts'

let dir: string
const said: string[] = []
const take = () => takeLock(dir, 'http://here', line => said.push(line))
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'perennial-lock-'))
  said.length = 0
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const held = (change: object) =>
  writeFileSync(
    join(dir, 'start.lock'),
    JSON.stringify({
      pid: process.pid,
      command: 'node start.js',
      url: 'http://there',
      state: 'running',
      children: [],
      ...change,
    }),
  )

describe('the lock of a data directory', () => {
  test('is refused in one line while its holder lives', async () => {
    held({ pid: process.ppid, command: await commandLine(process.ppid) })
    await expect(take()).rejects.toThrow(`already running at http://there (pid ${process.ppid})`)
  })

  test('is taken over from a process that is gone, with what that one ran', async () => {
    held({ pid: 2 ** 22 + 1, children: [{ pid: 1, script: 'api.js' }] })
    expect((await take()).tookOver).toMatchObject({ children: [{ pid: 1, script: 'api.js' }] })
  })

  test('is taken over when another program got the id of its holder', async () => {
    held({ pid: process.ppid, command: 'node start.js' })
    expect((await take()).tookOver?.pid).toBe(process.ppid)
  })

  test('is waited for while its holder is stopping', async () => {
    held({ pid: process.ppid, command: await commandLine(process.ppid), state: 'stopping' })
    const waiting = take()
    await sleep(300)
    expect(said).toEqual([`Waiting for the start before this one (pid ${process.ppid}) to stop`])
    rmSync(join(dir, 'start.lock'))
    expect((await waiting).tookOver).toBeUndefined()
  })

  test('is gone after its release, and no draft of it is left', async () => {
    const lock = await take()
    lock.update({ state: 'stopping' })
    expect(JSON.parse(readFileSync(join(dir, 'start.lock'), 'utf8'))).toMatchObject({ pid: process.pid, state: 'stopping' })
    lock.release()
    expect(existsSync(join(dir, 'start.lock'))).toBe(false)
  })
})
