import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** Until when a provider has asked to be left alone, in Unix milliseconds; 0 when it has not. */
export const heldUntil = async (db: Queryable, provider: string): Promise<number> =>
  (await db.row<{ until: Date }>(sql`SELECT until FROM provider_hold WHERE provider = ${provider}`))?.until.getTime() ?? 0

/** Lets every worker know; a shorter time never shortens a longer one. */
export const holdProvider = (db: Queryable, provider: string, until: Date) =>
  db.run(sql`INSERT INTO provider_hold (provider, until) VALUES (${provider}, ${until})
    ON CONFLICT (provider) DO UPDATE SET until = excluded.until WHERE provider_hold.until < excluded.until`)
