import type { Settings } from '../domain/settings.ts'
import type { Db } from '../prisma/client.ts'
import { isValuedBy, newestEventId, noteValued, revalueEvents } from '../prisma/queries/revalue.ts'
import { lookAtEverybody } from '../prisma/queries/segment-history.ts'
import { heartbeat } from './heartbeat.ts'

export interface RevalueDeps {
  db: Db
  settings(): Promise<Settings>
}

/** Small enough that nobody who writes waits for it. */
const eventsAtOnce = 5_000
/** One activity works so long. */
const workMs = 20_000

/** Amounts follow the table of rates: when it changes, what is stored is worth what it says now. */
export function createRevalue({ db, settings }: RevalueDeps) {
  return {
    /** Where the events end; whoever was just storing by the old table has a higher number, or is seen by a second look. */
    async beginRevaluing({ currencies }: { currencies: string }): Promise<{ newest: number; needed: boolean }> {
      return { newest: await newestEventId(db), needed: !(await isValuedBy(db, read(currencies))) }
    },

    /** Goes on behind `after`; answers where to go on, nothing at the end. */
    async revalueSome({ after, currencies }: { after: number; currencies: string }): Promise<{ after?: number }> {
      const begun = performance.now()
      for (let from = after; ; ) {
        heartbeat()
        const { upTo } = await retried(() =>
          revalueEvents(db, { after: from, atMost: eventsAtOnce, currencies: read(currencies) }),
        )
        if (upTo === undefined) return {}
        from = upTo
        if (performance.now() - begun > workMs) return { after: from }
      }
    },

    async endRevaluing({ currencies, at }: { currencies: string; at: number }): Promise<void> {
      await noteValued(db, read(currencies), new Date(at))
      // Sums are others, of whom nobody noted that they changed.
      await lookAtEverybody(db, null)
    },

    /** The table as it stands, as one text, so that a change of it meanwhile is seen. */
    async ratesNow(): Promise<string> {
      return JSON.stringify((await settings()).currencies)
    },
  }
}

const read = (currencies: string) => JSON.parse(currencies) as Settings['currencies']

/** Counts are locked in an order of their own by those who ingest; who loses tries again. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const { code } = error as { code?: unknown }
      if ((code !== '40P01' && code !== '40001') || attempt >= 5) throw error
    }
  }
}
