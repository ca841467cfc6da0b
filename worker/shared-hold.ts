import type { SharedHold } from '../channels/pace.ts'
import type { Db } from '../prisma/client.ts'
import { forgiveProvider, heldUntil, holdProvider } from '../prisma/queries/provider-holds.ts'

/** How long one look serves all requests. */
const freshMs = 500

/** A provider's holds as all workers know them, through the database; while that is away, each worker knows its own. */
export function sharedHold(db: Db, provider: string): SharedHold {
  const none = { until: 0, strikes: 0 }
  let looked = 0
  let looking = Promise.resolve(none)
  return {
    known: () => {
      if (Date.now() - looked > freshMs) {
        looked = Date.now()
        looking = heldUntil(db, provider).catch(() => none)
      }
      return looking
    },
    hold: (until, strikes) => void holdProvider(db, provider, new Date(until), strikes).catch(() => {}),
    forgive: () => {
      looking = looking.then(({ until }) => ({ until, strikes: 0 }))
      void forgiveProvider(db, provider).catch(() => {})
    },
  }
}
