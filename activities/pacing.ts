import { grant } from '../domain/journey/pace.ts'
import type { Queryable } from '../prisma/client.ts'
import { holdMeter, setPace } from '../prisma/queries/meter.ts'
import type { RunRow } from '../prisma/queries/runs.ts'
import type { Versions } from './versions.ts'

/** How many may go to a message step now; a run without `limits.perMinute` lets everybody go. */
export interface Pacing {
  mayGo(customers: number): number
  went(customers: number): void
  /** When somebody may go again, in milliseconds. */
  free(): number
  close(): Promise<void>
}

const unpaced: Pacing = { mayGo: customers => customers, went: () => {}, free: () => 0, close: async () => {} }

/** Opens a run's pace in the caller's transaction, which holds its meter until it ends. */
export const createPacing =
  (versions: Versions) =>
  async (tx: Queryable, run: RunRow, at: Date): Promise<Pacing> => {
    const { perMinute } = (await versions(run.campaign, run.version)).document.limits
    if (perMinute === undefined) return unpaced
    const now = at.getTime()
    let { pacedTo } = await holdMeter(tx, run.id)
    return {
      mayGo: customers => grant({ pacedTo, perMinute }, now, customers).granted,
      went: customers => {
        if (customers > 0) pacedTo = grant({ pacedTo, perMinute }, now, customers).pacedTo
      },
      free: () => {
        const next = grant({ pacedTo, perMinute }, now, 1)
        return next.granted > 0 ? now : grant({ pacedTo, perMinute }, now, 0).free
      },
      close: async () => {
        if (pacedTo !== null) await setPace(tx, run.id, pacedTo)
      },
    }
  }
