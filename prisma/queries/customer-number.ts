import { PerennialError } from '../../domain/errors.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** The number of a customer by external id, or by one that is a former name of theirs. Throws `notFound`. */
export async function customerNumber(db: Queryable, externalId: string): Promise<number> {
  const row = await db.row<{ id: number | null }>(sql`SELECT coalesce(
    (SELECT id FROM customer WHERE external_id = ${externalId}), (SELECT customer FROM customer_alias WHERE previous = ${externalId})) AS id`)
  if (row?.id == null) throw new PerennialError('notFound', t => t.refusals.noCustomer(externalId))
  return row.id
}
