import type pg from 'pg'
import { PerennialError } from '../../domain/errors.ts'
import { arrivals, type InboxRow, placeBehind } from '../../prisma/queries/inbox.ts'
import type { Deps } from '../deps.ts'

/** Who listens to one inbox: `send` gets each message once, oldest first. */
export interface Listener {
  customer: number
  send(rows: readonly InboxRow[]): void
  /** More came than can be sent: look at the list instead. */
  reload(): void
  end(): void
}

interface Held {
  listener: Listener
  /** Where it is: what came before was sent, or had been. */
  since: Date
  placed: boolean
  known: Set<string>
}

export interface InboxHub {
  /** Joins a listener behind a message it had (or behind all there is); answers how it leaves. Throws `tooMany`, or what the database throws. */
  join(listener: Listener, behind: string | undefined): Promise<() => void>
  close(): Promise<void>
}

const most = { all: 10_000, perCustomer: 10, rows: 2_000, perLook: 100 } as const
const retryMs = 2_000
const lookAnywayMs = 30_000
const overlapMs = 2_000

/**
 * One ear at the database for all open streams of this process: PostgreSQL says for whom something came (LISTEN), one query
 * fetches it for all of them. Should a word be lost, a look every 30 s finds it.
 */
export function createHub({ db, log }: Pick<Deps, 'db' | 'log'>): InboxHub {
  const inboxes = new Map<number, Set<Held>>()
  const dirty = new Set<number>()
  let all = 0
  let ear: Promise<pg.PoolClient> | undefined
  let looking = false
  let closed = false

  const hear = async (): Promise<pg.PoolClient> => {
    const client = await db.pool.connect()
    client.on('error', error => {
      // A listener stays: what breaks after this must not end the process.
      client.removeAllListeners('notification')
      if (releaseOnce(client, error)) hearAgain()
    })
    client.on('notification', note => touch((note.payload ?? '').split(',').map(Number)))
    try {
      await client.query('LISTEN inbox')
    } catch (error) {
      releaseOnce(client, error as Error)
      throw error
    }
    return client
  }
  const hearAgain = () => {
    const again = async () => {
      if (closed || all === 0) return
      await listen()
      touch(inboxes.keys())
    }
    setTimeout(() => void again().catch(hearAgain), retryMs).unref()
  }
  const released = new WeakSet<pg.PoolClient>()
  const releaseOnce = (client: pg.PoolClient, why: Error | true): boolean => {
    if (released.has(client)) return false
    released.add(client)
    ear = undefined
    client.release(why)
    return true
  }
  const listen = async (): Promise<void> => {
    ear ??= hear()
    try {
      await ear
      if (all === 0) await fallSilent()
    } catch (error) {
      ear = undefined
      throw error
    }
  }
  const fallSilent = async () => {
    const last = ear
    ear = undefined
    const client = await last?.catch(() => undefined)
    if (client && !released.has(client)) {
      released.add(client)
      client.removeAllListeners('notification')
      client.release(true)
    }
  }

  const touch = (customers: Iterable<number>) => {
    for (const customer of customers) if (inboxes.has(customer)) dirty.add(customer)
    if (dirty.size > 0 && !looking) {
      looking = true
      setTimeout(() => void look(), 5)
    }
  }
  const look = async () => {
    const customers = [...dirty]
    dirty.clear()
    try {
      const places = customers.flatMap(customer => {
        const held = [...(inboxes.get(customer) ?? [])]
        return held.length === 0 ? [] : [{ customer, since: new Date(Math.min(...held.map(each => each.since.getTime()))) }]
      })
      const rows = places.length > 0 ? await arrivals(db, places, most.rows) : []
      for (const [customer, its] of group(rows)) for (const held of inboxes.get(customer) ?? []) deliver(held, its)
      // Cut off: whoever got less than there was looks again by itself.
      if (rows.length >= most.rows) for (const customer of customers) dirty.add(customer)
    } catch (error) {
      log.warn({ err: error }, 'inboxes could not be looked at; the next look finds what came')
    }
    looking = false
    touch([])
  }
  const deliver = (held: Held, rows: readonly InboxRow[]) => {
    if (!held.placed) return
    const from = held.since.getTime() - overlapMs
    const fresh = rows.filter(row => row.storedAt.getTime() > from && !held.known.has(row.id))
    const last = rows.at(-1)
    if (last && last.storedAt > held.since) held.since = last.storedAt
    for (const row of fresh) held.known.add(row.id)
    if (fresh.length > most.perLook) held.listener.reload()
    else if (fresh.length > 0) held.listener.send(fresh)
  }

  const anyway = setInterval(() => touch(inboxes.keys()), lookAnywayMs).unref()
  return {
    join: async (listener, behind) => {
      const { customer } = listener
      if (all >= most.all || (inboxes.get(customer)?.size ?? 0) >= most.perCustomer)
        throw new PerennialError('tooMany', t => t.refusals.tooManyStreams, { retryAfterSeconds: 30 })
      all++
      const held: Held = { listener, since: new Date(8.64e15), placed: false, known: new Set() }
      const leave = () => {
        const its = inboxes.get(customer)
        if (!its?.delete(held)) return
        all--
        if (its.size === 0) inboxes.delete(customer)
        if (all === 0) void fallSilent()
      }
      const its = inboxes.get(customer) ?? new Set()
      inboxes.set(customer, its.add(held))
      try {
        await listen()
        const place = await placeBehind(db, customer, behind)
        held.since = place.since
        for (const id of place.known) held.known.add(id)
        held.placed = true
        touch([customer])
        return leave
      } catch (error) {
        leave()
        throw error
      }
    },
    close: async () => {
      closed = true
      clearInterval(anyway)
      for (const its of inboxes.values()) for (const { listener } of its) listener.end()
      inboxes.clear()
      all = 0
      await fallSilent()
    },
  }
}

function group(rows: readonly InboxRow[]): Map<number, InboxRow[]> {
  const groups = new Map<number, InboxRow[]>()
  for (const row of rows) {
    const its = groups.get(row.customer)
    if (its) its.push(row)
    else groups.set(row.customer, [row])
  }
  return groups
}
