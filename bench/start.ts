// npx tsx bench/start.ts: from the command to GET /readyz = 200, as a newcomer types it (`npm start`): a first
// start on an empty folder, the next ones on the same data, and one after kill -9 of everything.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../worker/local/processes.ts'

const dir = mkdtempSync(join(tmpdir(), 'perennial-bench-start-'))
const port = await freePort()

function run(): ChildProcess {
  const env = { ...process.env, DATA_DIR: join(dir, 'data'), PORT: String(port) }
  return spawn('npm', ['start'], { env, stdio: 'inherit', detached: true })
}

async function ready(): Promise<number> {
  const began = performance.now()
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (answer?.status === 200) return performance.now() - began
    await sleep(20)
  }
}

async function stop(child: ChildProcess): Promise<number> {
  await sleep(500) // the start itself has to see that it is ready, too
  const began = performance.now()
  process.kill(-child.pid!, 'SIGINT')
  await new Promise(resolve => child.once('exit', resolve))
  return performance.now() - began
}

/** kill -9 of the whole of it, as a power cut would: npm, the supervisor, both roles, both servers. */
function killAll(child: ChildProcess): void {
  const read = (name: string) => readFileSync(join(dir, 'data', name), 'utf8')
  const lock = JSON.parse(read('start.lock')) as { pid: number; children: { pid: number }[] }
  const servers = [
    Number(read('postgres/postmaster.pid').split('\n')[0]),
    (JSON.parse(read('temporal.json')) as { pid: number }).pid,
  ]
  for (const pid of [-child.pid!, lock.pid, ...lock.children.map(role => role.pid), ...servers]) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {}
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
try {
  if (process.env.UNBUILT === '1') {
    rmSync('dist', { recursive: true, force: true })
    rmSync('prisma/generated', { recursive: true, force: true })
  }
  let child = run()
  console.log(`first start, ${process.env.UNBUILT === '1' ? 'nothing built' : 'as npm ci leaves it'}: ${seconds(await ready())}`)
  console.log(`stop: ${seconds(await stop(child))}`)
  for (const n of [2, 3]) {
    child = run()
    console.log(`start ${n}, data there: ${seconds(await ready())}`)
    if (n === 2) await stop(child)
  }
  killAll(child)
  child = run()
  console.log(`start after kill -9 of everything: ${seconds(await ready())}`)
  await stop(child)
} finally {
  rmSync(dir, { recursive: true, force: true })
}
