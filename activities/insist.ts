import { setTimeout as sleep } from 'node:timers/promises'

/** What passes by itself: a deadlock, a connection that broke, a server that is starting again. */
function passes(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (typeof code === 'string' && /^(40P01|40001|08...|57P..|53300|ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/.test(code))
    return true
  return (
    typeof message === 'string' &&
    /connection terminated|timeout exceeded when trying to connect|not queryable|client was closed/i.test(message)
  )
}

/**
 * Does something until it succeeds, as long as what keeps it from that passes by itself, and for a minute at most: for what must
 * not be forgotten because the database was away for a moment.
 */
export async function insist<T>(work: () => Promise<T>, forMs = 60_000): Promise<T> {
  const until = performance.now() + forMs
  for (let wait = 50; ; wait = Math.min(2_000, wait * 2)) {
    try {
      return await work()
    } catch (error) {
      if (!passes(error) || performance.now() + wait > until) throw error
      await sleep(wait)
    }
  }
}
