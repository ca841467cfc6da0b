import type { Call } from '../domain/customer/call.ts'
import { isLineFault, type ReadLine, readLines } from '../domain/import/read.ts'
import type { Settings } from '../domain/settings.ts'
import type { Db } from '../prisma/client.ts'
import { eventNameIds } from '../prisma/queries/event-name-ids.ts'
import {
  advanceImport,
  bytesFrom,
  campaignsOfRuns,
  findImport,
  finishImport,
  holdImport,
  type ImportRow,
  isBehindAnother,
  partBytes,
  sparedIn,
} from '../prisma/queries/imports.ts'
import { storeCalls } from '../prisma/queries/ingest.ts'
import { heartbeat } from './heartbeat.ts'

export interface ImportDeps {
  db: Db
  settings(): Promise<Settings>
}

const erased = { code: 'erased', message: 'is about somebody who was erased after the file had come' }
const linesAtOnce = 1_000
/** One activity works so long: short enough that rings come soon, long enough that the history stays short. */
const workMs = 5_000

export interface ImportProgress {
  state: 'more' | 'done' | 'wait'
  /** Runs that wait for what was stored. */
  runs: { campaign: number; run: number }[]
}

/** Reading a file that was uploaded. Each batch moves the file's position in the transaction that stores its lines. */
export function createImports({ db, settings }: ImportDeps) {
  return {
    async importSome(request: { import: number; at: number }): Promise<ImportProgress> {
      const begun = performance.now()
      const at = new Date(request.at)
      const { defaultRegion: region, currencies: rates } = await settings()
      const rings = new Set<number>()
      const progress = async (state: ImportProgress['state']) => ({ state, runs: await campaignsOfRuns(db, [...rings]) })
      let file = await findImport(db, request.import)
      if (file?.status === 'running' && (await isBehindAnother(db, file))) return await progress('wait')
      let bytes: Buffer | undefined
      while (file?.status === 'running') {
        heartbeat()
        bytes = bytes && bytes.length > partBytes ? bytes : await bytesFrom(db, file.id, file.position.offset)
        const last = file.position.offset + bytes.length >= file.bytes
        const taken = readLines(bytes, file.position, file, { receivedAt: at, region }, { last, atMost: linesAtOnce })
        if (taken.lines.length === 0 && last) {
          const done = file.id
          const ended = new Date(request.at + Math.round(performance.now() - begun))
          await db.transaction(tx => finishImport(tx, done, ended))
          return await progress('done')
        }
        const options = { receivedAt: at, region, rates, file: file.id }
        const stored = await storeLines(file, taken.lines, taken.after, options)
        if (stored === undefined) return await progress('wait')
        for (const run of stored) rings.add(run)
        bytes = bytes.subarray(taken.after.offset - file.position.offset)
        file = { ...file, position: taken.after }
        if (performance.now() - begun > workMs) return await progress('more')
      }
      return await progress('done')
    },

    /** Gives an import up, with a reason that its owner can read. */
    async failImport(request: { import: number; at: number; error: string }): Promise<void> {
      await db.transaction(tx => finishImport(tx, request.import, new Date(request.at), request.error))
    },
  }

  /** Stores lines and moves on to `after`; the runs to ring, or undefined when somebody else reads this file. */
  async function storeLines(
    file: ImportRow,
    lines: readonly ReadLine[],
    after: ImportRow['position'],
    options: { receivedAt: Date; region: string; rates: Settings['currencies']; file: number },
  ): Promise<number[] | undefined> {
    const calls = lines.flatMap(({ read }): Call[] => (isLineFault(read) ? [] : [read]))
    const rejections = lines.flatMap(({ line, read }) => (isLineFault(read) ? [{ line, ...read }] : []))
    const names = await eventNameIds(
      db,
      calls.flatMap(call => call.event ?? []),
    )
    for (let attempt = 1; ; attempt++) {
      try {
        return await db.transaction(async tx => {
          if (!(await holdImport(tx, file.id, file.position.offset))) return undefined
          const isSpared = await sparedIn(tx, file.id)
          const ofErased = lines.flatMap(({ line, read }) =>
            !isLineFault(read) && [read.customer, ...(read.formerly ?? [])].some(isSpared) ? [{ line, read }] : [],
          )
          const kept = ofErased.length === 0 ? calls : calls.filter(call => !ofErased.some(({ read }) => read === call))
          const { duplicates, rings } = await storeCalls(tx, kept, names, options)
          await advanceImport(tx, file.id, {
            position: after,
            accepted: kept.length,
            duplicates,
            rejections: [...rejections, ...ofErased.map(({ line }) => ({ line, ...erased }))],
          })
          return rings
        })
      } catch (error) {
        const code = String((error as { code?: unknown }).code ?? '')
        if ((code === '40P01' || code === '40001') && attempt < 5) continue
        // One line that the database cannot hold costs itself and not its neighbours.
        if (!/^(22|54)/.test(code) || calls.length === 0) throw error
        return await storeHalves(file, lines, after, options)
      }
    }
  }

  async function storeHalves(
    file: ImportRow,
    lines: readonly ReadLine[],
    after: ImportRow['position'],
    options: Parameters<typeof storeLines>[3],
  ): Promise<number[] | undefined> {
    const [only] = lines
    if (only && lines.length === 1) {
      const unstorable = { code: 'unstorable', message: 'holds a value that cannot be stored' }
      return await storeLines(file, [{ ...only, read: unstorable }], after, options)
    }
    const middle = Math.ceil(lines.length / 2)
    const between = lines[middle - 1]!.after
    const first = await storeLines(file, lines.slice(0, middle), between, options)
    if (!first) return undefined
    const second = await storeLines({ ...file, position: between }, lines.slice(middle), after, options)
    return second && [...first, ...second]
  }
}
