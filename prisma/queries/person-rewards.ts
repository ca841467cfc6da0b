import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** What somebody has earned and was offered last in a stay, as it stands. */
export interface RewardRow {
  customer: number
  balance: number
  tier: string | null
  nextTier: string | null
  missing: number | null
  grant: number | null
  key: string | null
  value: string | number | null
  expiresAt: Date | null
}

/** In the order of the people asked for. Of a stay the newest offer; without a stay, of the customer the newest. */
export const rewardsOf = (db: Queryable, people: readonly { customer: number; enrollment: number | null }[]) =>
  db.rows<RewardRow>(sql`
    SELECT p.customer, coalesce(a.balance, 0) AS balance, t.name AS tier, up.name AS "nextTier", up.from_points - coalesce(a.earned, 0) AS missing,
      o.id AS "grant", o.key, o.value, o.expires_at AS "expiresAt"
    FROM unnest(${people.map(one => one.customer)}::int[], ${people.map(one => one.enrollment)}::bigint[]) WITH ORDINALITY AS p(customer, enrollment, n)
    LEFT JOIN loyalty_account a ON a.customer = p.customer
    LEFT JOIN loyalty_tier t ON t.key = a.tier
    LEFT JOIN LATERAL (SELECT name, from_points FROM loyalty_tier n WHERE n.from_points > coalesce(a.earned, 0) ORDER BY n.from_points LIMIT 1) up ON true
    LEFT JOIN LATERAL (SELECT id, key, value, expires_at FROM offer_grant g
      WHERE CASE WHEN p.enrollment IS NULL THEN g.customer = p.customer ELSE g.enrollment = p.enrollment END ORDER BY id DESC LIMIT 1) o ON true
    ORDER BY p.n`)
