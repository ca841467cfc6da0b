import { createLease, leaseMs } from '../domain/message/lease.ts'
import type { Db } from '../prisma/client.ts'
import { takenOver } from '../prisma/queries/uncertain.ts'
import type { Claimed } from './settle.ts'

/**
 * The right of an attempt to begin requests: from before its claim for as long as the lease, and on while nobody has taken its
 * messages over. A worker that Temporal takes for dead while it lives ends by itself, before the records are believed about it.
 */
export function openLease(db: Db, attempt: string, keepMs: number) {
  const length = leaseMs(keepMs)
  // The wall clock: a process that was suspended has not kept anything.
  const lease = createLease(Date.now(), length, Date.now)
  const look = async (messages: readonly string[]) => {
    const at = Date.now()
    try {
      if (await takenOver(db, attempt, messages)) lease.lose()
      else lease.renew(at)
    } catch {
      // The database is away: the lease runs out by itself.
    }
  }
  return {
    async during<T>(claimed: readonly Claimed[], work: (mayBegin: () => boolean) => Promise<T>): Promise<T> {
      let looking: Promise<void> | undefined
      const timer = setInterval(() => {
        looking ??= look(claimed.map(({ line }) => line.id)).finally(() => {
          looking = undefined
        })
      }, length / 5)
      try {
        return await work(lease.holds)
      } finally {
        clearInterval(timer)
        await looking
      }
    },
  }
}
