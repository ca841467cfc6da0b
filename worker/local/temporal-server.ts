import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import { commandLine, freePort, isAlive, terminate } from './processes.ts'
import { devServer, temporalProgram } from './temporal-binary.ts'

export interface LocalTemporal {
  /** host:port for TEMPORAL_ADDRESS. */
  address: string
  port: number
  uiUrl: string | undefined
  pid: number
  /** True when a healthy server that an earlier, killed start had left behind was taken over. */
  adopted: boolean
  /** Forced, or in memory, where there is nothing to put away, it ends at once. */
  stop: (force?: boolean) => Promise<void>
}

export interface TemporalOptions {
  /** Folder for the database, the record of the running server and its log; without one all is in memory and nothing can be adopted. */
  dir?: string
  /** Port to prefer (default 7233), and for the UI (default 8233, false for none); any free one when it is taken. */
  port?: number
  uiPort?: number | false
  namespace?: string
  /** The program, when the caller knows it. */
  program?: string
  log?: (line: string) => void
}

interface Running {
  pid: number
  port: number
  uiPort?: number
  database: string
}

/**
 * Starts the embedded Temporal server, or takes over the healthy one that an earlier start left on the same database; one that
 * does not answer is stopped first, after making sure that the process is ours. It lives in a process group of its own, so that
 * Ctrl-C reaches the worker before it.
 */
export async function startTemporalServer(options: TemporalOptions = {}): Promise<LocalTemporal> {
  const namespace = options.namespace ?? 'default'
  const dir = options.dir && resolve(options.dir)
  const record = dir && join(dir, 'temporal.json')
  const database = dir && join(dir, 'temporal.db')
  if (dir) mkdirSync(dir, { recursive: true })
  if (record && database) {
    const left = await leftBehind(record, database)
    if (left && (await answers(`127.0.0.1:${left.port}`, namespace, 2_000))) return describe(left, true)
    if (left) await terminate(left.pid, ['SIGTERM'], 5_000)
    rmSync(record, { force: true })
  }

  const program = options.program ?? (await temporalProgram(devServer, options.log ? { log: options.log } : {}))
  const log = dir ? join(dir, 'temporal.log') : join(tmpdir(), `perennial-temporal-${process.pid}.log`)
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(options.port ?? 7233)
    const uiPort = options.uiPort === false ? undefined : await freePort(options.uiPort ?? 8233)
    const out = openSync(log, 'a')
    const child = spawn(program, flags({ port, uiPort, namespace, database }), {
      detached: true,
      stdio: ['ignore', out, out],
      cwd: '/',
    })
    closeSync(out)
    let ended = false
    for (const event of ['exit', 'error'] as const) {
      child.once(event, () => {
        ended = true
      })
    }
    const running: Running = { pid: child.pid ?? 0, port, ...(uiPort ? { uiPort } : {}), database: database ?? '' }
    if (record) writeFileSync(record, JSON.stringify(running) + '\n')
    const deadline = Date.now() + 60_000
    while (!ended && Date.now() < deadline) {
      if (await answers(`127.0.0.1:${port}`, namespace, 1_000)) {
        child.unref()
        if (!dir) rmSync(log, { force: true }) // goes on as a file without a name, and ends with the server
        return describe(running, false)
      }
      await sleep(25)
    }
    if (child.pid) await terminate(child.pid, ['SIGTERM'], 2_000)
    // A port may be taken between our look and the server's: once more with others.
    if (attempt === 3) throw new Error(`the Temporal server does not start: ${lastWords(log)} (all of it: ${log})`)
  }

  function describe(running: Running, adopted: boolean): LocalTemporal {
    const stop = async (force = !dir) => {
      await terminate(running.pid, force ? [] : ['SIGTERM'], 10_000)
      if (record) rmSync(record, { force: true })
    }
    const uiUrl = running.uiPort ? `http://127.0.0.1:${running.uiPort}` : undefined
    return { address: `127.0.0.1:${running.port}`, port: running.port, uiUrl, pid: running.pid, adopted, stop }
  }
}

function flags(the: { port: number; uiPort: number | undefined; namespace: string; database: string | undefined }): string[] {
  return [
    ...[
      'server',
      'start-dev',
      '--ip',
      '127.0.0.1',
      '--port',
      String(the.port),
      '--log-level',
      'warn',
      '--namespace',
      the.namespace,
    ],
    ...(the.uiPort ? ['--ui-port', String(the.uiPort), '--ui-disable-news-fetch'] : ['--headless']),
    // Timers come up to a second late otherwise.
    ...['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="10ms"'],
    ...['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
    // Four times the waves a second of SQLite's defaults; still safe when a process is killed.
    ...(the.database
      ? ['--db-filename', the.database, '--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=1']
      : []),
  ]
}

/** The server of an earlier start, when its process lives and is really ours. */
async function leftBehind(record: string, database: string): Promise<Running | undefined> {
  if (!existsSync(record)) return undefined
  try {
    const running = JSON.parse(readFileSync(record, 'utf8')) as Running
    if (!(await isAlive(running.pid))) return undefined
    const line = (await commandLine(running.pid)) ?? ''
    return line.includes('start-dev') && line.includes(database) ? running : undefined
  } catch {
    return undefined // half-written: its server, if any, shows itself by holding the database
  }
}

/** Whether a server answers there and knows the namespace. */
async function answers(address: string, namespace: string, withinMs: number): Promise<boolean> {
  let connection: Connection | undefined
  try {
    connection = await Connection.connect({ address, connectTimeout: withinMs })
    await connection.withDeadline(Date.now() + withinMs, () => connection!.workflowService.describeNamespace({ namespace }))
    return true
  } catch {
    return false
  } finally {
    await connection?.close().catch(() => {})
  }
}

function lastWords(log: string): string {
  return (
    (existsSync(log) && readFileSync(log, 'utf8').trim().split('\n').at(-1)?.slice(0, 300)) ||
    `it left no message in ${dirname(log)}`
  )
}
