import { addressHash } from '../domain/customer/address-hash.ts'
import type { Call } from '../domain/customer/call.ts'
import type { SuppressedAddress } from '../domain/customer/suppression.ts'
import type { ReadingPlace } from '../domain/import/beginning.ts'
import { isShared, type Lane, type Lanes, laneOf, lanes } from '../domain/import/lane.ts'
import { fault, isLineFault } from '../domain/import/line.ts'
import type { ReadLine } from '../domain/import/read.ts'
import type { LineRead } from '../domain/import/row.ts'
import { isSuppression } from '../domain/import/suppression-row.ts'
import type { Settings } from '../domain/settings.ts'
import type { Db, Queryable } from '../prisma/client.ts'
import { isSeenBefore } from '../prisma/queries/calls-seen.ts'
import { eventNameIds } from '../prisma/queries/event-name-ids.ts'
import { advanceImport, holdLanes } from '../prisma/queries/imports.ts'
import { storeCalls } from '../prisma/queries/ingest.ts'
import { areSuppressed, suppress } from '../prisma/queries/suppress.ts'
import type { Batch } from './import-reader.ts'

interface Options {
  receivedAt: Date
  region: string
  rates: Settings['currencies']
  file: number
}

const erased = fault('erased', 'erased')
/** Where one line was known already, so are others: so many batches are looked at line by line. */
const doubtful = 20
const isCall = (read: LineRead): read is Call => !isLineFault(read) && !isSuppression(read)

/** Ends a transaction of somebody who does not read this file any more. */
class Lost extends Error {}

/**
 * Stores what was read of a file in lanes beside each other, which are at `places`: a lane goes on with its lines of the next batch when
 * those of the last are stored. Lines that are about more than one customer are stored by all lanes together, between what stands before
 * and behind them.
 */
export function importLanes(db: Db, links: { secretKey: string }, options: Options, places: Lanes) {
  const rings = new Set<number>()
  const tails: Record<Lane, Promise<void>> = { 0: Promise.resolve(), 1: Promise.resolve() }
  let lost = false
  /** For how many batches lines are not trusted to be new. */
  let doubt = 0

  /** Stores lines of some lanes and moves those on to `after`. */
  async function storeLines(held: readonly Lane[], lines: readonly ReadLine[], after: ReadingPlace): Promise<void> {
    const behind = held.filter(lane => places[lane].offset < after.offset)
    if (lost || behind.length === 0) return
    const calls = lines.flatMap(({ read }): Call[] => (isCall(read) ? [read] : []))
    const suppressions = lines.flatMap(({ read }) => (isSuppression(read) ? [read.suppressed.map(hashed)] : []))
    const rejections = lines.flatMap(({ line, read }) => (isLineFault(read) ? [{ line, ...read }] : []))
    const names = await eventNameIds(
      db,
      calls.flatMap(call => call.event ?? []),
    )
    const from = Object.fromEntries(held.map(lane => [lane, places[lane]])) as Partial<Lanes>
    // One lane may be further already: what was read before its worker died is read again for the other.
    const to = Object.fromEntries(behind.map(lane => [lane, after])) as Partial<Lanes>
    const storing = async (tx: Queryable, hopeful: boolean): Promise<number[]> => {
      const isSpared = await holdLanes(tx, options.file, from)
      if (!isSpared) throw new Lost()
      const ofErased = lines.flatMap(({ line, read }) =>
        isCall(read) && [read.customer, ...(read.formerly ?? [])].some(isSpared) ? [{ line, read }] : [],
      )
      const kept = ofErased.length === 0 ? calls : calls.filter(call => !ofErased.some(({ read }) => read === call))
      const { duplicates, rings } = await storeCalls(tx, kept, names, { ...options, hopeful })
      const standing = await areSuppressed(tx, suppressions.flat())
      await suppress(tx, suppressions.flat())
      const isMoved = await advanceImport(tx, options.file, {
        from,
        to,
        accepted: kept.length + suppressions.length,
        duplicates: duplicates + suppressions.filter(each => each.every(standing)).length,
        rejections: [...rejections, ...ofErased.map(({ line }) => ({ line, ...erased }))],
      })
      if (!isMoved) throw new Lost()
      return rings
    }
    for (let attempt = 1; ; attempt++) {
      const hopeful = doubt === 0
      try {
        for (const run of await db.transaction(tx => storing(tx, hopeful))) rings.add(run)
        for (const lane of behind) places[lane] = after
        doubt = Math.max(0, doubt - 1)
        return
      } catch (error) {
        if (isSeenBefore(error) && hopeful) {
          doubt = doubtful
          continue
        }
        if (error instanceof Lost) {
          lost = true
          return
        }
        const code = String((error as { code?: unknown }).code ?? '')
        if ((code === '40P01' || code === '40001') && attempt < 5) continue
        // One line that the database cannot hold costs itself and not its neighbours.
        if (!/^(22|54)/.test(code) || calls.length === 0) throw error
        return await storeHalves(held, lines, after)
      }
    }
  }

  async function storeHalves(held: readonly Lane[], lines: readonly ReadLine[], after: ReadingPlace): Promise<void> {
    const [only] = lines
    if (only && lines.length === 1) {
      const unstorable = fault('unstorable', 'badValue')
      return await storeLines(held, [{ ...only, read: unstorable }], after)
    }
    const middle = Math.ceil(lines.length / 2)
    const { end: offset, lastLine: line } = lines[middle - 1]!
    await storeLines(held, lines.slice(0, middle), { offset, line, skipping: false })
    await storeLines(held, lines.slice(middle), after)
  }

  const hashed = ({ channel, address, reason, at }: SuppressedAddress) => ({
    channel,
    address: addressHash(links.secretKey, channel, address),
    reason,
    source: 'import',
    at,
  })

  return {
    /** Runs that wait for what was stored so far. */
    rings,
    /** Whether somebody else reads this file: nothing is stored any more. */
    isLost: () => lost,
    /** Stores a batch after those before it; resolves when its lines are stored. */
    store({ lines: read, after }: Batch): Promise<void> {
      const lines = read.filter(({ read, start }) => start >= places[laneOf(read)].offset)
      if (lines.some(({ read }) => isShared(read))) {
        const all = Promise.all(Object.values(tails)).then(() => storeLines(lanes, lines, after))
        for (const lane of lanes) tails[lane] = all
      } else
        for (const lane of lanes) {
          const own = lines.filter(({ read }) => laneOf(read) === lane)
          tails[lane] = tails[lane].then(() => storeLines([lane], own, after))
        }
      const stored = Promise.all(Object.values(tails)).then(() => {})
      stored.catch(() => {}) // told to whoever waits for it
      return stored
    },
    /** Waits for whatever is being stored, and throws what went wrong. */
    async rest(): Promise<void> {
      await Promise.allSettled(Object.values(tails))
      await Promise.all(Object.values(tails))
    },
  }
}
