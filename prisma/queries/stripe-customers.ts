import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** The external id of who was named with this Stripe customer before, else of the one customer with that e-mail address. */
export async function stripeCustomer(db: Queryable, id: string, email: string | undefined): Promise<string | undefined> {
  const named = await db.row<{ externalId: string }>(sql`
    SELECT external_id AS "externalId" FROM customer
    WHERE attributes ? 'stripeCustomerId' AND attributes ->> 'stripeCustomerId' = ${id} ORDER BY id LIMIT 1`)
  if (named || !email) return named?.externalId
  const [one, more] = await db.rows<{ externalId: string }>(
    sql`SELECT external_id AS "externalId" FROM customer WHERE lower(email) = lower(${email}) AND email IS NOT NULL ORDER BY id LIMIT 2`,
  )
  return more ? undefined : one?.externalId
}
