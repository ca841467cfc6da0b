import type { Call } from '../../domain/customer/call.ts'
import { raw, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** What calls of one batch say about an account: each trait's last word, and when it was said, in milliseconds since 1970. */
interface Said {
  traits: Record<string, unknown>
  told: Record<string, number>
  since: Date
}

/**
 * Puts customers in the accounts that their last `group` call names (`groupId` of the profile, which was patched before). Each trait
 * of an account keeps what was said last by the time it was said, whoever of its members said it and whenever it arrives; of two
 * words in the same instant the one that arrives later. Null takes a trait away.
 */
export async function foldAccounts(tx: Queryable, calls: readonly { customer: number; call: Call }[], at: Date): Promise<void> {
  const grouping = calls
    .filter(({ call }) => call.account !== undefined)
    .toSorted((a, b) => a.call.at.getTime() - b.call.at.getTime())
  if (grouping.length === 0) return
  const said = new Map<string, Said>()
  const accountOf = new Map<number, string>()
  for (const { customer, call } of grouping) {
    const { key, traits } = call.account!
    const { traits: before, told, since } = said.get(key) ?? { traits: {}, told: {}, since: call.at }
    const now = Object.fromEntries(Object.keys(traits).map(name => [name, call.at.getTime()]))
    said.set(key, { traits: { ...before, ...traits }, told: { ...told, ...now }, since })
    accountOf.set(customer, key)
  }
  const rows = [...said].map(([key, { traits, told, since }]) => ({ key, traits, told, since }))
  const late = raw('(a.told ->> e.key)::bigint > e.value::bigint')
  const named = (when: Sql) => sql`ARRAY(SELECT e.key FROM jsonb_each_text(excluded.told) e WHERE ${when})`
  await tx.run(sql`
    INSERT INTO account AS a (key, traits, told, created_at, updated_at)
    SELECT key, jsonb_strip_nulls(traits), told, since, ${at}::timestamptz
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS r (key text, traits jsonb, told jsonb, since timestamptz(3)) ORDER BY key COLLATE "C"
    ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at,
      traits = (a.traits - ${named(sql`${late} IS NOT TRUE`)}) || (excluded.traits - ${named(late)}),
      told = a.told || (excluded.told - ${named(late)})`)
  const members = [...accountOf].map(([customer, key]) => ({ customer, key }))
  await tx.run(sql`UPDATE customer c SET account = a.id, updated_at = ${at}
    FROM json_to_recordset(${JSON.stringify(members)}::json) AS m (customer int, key text) JOIN account a USING (key)
    WHERE c.id = m.customer AND c.account IS DISTINCT FROM a.id AND c.attributes ->> 'groupId' = m.key`)
}
