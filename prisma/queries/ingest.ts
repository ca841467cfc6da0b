import type { Call } from '../../domain/customer/call.ts'
import type { Rates } from '../../domain/customer/money.ts'
import { mergePatches, namesOf, patchOf } from '../../domain/customer/profile.ts'
import { isSubscriptionEvent } from '../../domain/customer/subscription.ts'
import type { Db, Queryable } from '../client.ts'
import { foldAccounts } from './accounts.ts'
import { firstSeen, isSeenBefore } from './calls-seen.ts'
import { recordConsents } from './consents.ts'
import { eventNameIds } from './event-name-ids.ts'
import { storeEvents } from './ingest-events.ts'
import { type KnownCustomers, knownCustomers } from './known-customers.ts'
import { besideMerges, mergeFormer } from './merge.ts'
import { applyPatches, ensureCustomers, type FirstSight, lockCustomers, type Patching } from './profiles.ts'
import { foldSubscriptions } from './subscriptions.ts'

export interface IngestOptions {
  receivedAt: Date
  /** Where phone numbers without a country code belong. */
  region: string
  /** What amounts in other currencies are worth; absent: amounts count at their face. */
  rates?: Rates | undefined
  /** The import whose lines these are. */
  file?: number
  /** Trusts that no call came before; one that did ends the transaction. */
  hopeful?: boolean
  /** Customers whose numbers need not be looked up. */
  known?: KnownCustomers
}

export interface Ingested {
  accepted: number
  duplicates: number
  /** Runs whose dispatcher should be rung: something was written for them. */
  rings: number[]
}

/**
 * Stores calls in one transaction, in the database when it answers: events with their counts, profiles, subscriptions and
 * consents, and a nudge for every run and every waiting customer that wants to hear of an event. A call whose messageId was seen
 * before changes nothing: all are trusted to be new at first, and looked at one by one where one is not. Locks are taken in one
 * order (calls, customers, last seen, counts, enrollments); should another part of the system cross it, the transaction is tried again.
 */
export async function ingest(db: Db, calls: readonly Call[], options: IngestOptions): Promise<Ingested> {
  if (calls.length === 0) return { accepted: 0, duplicates: 0, rings: [] }
  const names = await eventNameIds(
    db,
    calls.flatMap(call => call.event ?? []),
  )
  let hopeful = true
  for (let attempt = 1; ; attempt++) {
    try {
      const known = knownCustomers(db)
      const stored = await db.transaction(tx => storeCalls(tx, calls, names, { ...options, hopeful, known }), { yields: true })
      known.keep()
      return stored
    } catch (error) {
      if (hopeful && isSeenBefore(error)) {
        hopeful = false
        continue
      }
      const code = (error as { code?: unknown }).code
      if ((code !== '40P01' && code !== '40001') || attempt >= 5) throw error
    }
  }
}

/** The same within a transaction of the caller's; `names` has the number of every event name in the calls. */
export async function storeCalls(
  tx: Queryable,
  calls: readonly Call[],
  names: Map<string, number>,
  options: IngestOptions,
): Promise<Ingested> {
  const { receivedAt: at, file, hopeful } = options
  const fresh = await firstSeen(tx, calls, { at, file, hopeful })
  const counts = { accepted: fresh.length, duplicates: calls.length - fresh.length }
  if (fresh.length === 0) return { ...counts, rings: [] }
  const former = fresh.filter(call => call.formerly !== undefined)
  const alone = await besideMerges(
    tx,
    former.flatMap(call => call.formerly ?? []),
  )
  const made = new Set<number>()
  await options.known?.look(tx, options.receivedAt)
  const customers = await ensureCustomers(tx, firstSights(fresh), options.receivedAt, made, options.known)
  const customerOf = (call: Call) => customers.get(call.customer)!

  const changing = fresh.filter(
    call => call.kind === 'identify' || call.kind === 'group' || isSubscriptionEvent(call.event ?? ''),
  )
  if (changing.length > 0) {
    await lockCustomers(tx, [...new Set(changing.map(customerOf))])
    await applyPatches(tx, patchesOf(changing, customerOf, options.region), options.receivedAt)
    await foldSubscriptions(
      tx,
      changing.flatMap(call =>
        call.event ? [{ name: call.event, at: call.at, properties: call.properties, customer: customerOf(call) }] : [],
      ),
    )
    await recordConsents(
      tx,
      changing.flatMap(call => call.consents.map(said => ({ source: 'api', ...said, customer: customerOf(call), at: call.at }))),
    )
    await foldAccounts(
      tx,
      changing.map(call => ({ customer: customerOf(call), call })),
      options.receivedAt,
    )
  }
  const events = fresh.filter(call => call.event !== undefined)
  const rings = await storeEvents(tx, events, customerOf, names, options)
  if (former.length > 0)
    await mergeFormer(
      tx,
      former.map(call => ({ customer: customerOf(call), formerly: call.formerly! })),
      { at: options.receivedAt, alone, made },
    )
  return { ...counts, rings }
}

function firstSights(calls: readonly Call[]): FirstSight[] {
  const first = new Map<string, FirstSight>()
  for (const { customer: externalId, anonymous, at } of calls) {
    const known = first.get(externalId)
    if (!known) first.set(externalId, { externalId, anonymous, at })
    else if (at < known.at) known.at = at
  }
  return [...first.values()]
}

/** One patch for each customer: what the calls say in the order of their times, then of their arrival, and when each name was said. */
function patchesOf(calls: readonly Call[], customerOf: (call: Call) => number, region: string): Patching[] {
  const patches = new Map<number, Required<Patching>>()
  for (const call of calls.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    if (call.kind !== 'identify' && call.kind !== 'group') continue
    const id = customerOf(call)
    const { patch } = patchOf(call.traits, region)
    const before = patches.get(id)
    const times = before?.times ?? {}
    for (const name of namesOf(patch)) times[name] = call.at.getTime()
    patches.set(id, { id, patch: before ? mergePatches(before.patch, patch) : patch, times })
  }
  return [...patches.values()]
}
