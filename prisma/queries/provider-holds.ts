import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** Until when a provider is left alone, in Unix milliseconds (0: not at all), and how often in a row it failed. */
export async function heldUntil(db: Queryable, provider: string): Promise<{ until: number; strikes: number }> {
  const row = await db.row<{ until: Date; strikes: number }>(
    sql`SELECT until, strikes FROM provider_hold WHERE provider = ${provider}`,
  )
  return row ? { until: row.until.getTime(), strikes: row.strikes } : { until: 0, strikes: 0 }
}

/** Lets every worker know; a shorter time never shortens a longer one. */
export const holdProvider = (db: Queryable, provider: string, until: Date, strikes: number) =>
  db.run(sql`INSERT INTO provider_hold (provider, until, strikes) VALUES (${provider}, ${until}, ${strikes}::int)
    ON CONFLICT (provider) DO UPDATE SET until = greatest(provider_hold.until, excluded.until), strikes = greatest(provider_hold.strikes, excluded.strikes)`)

/** It answers well again: the next hold is a short one. */
export const forgiveProvider = (db: Queryable, provider: string) =>
  db.run(sql`UPDATE provider_hold SET strikes = 0 WHERE provider = ${provider} AND strikes > 0`)
