import { PerennialError } from '../../domain/errors.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** The number of a customer by external id. Throws `notFound`. */
export async function customerNumber(db: Queryable, externalId: string): Promise<number> {
  const row = await db.row<{ id: number }>(sql`SELECT id FROM customer WHERE external_id = ${externalId}`)
  if (!row) throw new PerennialError('notFound', t => t.refusals.noCustomer(externalId))
  return row.id
}
