import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { movingIn, type WaveRef } from './enrollments.ts'

/** One movement of points: positive ones are earned, negative ones redeemed. `key` names it: the same key again moves nothing. */
export interface Movement {
  customer: number
  points: number
  reason: string | null
  key: string
  at: Date
}

/** Books what was just entered: balances, and the tier that everything ever earned reaches. */
const book = (tx: Queryable, entries: readonly number[], at: Date) =>
  entries.length === 0
    ? Promise.resolve(0)
    : tx.run(sql`
    WITH booked AS (
      SELECT customer, sum(points)::int AS points, coalesce(sum(points) FILTER (WHERE points > 0), 0)::int AS earned, max(id) AS last
      FROM loyalty_entry WHERE id = ANY(${entries}::bigint[]) GROUP BY customer
    ), before AS (
      SELECT b.customer, a.tier FROM booked b LEFT JOIN loyalty_account a ON a.customer = b.customer
    ), account AS (
      INSERT INTO loyalty_account AS a (customer, balance, earned, tier, updated_at)
      SELECT customer, points, earned, (SELECT key FROM loyalty_tier t WHERE t.from_points <= earned ORDER BY t.from_points DESC LIMIT 1), ${at}::timestamptz
      FROM booked ORDER BY customer
      ON CONFLICT (customer) DO UPDATE SET balance = a.balance + excluded.balance, earned = a.earned + excluded.earned, updated_at = excluded.updated_at,
        tier = (SELECT key FROM loyalty_tier t WHERE t.from_points <= a.earned + excluded.earned ORDER BY t.from_points DESC LIMIT 1)
      RETURNING a.customer, a.tier
    )
    UPDATE loyalty_entry l SET tier_before = before.tier, tier_after = account.tier
    FROM booked JOIN account USING (customer) JOIN before USING (customer)
    WHERE l.id = booked.last AND account.tier IS DISTINCT FROM before.tier`)

/** Holds these accounts, made where there is none yet: of two that give the first points at once, the second sees the tier the first led to. */
async function lockAccounts(tx: Queryable, customers: readonly number[], at: Date): Promise<void> {
  if (customers.length === 0) return
  await tx.run(sql`INSERT INTO loyalty_account (customer, balance, earned, updated_at)
    SELECT customer, 0, 0, ${at}::timestamptz FROM unnest(${customers}::int[]) AS c(customer) ORDER BY customer ON CONFLICT (customer) DO NOTHING`)
  await tx.run(sql`SELECT 1 FROM loyalty_account WHERE customer = ANY(${customers}::int[]) ORDER BY customer FOR NO KEY UPDATE`)
}

/** Gives everybody of a wave points, or their share of the purchase that brought them in; each once for a stay and step. */
export async function earnAtStep(
  tx: Queryable,
  wave: WaveRef,
  award: { step: number; points: number; percent: number; reason: string | null; at: Date },
): Promise<void> {
  const entries = await tx.rows<{ id: number; customer: number }>(sql`
    INSERT INTO loyalty_entry (customer, points, reason, key, enrollment, step, at)
    SELECT e.customer, p.points, ${award.reason}::text, 'step:' || e.id || ':' || ${award.step}::int, e.id, ${award.step}::int, ${award.at}::timestamptz
    FROM enrollment e LEFT JOIN event ev ON ev.id = e.event
    CROSS JOIN LATERAL (SELECT CASE WHEN ${award.percent}::float8 > 0
      THEN least(floor(coalesce(ev.value, 0) * ${award.percent}::float8 / 100), 1000000)::int ELSE ${award.points}::int END AS points) p
    WHERE ${movingIn(wave)} AND p.points > 0 ORDER BY e.customer
    ON CONFLICT (key) DO NOTHING RETURNING id, customer`)
  await lockAccounts(
    tx,
    entries.map(entry => entry.customer),
    award.at,
  )
  await book(
    tx,
    entries.map(entry => entry.id),
    award.at,
  )
}

export interface TierChange {
  entry: number
  externalId: string
  from: string | null
  to: string | null
  at: Date
}

/** Who of a wave reached another tier by what a step gave them. */
export const tierChangesAt = (tx: Queryable, wave: WaveRef, step: number) =>
  tx.rows<TierChange>(sql`
    SELECT l.id AS entry, c.external_id AS "externalId", l.tier_before AS "from", l.tier_after AS "to", l.at
    FROM enrollment e JOIN loyalty_entry l ON l.key = 'step:' || e.id || ':' || ${step}::int JOIN customer c ON c.id = e.customer
    WHERE ${movingIn(wave)} AND l.tier_after IS DISTINCT FROM l.tier_before`)

export interface Account {
  balance: number
  earned: number
  tier: string | null
}

export const accountOf = async (db: Queryable, customer: number): Promise<Account> =>
  (await db.row<Account>(sql`SELECT balance, earned, tier FROM loyalty_account WHERE customer = ${customer}`)) ?? {
    balance: 0,
    earned: 0,
    tier: null,
  }

/** The tier that a movement led to. */
export interface TierMove {
  from: string | null
  to: string | null
  at: Date
}

const tierMoved = (tx: Queryable, entry: number) =>
  tx.row<TierMove>(
    sql`SELECT tier_before AS "from", tier_after AS "to", at FROM loyalty_entry WHERE id = ${entry} AND tier_after IS DISTINCT FROM tier_before`,
  )

export type Moved =
  | { kind: 'moved'; entry: number; account: Account; tier: TierMove | undefined }
  /** Done before under this key. */
  | { kind: 'again'; entry: number; account: Account; tier: TierMove | undefined }
  | { kind: 'other' }
  | { kind: 'tooFew'; balance: number }

/** Moves points once for each key; refuses to go below nothing. In a transaction. */
export async function move(tx: Queryable, movement: Movement): Promise<Moved> {
  // The first movement of an account has no row to lock yet, so the customer's is held.
  await tx.run(sql`SELECT 1 FROM customer WHERE id = ${movement.customer} FOR NO KEY UPDATE`)
  const known = await tx.row<{ id: number; customer: number; points: number }>(
    sql`SELECT id, customer, points FROM loyalty_entry WHERE key = ${movement.key}`,
  )
  if (known && (known.customer !== movement.customer || known.points !== movement.points)) return { kind: 'other' }
  if (known)
    return {
      kind: 'again',
      entry: known.id,
      account: await accountOf(tx, movement.customer),
      tier: await tierMoved(tx, known.id),
    }
  const { balance } = await accountOf(tx, movement.customer)
  if (balance + movement.points < 0) return { kind: 'tooFew', balance }
  const entry = await tx.row<{ id: number }>(sql`INSERT INTO loyalty_entry (customer, points, reason, key, at)
    VALUES (${movement.customer}, ${movement.points}, ${movement.reason}, ${movement.key}, ${movement.at}) RETURNING id`)
  const id = entry?.id ?? 0
  await lockAccounts(tx, [movement.customer], movement.at)
  await book(tx, [id], movement.at)
  return { kind: 'moved', entry: id, account: await accountOf(tx, movement.customer), tier: await tierMoved(tx, id) }
}

export interface Tier {
  key: string
  name: string
  fromPoints: number
}

export const listTiers = (db: Queryable) =>
  db.rows<Tier>(sql`SELECT key, name, from_points AS "fromPoints" FROM loyalty_tier ORDER BY from_points, key`)

/** Replaces all tiers, and puts everybody where what they earned belongs by the new ones. In a transaction. */
export async function replaceTiers(tx: Queryable, tiers: readonly Tier[]): Promise<void> {
  await tx.run(sql`DELETE FROM loyalty_tier`)
  for (const tier of tiers)
    await tx.run(sql`INSERT INTO loyalty_tier (key, name, from_points) VALUES (${tier.key}, ${tier.name}, ${tier.fromPoints})`)
  await tx.run(sql`UPDATE loyalty_account a SET tier = n.tier
    FROM (SELECT customer, (SELECT key FROM loyalty_tier t WHERE t.from_points <= x.earned ORDER BY t.from_points DESC LIMIT 1) AS tier FROM loyalty_account x) n
    WHERE n.customer = a.customer AND n.tier IS DISTINCT FROM a.tier`)
}

export const listEntries = (db: Queryable, customer: number, limit: number, before: number | undefined) =>
  db.rows<{ id: number; points: number; reason: string | null; at: Date }>(
    sql`SELECT id, points, reason, at FROM loyalty_entry WHERE customer = ${customer} AND id < ${before ?? Number.MAX_SAFE_INTEGER} ORDER BY id DESC LIMIT ${limit}`,
  )
