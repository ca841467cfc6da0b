import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../worker/local/processes.ts'

const root = join(import.meta.dirname, '..', '..')

export interface Running {
  url: string
  ownerKey: string
  /** The link that the start printed. */
  link: string
  call: <Answer>(method: string, path: string, body?: unknown) => Promise<Answer>
  stop: () => Promise<void>
}

/** Everything as `npm start` starts it on an empty folder, with its demo: answers when the demo has made its customers. */
export async function startAll(): Promise<Running> {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' })
  const dir = mkdtempSync(join(tmpdir(), 'perennial-page-'))
  chmodSync(dir, 0o711) // PostgreSQL may run as another user
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const ownerKey = 'owner-key-of-the-page-tests'
  const child: ChildProcess = spawn(process.execPath, ['dist/worker/local/start.js'], {
    cwd: root,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      DATA_DIR: join(dir, 'data'),
      PORT: String(port),
      DEMO: '1',
      API_KEY: ownerKey,
      DATABASE_URL: '',
      TEMPORAL_ADDRESS: '',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let ended = false
  child.stdout?.on('data', data => (output += data))
  child.stderr?.on('data', data => (output += data))
  child.once('exit', () => {
    ended = true
  })
  while (!output.includes('sample customers, and a campaign')) {
    if (ended) throw new Error(`the start ended:\n${output}`)
    await sleep(50)
  }
  const link = /https?:\/\/\S+\/sign-in\/\S+/.exec(output)?.[0] ?? ''
  return {
    url,
    ownerKey,
    link,
    call: async (method, path, body) => {
      const response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${ownerKey}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
      return text ? JSON.parse(text) : undefined
    },
    stop: async () => {
      const gone = new Promise(resolve => child.once('exit', resolve))
      if (!ended) {
        child.kill('SIGINT')
        await gone
      }
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
