import { setTimeout as pause } from 'node:timers/promises'

/** What all workers know of a provider's holds: one that is told to stay away tells the others. Never throws. */
export interface SharedHold {
  /** Unix milliseconds, 0 for no hold; may be asked as often as there are requests. */
  until(): Promise<number>
  hold(until: number): void
}

/**
 * The pace of one provider in this process: so many requests at once, fewer after it said "too many", and none until the
 * time it named. Short holds are waited for; longer ones are handed back, so that the ledger and not a worker does the waiting.
 */
export function createPace(options: { atOnce: number; patienceMs?: number; now?: () => number; holds?: SharedHold | undefined }) {
  const { atOnce, patienceMs = 2_000, now = Date.now, holds } = options
  let width = atOnce
  let running = 0
  let heldUntil = 0
  const queue: (() => void)[] = []
  const hold = (forMs: number) => {
    heldUntil = Math.max(heldUntil, now() + forMs)
    holds?.hold(heldUntil)
  }
  const next = () => {
    while (running < Math.max(1, Math.floor(width)) && queue.length > 0) {
      running++
      queue.shift()!()
    }
  }
  return {
    /** Runs the task when there is room. */
    async run<T>(task: () => Promise<T>): Promise<T> {
      await new Promise<void>(enter => {
        queue.push(enter)
        next()
      })
      try {
        return await task()
      } finally {
        running--
        next()
      }
    },
    /** Milliseconds until the provider may be asked again; 0 when it may be now. Waits by itself where that is soon. */
    async holdMs(): Promise<number> {
      for (;;) {
        heldUntil = Math.max(heldUntil, (await holds?.until()) ?? 0)
        const wait = heldUntil - now()
        if (wait <= 0) return 0
        if (wait > patienceMs) return wait
        await pause(wait)
      }
    },
    /** The provider said "too many": half as many at once from here on, and none for that long. */
    slower(forMs: number) {
      width = Math.max(1, width / 2)
      hold(forMs)
    },
    /** The provider's allowance is used up until then. */
    hold,
    /** An answer without complaint: a little wider again. */
    faster() {
      width = Math.min(atOnce, width + 1 / width)
      next()
    },
  }
}
