import { namesOf, type ProfilePatch } from '../../domain/customer/profile.ts'
import { kept, raw, sql } from '../../domain/sql.ts'
import { texts } from '../binary.ts'
import type { Queryable } from '../client.ts'
import type { KnownCustomers } from './known-customers.ts'

/** A customer that is named for the first time. */
export interface FirstSight {
  externalId: string
  anonymous: boolean
  at: Date
}

/**
 * The numbers of customers by external id; those not known yet are made, and noted in `fresh`. Who is in `known` is not looked up. Locks come in one order, so no two
 * callers block each other.
 */
export async function ensureCustomers(
  tx: Queryable,
  named: readonly FirstSight[],
  at: Date,
  fresh = new Set<number>(),
  known?: KnownCustomers,
): Promise<Map<string, number>> {
  const ids = new Map<string, number>()
  if (known)
    for (const { externalId } of named) {
      const id = known.get(externalId)
      if (id !== undefined) ids.set(externalId, id)
    }
  const find = async () => {
    const names = named.map(each => each.externalId).filter(name => !ids.has(name))
    // Two lists in one row are read in a fraction of the time that a row for each takes.
    const found = await tx.row<{ ids: number[] | null; names: string[] }>(
      kept(
        'customers-named',
        sql`SELECT json_agg(id) AS ids, json_agg(external_id) AS names FROM customer WHERE external_id = ANY(${texts(names)}::text[])`,
      ),
    )
    for (const [i, id] of (found?.ids ?? []).entries()) {
      ids.set(found!.names[i]!, id)
      known?.found(found!.names[i]!, id)
    }
    const missing = names.filter(name => !ids.has(name))
    if (missing.length === 0) return
    const former = await tx.rows<{ id: number; name: string }>(
      sql`SELECT customer AS id, previous AS name FROM customer_alias WHERE previous = ANY(${missing}::text[])`,
    )
    for (const row of former) ids.set(row.name, row.id)
  }
  if (ids.size < named.length) await find()
  while (ids.size < named.length) {
    const missing = named.filter(each => !ids.has(each.externalId))
    const made = await tx.rows<{ id: number; name: string }>(sql`
      INSERT INTO customer (external_id, anonymous, created_at, updated_at)
      SELECT name, anonymous, first_at, ${at}::timestamptz FROM unnest(${missing.map(each => each.externalId)}::text[],
        ${missing.map(each => each.anonymous)}::boolean[], ${missing.map(each => each.at)}::timestamptz[]) AS m (name, anonymous, first_at)
      ORDER BY name COLLATE "C" ON CONFLICT (external_id) DO NOTHING RETURNING id, external_id AS name`)
    for (const row of made) {
      ids.set(row.name, row.id)
      known?.found(row.name, row.id)
      fresh.add(row.id)
    }
    if (ids.size < named.length) await find() // somebody else made them meanwhile
  }
  return ids
}

/** Holds these customers until the transaction ends, in one order for everybody. */
export const lockCustomers = (tx: Queryable, ids: readonly number[]): Promise<unknown> =>
  tx.run(sql`SELECT 1 FROM customer WHERE id = ANY(${ids}::int[]) ORDER BY id FOR NO KEY UPDATE`)

/** A profile as one object: attributes, and its own fields over them. `row` names a row of `customer`. */
export const wholeProfile = (row: 'old' | 'new' | 'f') => {
  const r = raw(row)
  return sql`${r}.attributes || jsonb_build_object('email', ${r}.email, 'phone', ${r}.phone, 'firstName', ${r}.first_name, 'lastName', ${r}.last_name,
    'timezone', ${r}.timezone, 'locale', ${r}.locale)`
}

/** What one customer is to become; `times` says when each name of the patch was said, in milliseconds since 1970 (absent: now). */
export interface Patching {
  id: number
  patch: ProfilePatch
  times?: Record<string, number>
}

/**
 * Applies patches to customers the caller has locked. Each field and attribute keeps what was said last by the time it was said,
 * whenever it arrives; of two words in the same instant the one that arrives later. A patch that changes nothing leaves the row and
 * its version alone. What a field or an attribute said before is kept with the time until which it held; of somebody who was known before, also
 * that it said nothing. Answers how many changed.
 */
export async function applyPatches(tx: Queryable, patches: readonly Patching[], at: Date): Promise<number> {
  if (patches.length === 0) return 0
  const rows = patches.map(({ id, patch, times }) => ({
    id,
    fields: patch.fields,
    added: patch.set,
    removed: patch.remove,
    times: times ?? Object.fromEntries(namesOf(patch).map(name => [name, at.getTime()])),
  }))
  const changed = await tx.row<{ n: number }>(sql`
    WITH input AS MATERIALIZED (
      SELECT p.*, ARRAY(SELECT t.key FROM jsonb_each_text(p.times) t WHERE (k.told ->> t.key)::bigint > t.value::bigint) AS late
      FROM json_to_recordset(${JSON.stringify(rows)}::json) AS p (id int, fields jsonb, added jsonb, removed text[], times jsonb)
      LEFT JOIN profile_told k ON k.customer = p.id
    ), told AS (
      INSERT INTO profile_told AS k (customer, told) SELECT i.id, i.times - i.late FROM input i JOIN customer c ON c.id = i.id ORDER BY i.id
      ON CONFLICT (customer) DO UPDATE SET told = k.told || excluded.told WHERE NOT k.told @> excluded.told
    ), patch AS (
      SELECT id, fields - late AS fields, added - late AS added, ARRAY(SELECT unnest(removed) EXCEPT SELECT unnest(late)) AS removed FROM input
    ), changed AS (UPDATE customer c SET email = n.email, phone = n.phone, first_name = n.first_name, last_name = n.last_name, timezone = n.timezone,
      locale = n.locale, created_at = n.created_at, attributes = n.attributes, version = c.version + 1, updated_at = ${at}::timestamptz
    FROM (
      SELECT b.id,
        CASE WHEN p.fields ? 'email' THEN p.fields->>'email' ELSE b.email END AS email,
        CASE WHEN p.fields ? 'phone' THEN p.fields->>'phone' ELSE b.phone END AS phone,
        CASE WHEN p.fields ? 'firstName' THEN p.fields->>'firstName' ELSE b.first_name END AS first_name,
        CASE WHEN p.fields ? 'lastName' THEN p.fields->>'lastName' ELSE b.last_name END AS last_name,
        CASE WHEN p.fields ? 'timezone' THEN p.fields->>'timezone' ELSE b.timezone END AS timezone,
        CASE WHEN p.fields ? 'locale' THEN p.fields->>'locale' ELSE b.locale END AS locale,
        coalesce((p.fields->>'createdAt')::timestamptz(3), b.created_at) AS created_at,
        (b.attributes - p.removed) || p.added AS attributes
      FROM patch p JOIN customer b USING (id)
    ) n
    WHERE c.id = n.id AND (c.email, c.phone, c.first_name, c.last_name, c.timezone, c.locale, c.created_at, c.attributes)
      IS DISTINCT FROM (n.email, n.phone, n.first_name, n.last_name, n.timezone, n.locale, n.created_at, n.attributes)
      RETURNING c.id, ${wholeProfile('old')} AS before, ${wholeProfile('new')} AS after, old.updated_at < ${at}::timestamptz AS known
    ), kept AS (
      INSERT INTO profile_change (customer, name, value, at)
      SELECT c.id, b.key, b.value, ${at}::timestamptz FROM changed c, jsonb_each(c.before) b
      WHERE b.value <> 'null' AND b.value IS DISTINCT FROM c.after -> b.key
      UNION ALL SELECT c.id, a.key, NULL, ${at}::timestamptz FROM changed c, jsonb_each(c.after) a
      WHERE c.known AND a.value <> 'null' AND coalesce(c.before -> a.key, 'null') = 'null'
    )
    SELECT count(*)::int AS n FROM changed`)
  return changed?.n ?? 0
}
