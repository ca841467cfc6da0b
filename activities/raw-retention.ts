import type { Settings } from '../domain/settings.ts'
import { milliseconds } from '../domain/time.ts'
import type { Db } from '../prisma/client.ts'
import { forgetCalls, forgetEvents } from '../prisma/queries/raw-retention.ts'
import { lookWhereEventsWent } from '../prisma/queries/segment-look.ts'
import { heartbeat } from './heartbeat.ts'

export interface RawRetentionDeps {
  db: Db
  settings(): Promise<Settings>
}

/** Small enough that nobody who writes waits for it. */
const eventsAtOnce = 5_000
const blocksAtOnce = 500

/** Raw events and the memory of calls, kept as long as the settings say; counts, sums, first and last times stay for good. */
export function createRawRetention({ db, settings }: RawRetentionDeps) {
  return {
    async forgetRaw(request: { at: number }): Promise<{ events: number; calls: number }> {
      const { eventRetention } = await settings()
      const forgotten = { events: 0, calls: 0 }
      if (eventRetention === null) return forgotten
      const before = new Date(request.at - milliseconds(eventRetention))
      for (let after: number | undefined = 0; after !== undefined; ) {
        heartbeat()
        const part = await forgetEvents(db, { before, after, atMost: eventsAtOnce })
        forgotten.events += part.forgotten
        after = part.upTo
      }
      if (forgotten.events > 0) await lookWhereEventsWent(db, eventRetention, new Date(request.at))
      for (let from: number | undefined = 0; from !== undefined; ) {
        heartbeat()
        const part = await forgetCalls(db, { before, from, blocks: blocksAtOnce })
        forgotten.calls += part.forgotten
        from = part.next
      }
      return forgotten
    },
  }
}
