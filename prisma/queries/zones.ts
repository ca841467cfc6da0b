import { sql } from '../../domain/sql.ts'
import { isTimeZone } from '../../domain/time.ts'
import type { Queryable } from '../client.ts'

/** The time zones customers live in, as far as they are any. */
export async function zonesOfCustomers(db: Queryable): Promise<string[]> {
  const rows = await db.rows<{ zone: string }>(sql`SELECT DISTINCT timezone AS zone FROM customer WHERE timezone IS NOT NULL`)
  return rows.map(row => row.zone).filter(isTimeZone)
}
