import { forOthers, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { spareInImports } from './imports.ts'
import { named, tablesBy } from './person-tables.ts'

/** What finds the last traces of a person where rows are not kept by customer. */
export interface Traces {
  externalIds: string[]
  email: string | null
  phone: string | null
}

export interface ErasureRow {
  id: string
  customer: number
  status: 'running' | 'completed'
  person: Traces | null
  counts: Record<string, number>
  requestedAt: Date
  completedAt: Date | null
}

const columns = sql`id, customer, status, person, counts, requested_at AS "requestedAt", completed_at AS "completedAt"`
const lock = sql`hashtext('erase')`

/** A claim of messages takes this first: an erasure then waits until the claim is committed, and the next claim sees the erasure. */
export const besideErasures = (tx: Queryable) => tx.run(forOthers(sql`SELECT pg_advisory_xact_lock_shared(${lock})`))

/**
 * Takes a customer out of everything at once: open stays end, what was to be sent is skipped, the profile is gone. Rows that are left
 * belong to nobody and are removed by the workflow. A word that forbade a channel lives on as a keyed hash of its address:
 * `addresses` has the hash for each channel. Undefined when there is no such customer.
 */
export async function beginErasure(
  tx: Queryable,
  request: {
    id: string
    customer: number
    actor: string
    at: Date
    addresses: readonly { channel: string; address: Buffer }[]
  },
): Promise<ErasureRow | undefined> {
  await tx.run(sql`SELECT pg_advisory_xact_lock(${lock})`)
  const row = await tx.row<ErasureRow>(sql`
    INSERT INTO erasure (id, customer, status, actor, requested_at, person)
    SELECT ${request.id}::uuid, c.id, 'running', ${request.actor}::text, ${request.at}::timestamptz, jsonb_build_object('email', c.email, 'phone', c.phone,
      'externalIds', jsonb_build_array(c.external_id) || coalesce((SELECT jsonb_agg(previous) FROM customer_alias WHERE customer = c.id), '[]'))
    FROM customer c WHERE c.id = ${request.customer} RETURNING ${columns}`)
  if (!row) return undefined
  await spareInImports(tx, row.person?.externalIds ?? [])
  await tx.run(sql`
    INSERT INTO suppression (channel, address, reason, source, at)
    SELECT k.channel, a.address, 'unsubscribed', 'erasure', k.at FROM consent k
    JOIN unnest(${request.addresses.map(each => each.channel)}::text[], ${request.addresses.map(each => each.address)}::bytea[]) AS a (channel, address) USING (channel)
    WHERE k.customer = ${request.customer} AND k.topic = '' AND k.status = 'unsubscribed' ON CONFLICT DO NOTHING`)
  await endStays(tx, request.customer, request.at)
  await tx.run(sql`UPDATE message SET status = 'skipped', reason = 'erased', deferred_until = NULL
    WHERE customer = ${request.customer} AND status IN ('queued', 'deferred')`)
  await tx.run(sql`DELETE FROM customer WHERE id = ${request.customer}`)
  return row
}

const endStays = (tx: Queryable, customer: number, at: Date) =>
  tx.run(sql`UPDATE enrollment SET state = 'ended', ended_at = ${at}, reason = 'erased', due = NULL, wave = NULL, awaiting = false, watching = '{}'
    WHERE customer = ${customer} AND state <> 'ended'`)

export const findErasure = (db: Queryable, id: string): Promise<ErasureRow | undefined> =>
  db.row(sql`SELECT ${columns} FROM erasure WHERE id = ${id}::uuid`)

export const unfinishedErasures = async (db: Queryable): Promise<string[]> =>
  (await db.rows<{ id: string }>(sql`SELECT id FROM erasure WHERE status = 'running' ORDER BY requested_at`)).map(row => row.id)

/** The transactions that are under way now, as the first number after theirs. */
export const transactionsNow = async (db: Queryable): Promise<string> =>
  (await db.row<{ xid: string }>(sql`SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xid`))!.xid

/** Whether all of those have ended. */
export const haveEnded = async (db: Queryable, xid: string): Promise<boolean> =>
  (await db.row<{ ended: boolean }>(sql`SELECT pg_snapshot_xmin(pg_current_snapshot()) >= ${xid}::xid8 AS ended`))!.ended

export const isBeingSentTo = async (db: Queryable, customer: number): Promise<boolean> =>
  (await db.row(sql`SELECT 1 FROM message WHERE customer = ${customer} AND status = 'sending' LIMIT 1`)) !== undefined

/** Stays and messages stay, without anything of the person, so that what a campaign did still adds up; an erasure is its own receipt. */
const anonymous = new Set(['enrollment', 'message', 'erasure'])

/**
 * Deletes every row about a customer that is gone, and what texts still hold of the person. Answers how many rows went, by table.
 * The keyed hash of a suppressed address is not among them.
 */
export async function deleteTraces(tx: Queryable, erasure: ErasureRow, at: Date): Promise<Record<string, number>> {
  const { customer } = erasure
  const counts: Record<string, number> = {}
  const gone = (table: string, count: number) => {
    if (count > 0) counts[table] = (counts[table] ?? 0) + count
  }
  await endStays(tx, customer, at)
  for (const { table } of await tablesBy(tx, 'message'))
    if (!anonymous.has(table))
      gone(
        table,
        await tx.run(sql`DELETE FROM ${named(table)} t USING message m WHERE m.id = t.message AND m.customer = ${customer}`),
      )
  const stays = sql`SELECT e.id FROM run r JOIN LATERAL (SELECT id FROM enrollment x WHERE x.run = r.id AND x.customer = ${customer}) e ON true`
  for (const { table } of await tablesBy(tx, 'enrollment'))
    if (!anonymous.has(table)) gone(table, await tx.run(sql`DELETE FROM ${named(table)} t WHERE t.enrollment IN (${stays})`))
  for (const { table } of await tablesBy(tx, 'customer'))
    if (!anonymous.has(table)) gone(table, await tx.run(sql`DELETE FROM ${named(table)} t WHERE t.customer = ${customer}`))
  // What could not be settled by now never will be: nobody is left to ask about.
  await tx.run(sql`UPDATE message SET evidence = NULL, provider_id = NULL,
    status = CASE WHEN status IN ('sending', 'uncertain') THEN 'held' ELSE status END,
    uncertain_at = CASE WHEN status IN ('sending', 'uncertain') THEN coalesce(uncertain_at, sending_at) ELSE uncertain_at END WHERE customer = ${customer}`)
  await tx.run(sql`UPDATE enrollment e SET event = NULL WHERE e.id IN (${stays}) AND event IS NOT NULL`)
  await deleteMentions(tx, erasure.person, gone)
  return counts
}

/** Tables that are kept by no customer and may quote one: what a provider reported, answers given again. */
async function deleteMentions(tx: Queryable, person: Traces | null, gone: (table: string, count: number) => void): Promise<void> {
  if (!person) return
  const addresses = [person.email, person.phone].filter(each => each !== null).map(each => each.toLowerCase())
  const names = person.externalIds.flatMap(id => [`/${encodeURIComponent(id).toLowerCase()}`, JSON.stringify(id).toLowerCase()])
  const mentioned = (texts: readonly string[], column: string) =>
    sql`EXISTS (SELECT 1 FROM unnest(${texts}::text[]) AS w (word) WHERE strpos(lower(${named(column)}::text), w.word) > 0)`
  // A test of a channel belongs to no message of the ledger, but to whoever's address it went.
  gone('outbox', await tx.run(sql`DELETE FROM outbox WHERE lower("to") = ANY(${addresses}::text[])`))
  gone('provider_event', await tx.run(sql`DELETE FROM provider_event WHERE ${mentioned(addresses, 'payload')}`))
  gone(
    'idempotent_answer',
    await tx.run(
      sql`DELETE FROM idempotent_answer WHERE ${mentioned([...addresses, ...names], 'answer')} OR ${mentioned(names, 'path')}`,
    ),
  )
}

/** The receipt: what it was about is forgotten with it. */
export const finishErasure = (tx: Queryable, id: string, counts: Record<string, number>, at: Date) =>
  tx.run(
    sql`UPDATE erasure SET status = 'completed', person = NULL, counts = ${JSON.stringify(counts)}::jsonb, completed_at = ${at} WHERE id = ${id}::uuid`,
  )
