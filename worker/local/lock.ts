import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { commandLine, isAlive } from './processes.ts'

/** Who holds a data directory, and what that start runs. */
interface Holder {
  pid: number
  /** Its command line: a process that merely got the same id later has another. */
  command: string
  url: string
  state: 'running' | 'stopping'
  /** Processes that must not outlive it, by the script that tells them from strangers. */
  children: { pid: number; script: string }[]
}

export interface Lock {
  /** The dead start that the data directory was taken over from. */
  tookOver: Holder | undefined
  update: (change: Partial<Holder>) => void
  release: () => void
}

/**
 * Takes the data directory for this process. A start that was killed is taken over from; one that is just stopping is waited
 * for; while one lives, this throws one line that says where it runs.
 */
export async function takeLock(dataDir: string, url: string, log: (line: string) => void, patienceMs = 45_000): Promise<Lock> {
  mkdirSync(dataDir, { recursive: true })
  const file = join(dataDir, 'start.lock')
  let mine: Holder = { pid: process.pid, command: (await commandLine(process.pid)) ?? '', url, state: 'running', children: [] }
  const draft = `${file}.${process.pid}`
  let tookOver: Holder | undefined
  const deadline = Date.now() + patienceMs
  for (let told = false; ; ) {
    writeFileSync(draft, JSON.stringify(mine))
    try {
      linkSync(draft, file) // appears whole, and fails when another is there
      rmSync(draft)
      await sleep(50) // had two taken over the same dead start, the later one would stand there now
      if (holder(file)?.pid === process.pid) break
    } catch (error) {
      rmSync(draft, { force: true })
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new Error(`cannot write to ${dataDir}: ${(error as Error).message}`, { cause: error })
    }
    const other = holder(file)
    if (other && (await lives(other))) {
      if (other.state === 'running' || Date.now() > deadline)
        throw new Error(`already running at ${other.url} (pid ${other.pid})`)
      if (!told) log(`Waiting for the start before this one (pid ${other.pid}) to stop`)
      told = true
      await sleep(200)
      continue
    }
    if (holder(file)?.pid === other?.pid) {
      tookOver = other
      rmSync(file, { force: true })
    }
  }
  const update = (change: Partial<Holder>) => {
    mine = { ...mine, ...change }
    writeFileSync(draft, JSON.stringify(mine))
    renameSync(draft, file)
  }
  return { tookOver, update, release: () => rmSync(file, { force: true }) }
}

function holder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

async function lives(holder: Holder): Promise<boolean> {
  return (await isAlive(holder.pid)) && (await commandLine(holder.pid)) === holder.command
}
