import { kept, sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'

/** The numbers of customers that one transaction may use without looking them up. */
export interface KnownCustomers {
  /** Comes before all else, in the transaction: tells who is gone by now. */
  look(tx: Queryable, at: Date): Promise<void>
  get(externalId: string): number | undefined
  /** Says whose number the transaction found. */
  found(externalId: string, id: number): void
  /** Remembers what was found; to be called when the transaction is committed. */
  keep(): void
}

/** What one process remembers. Names move from the young to the old, and what is not asked for again goes with the old. */
interface Memory {
  young: Map<string, number>
  old: Map<string, number>
  /** Characters of the names in `young`. */
  size: number
  gone: Set<number>
  /** The transactions that took everybody away and are behind it. */
  cleared: ReadonlySet<number>
  /** All transactions before this one have ended, and whom they took away is in `gone`. */
  since: number | undefined
  /** Which start of the server and which table this is about (a restored one is another), and when (ms) it was last asked. */
  server: string
  readAt: number
}

const memories = new WeakMap<object, Memory>()
const begin = (cleared: ReadonlySet<number>): Memory => ({
  young: new Map(),
  old: new Map(),
  size: 0,
  gone: new Set(),
  cleared,
  since: undefined,
  server: '',
  readAt: 0,
})
/** About 20 MB: a hundred thousand names of forty characters, twice. */
const atMost = 4_000_000
const goneAtMost = 50_000
/** The table of who is gone holds a day. */
const readWithinMs = 600_000

interface Read {
  since: number
  server: string
  gone: number[] | null
  /** Transactions that took everybody away. */
  cleared: number[] | null
}

/**
 * The customers whose numbers this process remembers, for one transaction, without those who are gone when it looks. It holds `besideMerges` by then, so that nobody
 * is merged while it works, and has a number itself, so that an erasure waits for it, as for any that found the customer before.
 *
 * Whom a transaction takes away it notes in `customer_gone` with its own number. One that a look does not see yet has a number from the look's
 * `since` on, so the next look, which asks for all from there, finds it. A customer's number that is noted is never believed again, whoever found it before.
 */
export function knownCustomers({ pool }: Pick<Db, 'pool'>): KnownCustomers {
  const found: [string, number][] = []
  let mine: Memory | undefined
  return {
    look: async (tx, at) => {
      mine = await asOfNow(pool, tx, at.getTime())
    },
    get(name) {
      if (!mine) return undefined
      let id = mine.young.get(name)
      if (id === undefined) {
        id = mine.old.get(name)
        if (id !== undefined) put(mine, name, id)
      }
      return id === undefined || mine.gone.has(id) ? undefined : id
    },
    found: (name, id) => found.push([name, id]),
    keep: () => {
      if (mine) for (const [name, id] of found) put(mine, name, id)
    },
  }
}

/** The memory with who is gone by now; undefined for whoever is the first to ask, or finds it of no use any more. */
async function asOfNow(pool: object, tx: Queryable, at: number): Promise<Memory | undefined> {
  const memory = memories.get(pool) ?? begin(new Set())
  memories.set(pool, memory)
  const asked = memory.since
  const read = (await tx.row<Read>(
    kept(
      'customers-gone',
      sql`SELECT s.xmin AS since, concat_ws(' ', pg_postmaster_start_time(), (SELECT oid FROM pg_database WHERE datname = current_database()), to_regclass('customer')::oid) AS server, g.gone, g.cleared
        FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin) s,
          LATERAL (SELECT json_agg(number) FILTER (WHERE number <> 0) AS gone, json_agg(tx) FILTER (WHERE number = 0) AS cleared
            FROM customer_gone WHERE tx >= coalesce(${asked ?? null}::bigint, s.xmin)) g`,
    ),
  ))!
  const cleared = new Set(read.cleared)
  if (asked === undefined) {
    // Its look may be older than the one that others begin from: it takes no part.
    if (memory.since === undefined) Object.assign(memory, { since: read.since, server: read.server, readAt: at, cleared })
    return undefined
  }
  for (const number of read.gone ?? []) memory.gone.add(number)
  const isOfUse =
    read.server === memory.server &&
    Math.abs(at - memory.readAt) <= readWithinMs &&
    [...cleared].every(each => memory.cleared.has(each))
  if (!isOfUse || memory.gone.size > goneAtMost) {
    if (memories.get(pool) === memory) memories.set(pool, begin(cleared))
    return undefined
  }
  memory.since = Math.max(asked, memory.since!, read.since)
  memory.readAt = at
  return memory
}

function put(memory: Memory, name: string, id: number): void {
  if (memory.size > atMost) {
    memory.old = memory.young
    memory.young = new Map()
    memory.size = 0
  }
  memory.young.set(name, id)
  memory.size += name.length
}
