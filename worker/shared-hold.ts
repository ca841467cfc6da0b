import type { SharedHold } from '../channels/pace.ts'
import type { Db } from '../prisma/client.ts'
import { heldUntil, holdProvider } from '../prisma/queries/provider-holds.ts'

/** How long one look serves all requests. */
const freshMs = 500

/** A provider's holds as all workers know them, through the database; while that is away, each worker knows its own. */
export function sharedHold(db: Db, provider: string): SharedHold {
  let looked = 0
  let looking: Promise<number> = Promise.resolve(0)
  return {
    until: () => {
      if (Date.now() - looked > freshMs) {
        looked = Date.now()
        looking = heldUntil(db, provider).catch(() => 0)
      }
      return looking
    },
    hold: until => void holdProvider(db, provider, new Date(until)).catch(() => {}),
  }
}
