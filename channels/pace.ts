import { setTimeout as pause } from 'node:timers/promises'

/** What all workers know of a provider's holds: one that is told to stay away tells the others. Never throws. */
export interface SharedHold {
  /** Unix milliseconds (0 for no hold), and how often in a row it failed; may be asked as often as there are requests. */
  known(): Promise<{ until: number; strikes: number }>
  hold(until: number, strikes: number): void
  /** It answers well again. */
  forgive(): void
}

/** How long it is left alone when it does not say: the first time, and at most. */
const firstMs = 1_000
const longestMs = 60_000

/**
 * The pace of one provider: so many requests at once in this process, fewer after it said "too many" to any, and none until the
 * time it named; where it names none, a second, and twice as long each time in a row. Short holds are waited for; longer ones are
 * handed back, so that the ledger and not a worker does the waiting.
 */
export function createPace(options: { atOnce: number; patienceMs?: number; now?: () => number; holds?: SharedHold | undefined }) {
  const { atOnce, patienceMs = 2_000, now = Date.now, holds } = options
  let width = atOnce
  let running = 0
  let heldUntil = 0
  let strikes = 0
  const queue: (() => void)[] = []
  const hold = (forMs: number) => {
    heldUntil = Math.max(heldUntil, now() + forMs)
    holds?.hold(heldUntil, strikes)
  }
  const hear = async () => {
    const shared = await holds?.known()
    if (!shared) return
    // What another worker was told counts here too: what is left of the provider's patience is for all of us.
    if (shared.until > heldUntil && shared.until > now()) width = Math.max(1, width / 2)
    heldUntil = Math.max(heldUntil, shared.until)
    strikes = Math.max(strikes, shared.strikes)
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
        await hear()
        const wait = heldUntil - now()
        if (wait <= 0) return 0
        if (wait > patienceMs) return wait
        await pause(wait)
      }
    },
    /** The provider said "too many", or that it is away: half as many at once from here on, and none for as long as it asked. Answers that time. */
    slower(askedMs: number | undefined): number {
      width = Math.max(1, width / 2)
      const left = heldUntil - now()
      // Requests that were under way together fail together: that is one failure.
      if (askedMs === undefined && left > 0) return left
      if (askedMs === undefined) strikes++
      const forMs = askedMs ?? Math.min(longestMs, firstMs * 2 ** (strikes - 1))
      hold(forMs)
      return forMs
    },
    /** The provider's allowance is used up until then. */
    hold,
    /** An answer without complaint: a little wider again. */
    faster() {
      width = Math.min(atOnce, width + 1 / width)
      // An answer to what was sent before it failed says nothing about now.
      if (strikes > 0 && heldUntil <= now()) {
        strikes = 0
        holds?.forgive()
      }
      next()
    },
  }
}
