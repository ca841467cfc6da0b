import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

export interface OfferSum {
  key: string
  /** Of the newest grant. */
  value: string | number
  /** Of the newest grant: how often it may be redeemed by everybody together. */
  budget: number | null
  granted: number
  customers: number
  redeemed: number
  expired: number
  firstAt: Date
  lastAt: Date
}

/** Every offer by its key: to how many it was made, and how many took it. */
export const offerSums = (db: Queryable, { at, limit, after }: { at: Date; limit: number; after: string | undefined }) =>
  db.rows<OfferSum>(sql`
    SELECT key, (array_agg(value ORDER BY id DESC))[1] AS value, (array_agg(budget ORDER BY id DESC))[1] AS budget,
      count(*)::int AS granted, count(DISTINCT customer)::int AS customers, count(redeemed_at)::int AS redeemed,
      count(*) FILTER (WHERE redeemed_at IS NULL AND expires_at <= ${at}::timestamptz)::int AS expired,
      min(granted_at) AS "firstAt", max(granted_at) AS "lastAt"
    FROM offer_grant WHERE key COLLATE "C" > ${after ?? ''} GROUP BY key ORDER BY key COLLATE "C" LIMIT ${limit}`)

export interface TierSum {
  tier: string | null
  customers: number
  balance: number
  earned: number
}

/** Who has an account, by the tier they stand in. */
export const tierSums = (db: Queryable) =>
  db.rows<TierSum>(sql`
    SELECT tier, count(*)::int AS customers, sum(balance)::float8 AS balance, sum(earned)::float8 AS earned
    FROM loyalty_account GROUP BY tier ORDER BY min(earned)`)
