// Reads process ids, one a line; when its input ends without a last line "done", ends them and removes the folder named as argument.
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

let pids = []
const lines = createInterface({ input: process.stdin })
lines.on('line', line => {
  pids = line === 'done' ? [] : [...pids, Number(line)]
})
lines.on('close', () => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGQUIT') // PostgreSQL: at once, its children too; Temporal's server has no better answer to it
    } catch {}
  }
  setTimeout(() => rmSync(process.argv[2], { recursive: true, force: true, maxRetries: 5 }), 500)
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
