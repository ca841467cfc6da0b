import { setTimeout as delay } from 'node:timers/promises'
import type { Db } from '../prisma/client.ts'
import { deleteTraces, findErasure, finishErasure, haveEnded, isBeingSentTo, transactionsNow } from '../prisma/queries/erase.ts'
import { heartbeat, withHeartbeat } from './heartbeat.ts'

/** What is on its way to a provider gets so long to be settled before its row loses all that could settle it. */
const patienceMs = 120_000

/** Removing what is left of a person whose profile is gone already. May be done twice. */
export const createErase = ({ db }: { db: Db }) => ({
  async eraseRows(request: { erasure: string; at: number }): Promise<void> {
    const erasure = await findErasure(db, request.erasure)
    if (!erasure || erasure.status === 'completed') return
    // A transaction that found the customer before it was gone may still write: it is waited for, or its rows would stay.
    const underway = await transactionsNow(db)
    const end = performance.now() + patienceMs
    while (!(await haveEnded(db, underway)) || (await isBeingSentTo(db, erasure.customer))) {
      if (performance.now() > end) break
      heartbeat()
      await delay(100)
    }
    const at = new Date(request.at)
    await withHeartbeat(() => db.transaction(async tx => finishErasure(tx, erasure.id, await deleteTraces(tx, erasure, at), at)))
  },
})
