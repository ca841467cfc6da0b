import { setImmediate } from 'node:timers/promises'
import { addressHash } from '../domain/customer/address-hash.ts'
import type { Call } from '../domain/customer/call.ts'
import type { SuppressedAddress } from '../domain/customer/suppression.ts'
import type { ImportPosition } from '../domain/import/beginning.ts'
import { fault, isLineFault } from '../domain/import/line.ts'
import { type ReadLine, readLines } from '../domain/import/read.ts'
import type { LineRead } from '../domain/import/row.ts'
import { isSuppression } from '../domain/import/suppression-row.ts'
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
import { areSuppressed, suppress } from '../prisma/queries/suppress.ts'
import { heartbeat } from './heartbeat.ts'

export interface ImportDeps {
  db: Db
  settings(): Promise<Settings>
  /** The key that addresses are hashed with. */
  links: { secretKey: string }
}

const erased = fault('erased', 'erased')
const linesAtOnce = 1_000
/** Lines are understood so many at a time, so that what is being stored meanwhile never waits long for this process. */
const linesInOneGo = 200
/** One activity works so long: short enough that rings come soon, long enough that the history stays short. */
const workMs = 5_000

export interface ImportProgress {
  state: 'more' | 'done' | 'wait'
  /** Runs that wait for what was stored. */
  runs: { campaign: number; run: number }[]
}

/** Reading a file that was uploaded. Each batch moves the file's position in the transaction that stores its lines. */
export function createImports({ db, settings, links }: ImportDeps) {
  return {
    async importSome(request: { import: number; at: number }): Promise<ImportProgress> {
      const begun = performance.now()
      const at = new Date(request.at)
      const { defaultRegion: region, currencies: rates } = await settings()
      const rings = new Set<number>()
      const progress = async (state: ImportProgress['state']) => ({ state, runs: await campaignsOfRuns(db, [...rings]) })
      let file = await findImport(db, request.import)
      if (file?.status === 'running' && (await isBehindAnother(db, file))) return await progress('wait')
      if (file?.status !== 'running') return await progress('done')
      const next = reader(db, file, { receivedAt: at, region })
      const options = { receivedAt: at, region, rates, file: file.id }
      let ahead = next()
      for (;;) {
        heartbeat()
        const { lines, after, isEnd } = await ahead
        if (lines.length === 0 && isEnd) {
          const done = file.id
          const ended = new Date(request.at + Math.round(performance.now() - begun))
          await db.transaction(tx => finishImport(tx, done, ended))
          return await progress('done')
        }
        const enough = performance.now() - begun > workMs
        // While these lines are being stored the next are read: the database and this process work beside each other, one batch apart.
        if (!enough) {
          ahead = next()
          ahead.catch(() => {}) // told when its turn comes
        }
        const stored = await storeLines(file, lines, after, options)
        if (stored === undefined) return await progress('wait')
        for (const run of stored) rings.add(run)
        file = { ...file, position: after }
        if (enough) return await progress('more')
      }
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
    const calls = lines.flatMap(({ read }): Call[] => (isCall(read) ? [read] : []))
    const suppressions = lines.flatMap(({ read }) => (isSuppression(read) ? [read.suppressed.map(hashed)] : []))
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
            isCall(read) && [read.customer, ...(read.formerly ?? [])].some(isSpared) ? [{ line, read }] : [],
          )
          const kept = ofErased.length === 0 ? calls : calls.filter(call => !ofErased.some(({ read }) => read === call))
          const { duplicates, rings } = await storeCalls(tx, kept, names, options)
          const standing = await areSuppressed(tx, suppressions.flat())
          await suppress(tx, suppressions.flat())
          await advanceImport(tx, file.id, {
            position: after,
            accepted: kept.length + suppressions.length,
            duplicates: duplicates + suppressions.filter(each => each.every(standing)).length,
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

  function hashed({ channel, address, reason, at }: SuppressedAddress) {
    return { channel, address: addressHash(links.secretKey, channel, address), reason, source: 'import', at }
  }

  async function storeHalves(
    file: ImportRow,
    lines: readonly ReadLine[],
    after: ImportRow['position'],
    options: Parameters<typeof storeLines>[3],
  ): Promise<number[] | undefined> {
    const [only] = lines
    if (only && lines.length === 1) {
      const unstorable = fault('unstorable', 'badValue')
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

const isCall = (read: LineRead): read is Call => !isLineFault(read) && !isSuppression(read)

interface Batch {
  lines: ReadLine[]
  after: ImportPosition
  /** Nothing comes behind them. */
  isEnd: boolean
}

/** Reads a file on from where it stands, a batch with each call. Memory holds two parts of it. */
function reader(db: Db, file: ImportRow, context: { receivedAt: Date; region: string }): () => Promise<Batch> {
  let { position } = file
  let bytes: Buffer | undefined
  return async () => {
    if (!bytes || bytes.length <= partBytes) bytes = await bytesFrom(db, file.id, position.offset)
    const isEnd = position.offset + bytes.length >= file.bytes
    const lines: ReadLine[] = []
    for (;;) {
      const atMost = Math.min(linesInOneGo, linesAtOnce - lines.length)
      const taken = readLines(bytes, position, file, context, { last: isEnd, atMost })
      lines.push(...taken.lines)
      bytes = bytes.subarray(taken.after.offset - position.offset)
      position = taken.after
      if (taken.lines.length < atMost || lines.length === linesAtOnce) return { lines, after: position, isEnd }
      await setImmediate()
    }
  }
}
