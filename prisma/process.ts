import { readFileSync } from 'node:fs'

let following = false

/**
 * Ends this process in order when its supervisor is gone. The supervisor of `npm start` holds a pipe to our standard input and
 * says so in PERENNIAL_STDIN; even kill -9 closes it, and then we send ourselves the SIGTERM that the supervisor no longer can.
 * Without a supervisor (npm run api, npm run worker) it does nothing.
 */
function exitWithParent(): void {
  if (following || process.env.PERENNIAL_STDIN !== '1') return
  following = true
  const end = () => process.kill(process.pid, 'SIGTERM')
  process.stdin.once('end', end).once('error', end)
  process.stdin.resume()
  // Waiting for the pipe is no reason to stay: a process that has finished its work may leave.
  ;(process.stdin as { unref?: () => void }).unref?.()
}

/**
 * Runs `stop` once when the process is asked to end (Ctrl-C, SIGTERM, SIGHUP, or the end of its supervisor), then exits: 0 when
 * it stopped in order, 1 when stopping failed or took longer than `patienceMs`. A second signal exits at once.
 */
export function onShutdown(stop: (signal: NodeJS.Signals) => Promise<unknown>, patienceMs = 30_000): void {
  let asked = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(130)
      asked = true
      setTimeout(() => process.exit(1), patienceMs).unref()
      stop(signal).then(
        () => process.exit(0),
        error => {
          process.stderr.write(`could not stop in order: ${(error as Error).message}\n`)
          process.exit(1)
        },
      )
    })
  }
  exitWithParent()
}

/** The bytes of a PEM that a variable holds itself or names by its path. */
export function pem(pathOrText: string): Buffer {
  if (pathOrText.includes('-----BEGIN')) return Buffer.from(pathOrText)
  try {
    return readFileSync(pathOrText)
  } catch (error) {
    throw new Error(`cannot read the certificate or key at ${pathOrText}: ${(error as Error).message}`, { cause: error })
  }
}
