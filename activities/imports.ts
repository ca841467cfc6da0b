import type { Settings } from '../domain/settings.ts'
import type { Db } from '../prisma/client.ts'
import { beginLanes, campaignsOfRuns, findImport, finishImport, isBehindAnother } from '../prisma/queries/imports.ts'
import { heartbeat } from './heartbeat.ts'
import { importLanes } from './import-lanes.ts'
import { importReader } from './import-reader.ts'

export interface ImportDeps {
  db: Db
  settings(): Promise<Settings>
  /** The key that addresses are hashed with. */
  links: { secretKey: string }
}

/** One activity works so long: short enough that rings come soon, long enough that the history stays short. */
const workMs = 5_000

export interface ImportProgress {
  state: 'more' | 'done' | 'wait'
  /** Runs that wait for what was stored. */
  runs: { campaign: number; run: number }[]
}

/** Reading a file that was uploaded. Its lines are stored in lanes beside each other, and each moves its place in the transaction that stores them. */
export function createImports({ db, settings, links }: ImportDeps) {
  return {
    async importSome(request: { import: number; at: number }): Promise<ImportProgress> {
      const begun = performance.now()
      const at = new Date(request.at)
      const { defaultRegion: region, currencies: rates } = await settings()
      const file = await findImport(db, request.import)
      if (file?.status !== 'running') return { state: 'done', runs: [] }
      if (await isBehindAnother(db, file)) return { state: 'wait', runs: [] }
      const next = importReader(db, file, { receivedAt: at, region })
      const storing = importLanes(db, links, { receivedAt: at, region, rates, file: file.id }, await beginLanes(db, file))
      const progress = async (state: ImportProgress['state']) => ({ state, runs: await campaignsOfRuns(db, [...storing.rings]) })
      let isEnd = false
      try {
        // The next lines are read while the last are being stored; memory holds two batches, and the one that is being read.
        for (let [older, newer] = [Promise.resolve(), Promise.resolve()]; !isEnd && !storing.isLost(); ) {
          heartbeat()
          const batch = await next()
          isEnd = batch.isEnd && batch.lines.length === 0
          await older
          older = newer
          newer = isEnd ? newer : storing.store(batch)
          if (performance.now() - begun > workMs) break
        }
      } finally {
        await storing.rest()
      }
      if (storing.isLost()) return await progress('wait')
      if (!isEnd) return await progress('more')
      const ended = new Date(request.at + Math.round(performance.now() - begun))
      await db.transaction(tx => finishImport(tx, file.id, ended))
      return await progress('done')
    },

    /** Gives an import up, with a reason that its owner can read. */
    async failImport(request: { import: number; at: number; error: string }): Promise<void> {
      await db.transaction(tx => finishImport(tx, request.import, new Date(request.at), request.error))
    },
  }
}
