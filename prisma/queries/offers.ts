import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { movingIn, type WaveRef } from './enrollments.ts'

/** Grants everybody of a wave an offer, each once for a stay and step. */
export const grantAtStep = (
  tx: Queryable,
  wave: WaveRef,
  offer: { step: number; key: string; value: string | number; budget: number | null; expiresAt: Date | null; at: Date },
) =>
  tx.run(sql`
    INSERT INTO offer_grant (key, customer, enrollment, step, value, budget, granted_at, expires_at)
    SELECT ${offer.key}::text, e.customer, e.id, ${offer.step}::int, ${JSON.stringify(offer.value)}::jsonb, ${offer.budget}::int, ${offer.at}::timestamptz, ${offer.expiresAt}::timestamptz
    FROM enrollment e WHERE ${movingIn(wave)} ON CONFLICT (enrollment, step) DO NOTHING`)

export interface Grant {
  id: number
  key: string
  value: string | number
  budget: number | null
  grantedAt: Date
  expiresAt: Date | null
  redeemedAt: Date | null
}

const columns = sql`id, key, value, budget, granted_at AS "grantedAt", expires_at AS "expiresAt", redeemed_at AS "redeemedAt"`

export const grantsOf = (db: Queryable, customer: number, limit: number) =>
  db.rows<Grant>(sql`SELECT ${columns} FROM offer_grant WHERE customer = ${customer} ORDER BY id DESC LIMIT ${limit}`)

export type Redemption =
  | { kind: 'redeemed'; grant: Grant }
  | { kind: 'notOffered' }
  | { kind: 'already'; at: Date }
  | { kind: 'expired'; at: Date }
  | { kind: 'usedUp'; budget: number }

/** Redeems the newest open grant of an offer. One at a time for each key, so that its budget is never overdrawn. In a transaction. */
export async function redeem(
  tx: Queryable,
  key: string,
  customer: number,
  at: Date,
  means: (grant: number) => boolean = () => true,
): Promise<Redemption> {
  await tx.run(sql`SELECT pg_advisory_xact_lock(hashtext('offer'), hashtext(${key}))`)
  const grants = (
    await tx.rows<Grant>(
      sql`SELECT ${columns} FROM offer_grant WHERE key = ${key} AND customer = ${customer} ORDER BY id DESC LIMIT 100`,
    )
  ).filter(grant => means(grant.id))
  const [newest] = grants
  if (!newest) return { kind: 'notOffered' }
  const open = grants.find(grant => !grant.redeemedAt && (!grant.expiresAt || grant.expiresAt > at))
  if (!open) {
    if (newest.redeemedAt) return { kind: 'already', at: newest.redeemedAt }
    return { kind: 'expired', at: newest.expiresAt ?? at }
  }
  if (open.budget !== null) {
    const used = await tx.row<{ n: number }>(
      sql`SELECT count(*)::int AS n FROM offer_grant WHERE key = ${key} AND redeemed_at IS NOT NULL`,
    )
    if ((used?.n ?? 0) >= open.budget) return { kind: 'usedUp', budget: open.budget }
  }
  const grant = await tx.row<Grant>(
    sql`UPDATE offer_grant SET redeemed_at = ${at} WHERE id = ${open.id} AND redeemed_at IS NULL RETURNING ${columns}`,
  )
  return grant ? { kind: 'redeemed', grant } : { kind: 'already', at }
}
