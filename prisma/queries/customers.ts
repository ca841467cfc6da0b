import type { ProfilePatch } from '../../domain/customer/profile.ts'
import { join, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { applyPatches, ensureCustomers } from './profiles.ts'

export interface CustomerRow {
  id: number
  externalId: string
  anonymous: boolean
  email: string | null
  phone: string | null
  firstName: string | null
  lastName: string | null
  timezone: string | null
  locale: string | null
  createdAt: Date
  updatedAt: Date
  attributes: Record<string, unknown>
  version: number
}

const columns = sql`c.id, c.external_id AS "externalId", c.anonymous, c.email, c.phone, c.first_name AS "firstName", c.last_name AS "lastName",
  c.timezone, c.locale, c.created_at AS "createdAt", c.updated_at AS "updatedAt", c.attributes, c.version`

/** The customer of this external id, or of one that is a former name of theirs. */
export const findCustomer = (db: Queryable, externalId: string): Promise<CustomerRow | undefined> =>
  db.row(sql`SELECT ${columns} FROM customer c WHERE c.id = coalesce(
    (SELECT id FROM customer WHERE external_id = ${externalId}), (SELECT customer FROM customer_alias WHERE previous = ${externalId}))`)

/** What is known about a customer beside the profile, in one statement. */
export interface Surroundings {
  lastSeenAt: Date | null
  account: { key: string; traits: Record<string, unknown> } | null
  subscription: Record<string, unknown> | null
  consents: { channel: string; topic: string; status: string; source: string; at: string }[] | null
  events: { event: string; count: number; firstAt: string; lastAt: string; sum: number }[] | null
}

export const surroundingsOf = async (db: Queryable, customer: number): Promise<Surroundings> =>
  (await db.row<Surroundings>(sql`SELECT
    (SELECT at FROM last_seen WHERE customer = ${customer}) AS "lastSeenAt",
    (SELECT jsonb_build_object('key', a.key, 'traits', a.traits) FROM account a JOIN customer c ON c.account = a.id WHERE c.id = ${customer}) AS account,
    (SELECT jsonb_build_object('status', status, 'plan', plan, 'mrr', mrr, 'currency', currency, 'trialEndsAt', trial_ends_at, 'renewsAt', renews_at,
      'startedAt', started_at, 'cancelledAt', cancelled_at, 'reason', reason) FROM subscription WHERE customer = ${customer}) AS subscription,
    (SELECT jsonb_agg(jsonb_build_object('channel', channel, 'topic', topic, 'status', status, 'source', source, 'at', at) ORDER BY channel, topic)
      FROM consent WHERE customer = ${customer}) AS consents,
    (SELECT jsonb_agg(jsonb_build_object('event', n.name, 'count', s.count, 'firstAt', s.first_at, 'lastAt', s.last_at, 'sum', s.sum) ORDER BY s.last_at DESC)
      FROM event_stat s JOIN event_name n ON n.id = s.name WHERE s.customer = ${customer}) AS events`))!

/**
 * Customers by number, those after `after`: all, those that match a condition over `c`, or those whose external id, address or name
 * holds a text.
 */
export function listCustomers(
  db: Queryable,
  filter: { rule?: Sql | undefined; q?: string | undefined; after?: number | undefined; limit: number },
): Promise<CustomerRow[]> {
  const where: Sql[] = [sql`c.id > ${filter.after ?? 0}`]
  if (filter.rule) where.push(sql`(${filter.rule})`)
  if (filter.q) {
    const holds = `%${filter.q.replaceAll(/[\\%_]/g, each => `\\${each}`)}%`
    where.push(sql`(c.external_id ILIKE ${holds} OR c.email ILIKE ${holds} OR c.phone LIKE ${holds}
      OR concat_ws(' ', c.first_name, c.last_name) ILIKE ${holds})`)
  }
  return db.rows(sql`SELECT ${columns} FROM customer c WHERE ${join(where, ' AND ')} ORDER BY c.id LIMIT ${filter.limit}`)
}

/** Makes a customer where there is none. Answers whether it was made. */
export async function ensureCustomer(tx: Queryable, externalId: string, at: Date): Promise<{ id: number; made: boolean }> {
  const before = await findCustomer(tx, externalId)
  if (before) return { id: before.id, made: false }
  const ids = await ensureCustomers(tx, [{ externalId, anonymous: false, at }], at)
  return { id: ids.get(externalId)!, made: true }
}

/** The profile as it stands, held until the transaction ends. */
export const holdCustomer = (tx: Queryable, id: number): Promise<CustomerRow | undefined> =>
  tx.row(sql`SELECT ${columns} FROM customer c WHERE c.id = ${id} FOR NO KEY UPDATE`)

export const changeProfile = (tx: Queryable, id: number, patch: ProfilePatch, at: Date): Promise<number> =>
  applyPatches(tx, [{ id, patch }], at)
