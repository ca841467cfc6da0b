import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** CPU seconds a process and its living children have used, and what they hold in memory (MB). */
export function usage(pid: number): { cpu: number; mb: number } {
  let cpu = 0
  let mb = 0
  for (const each of [pid, ...childrenOf(pid)]) {
    try {
      const stat = readFileSync(`/proc/${each}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      // utime, stime, and those of children that have ended.
      cpu += [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0) / ticksPerSecond
      const pss = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'))?.[1]
      mb += Number(pss ?? 0) / 1024
    } catch {
      // It ended while it was looked at.
    }
  }
  return { cpu, mb }
}

function childrenOf(pid: number): number[] {
  try {
    const direct = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return direct === ''
      ? []
      : direct
          .split(' ')
          .map(Number)
          .flatMap(child => [child, ...childrenOf(child)])
  } catch {
    return []
  }
}

/** Starts one of the bench's own scripts beside this process; resolves with its first line. */
export async function beside(
  script: string,
  env: Record<string, string>,
): Promise<{ child: ChildProcess; pid: number; line: string; stop(): Promise<void> }> {
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const line = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part
      if (text.includes('\n')) resolve(text.split('\n', 1)[0] ?? '')
    })
    child.once('exit', code => reject(new Error(`${script} ended with ${code}`)))
  })
  return {
    child,
    pid: child.pid ?? 0,
    line,
    stop: async () => {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await new Promise(resolve => child.once('exit', resolve))
    },
  }
}
