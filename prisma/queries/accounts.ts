import type { Call } from '../../domain/customer/call.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** Puts customers in the accounts that their last `group` call names (`groupId` of the profile, which was patched before), and adds what it says to the account's traits; null takes one away. */
export async function foldAccounts(tx: Queryable, calls: readonly { customer: number; call: Call }[], at: Date): Promise<void> {
  const grouping = calls
    .filter(({ call }) => call.account !== undefined)
    .toSorted((a, b) => a.call.at.getTime() - b.call.at.getTime())
  if (grouping.length === 0) return
  const said = new Map<string, { traits: Record<string, unknown>; since: Date }>()
  const accountOf = new Map<number, string>()
  for (const { customer, call } of grouping) {
    const { key, traits } = call.account!
    const before = said.get(key)
    said.set(key, { traits: { ...before?.traits, ...traits }, since: before?.since ?? call.at })
    accountOf.set(customer, key)
  }
  const rows = [...said].map(([key, { traits, since }]) => ({ key, traits, since }))
  await tx.run(sql`
    INSERT INTO account AS a (key, traits, created_at, updated_at)
    SELECT key, jsonb_strip_nulls(traits), since, ${at}::timestamptz
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS r (key text, traits jsonb, since timestamptz(3)) ORDER BY key COLLATE "C"
    ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at, traits = (a.traits || excluded.traits) - (
      SELECT coalesce(array_agg(e.key), '{}') FROM json_to_recordset(${JSON.stringify(rows)}::json) AS r (key text, traits jsonb), jsonb_each(r.traits) e
      WHERE r.key = excluded.key AND e.value = 'null')`)
  const members = [...accountOf].map(([customer, key]) => ({ customer, key }))
  await tx.run(sql`UPDATE customer c SET account = a.id, updated_at = ${at}
    FROM json_to_recordset(${JSON.stringify(members)}::json) AS m (customer int, key text) JOIN account a USING (key)
    WHERE c.id = m.customer AND c.account IS DISTINCT FROM a.id AND c.attributes ->> 'groupId' = m.key`)
}
