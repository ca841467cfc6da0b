import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** What the page shows live, and the tables whose rows say so. */
const tables = {
  customers: ['customer', 'consent'],
  events: ['event'],
  runs: ['run', 'enrollment', 'step_count'],
  messages: ['message', 'outbox', 'inbox'],
  campaigns: ['campaign'],
  segments: ['segment'],
  imports: ['import', 'import_part'],
  tasks: ['task'],
  rewards: ['loyalty_account', 'loyalty_tier', 'offer_grant'],
  suppressions: ['suppression'],
  settings: ['setting', 'api_key'],
  audit: ['audit'],
} as const
export type Topic = keyof typeof tables
export const topics = Object.keys(tables) as Topic[]

/**
 * How many rows each topic's tables have written so far. PostgreSQL counts that itself, so asking costs the same however
 * much is stored; its counts may lag by a second, which a page that asks again afterwards does not mind.
 */
export async function writesByTopic(db: Queryable): Promise<Record<Topic, number>> {
  const rows = await db.rows<{ name: string; n: number }>(
    sql`SELECT relname AS name, (n_tup_ins + n_tup_upd + n_tup_del)::float8 AS n FROM pg_stat_user_tables`,
  )
  const writes = new Map(rows.map(row => [row.name, row.n]))
  const sum = (names: readonly string[]) => names.reduce((total, name) => total + (writes.get(name) ?? 0), 0)
  return Object.fromEntries(topics.map(topic => [topic, sum(tables[topic])])) as Record<Topic, number>
}
