import { type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

export interface KeyRow {
  id: number
  name: string
  role: string
  /** Of a person, who signs into the page with it. */
  person: boolean
  createdAt: Date
  lastUsedAt: Date | null
}

const columns = sql`k.id, k.name, k.role, k.person, k.created_at AS "createdAt",
  (SELECT used_at FROM api_key_use WHERE key = k.id) AS "lastUsedAt"`
const holding = (id: number): Sql => sql`k.id = ${id} AND k.revoked_at IS NULL`

/** The key of this hash, unless it was revoked. One index lookup for each request, so that a revocation holds at once. */
export const findKey = (db: Queryable, hash: Buffer): Promise<{ id: number; role: string; name: string } | undefined> =>
  db.row(sql`select id, role, name from api_key where hash = ${hash} and revoked_at is null`)

export const insertKey = async (
  db: Queryable,
  key: { hash: Buffer; name: string; role: string; person?: boolean; at: Date },
): Promise<KeyRow> =>
  (await db.row<KeyRow>(sql`
    INSERT INTO api_key AS k (hash, name, role, person, created_at)
    VALUES (${key.hash}, ${key.name}, ${key.role}, ${key.person ?? false}, ${key.at}) RETURNING ${columns}`))!

/** Keys that hold, newest first, below `before` when given; only those of people, or of programs, when `person` says so. */
export const listKeys = (
  db: Queryable,
  { limit, before, person }: { limit: number; before?: number | undefined; person?: boolean | undefined },
): Promise<KeyRow[]> =>
  db.rows(sql`
    SELECT ${columns} FROM api_key k
    WHERE k.revoked_at IS NULL AND k.id < ${before ?? 2_147_483_647} AND (${person ?? null}::boolean IS NULL OR k.person = ${person ?? null}::boolean)
    ORDER BY k.id DESC LIMIT ${limit}`)

/** Names a key anew or gives it another role; undefined when there is none that holds. `hash` is what its sessions are signed for. */
export const changeKey = (
  tx: Queryable,
  id: number,
  change: { name?: string | undefined; role?: string | undefined },
): Promise<KeyRow | undefined> =>
  tx.row<KeyRow>(sql`UPDATE api_key k SET name = coalesce(${change.name ?? null}::text, k.name), role = coalesce(${change.role ?? null}::text, k.role)
    WHERE ${holding(id)} RETURNING ${columns}`)

/** A key that holds, with its hash. */
export const keyById = (db: Queryable, id: number): Promise<(KeyRow & { hash: Buffer }) | undefined> =>
  db.row(sql`SELECT ${columns}, k.hash FROM api_key k WHERE ${holding(id)}`)

/** Whether there was such a key that held until now. */
export const revokeKey = async (db: Queryable, id: number, at: Date): Promise<boolean> =>
  (await db.run(sql`update api_key set revoked_at = ${at} where id = ${id} and revoked_at is null`)) > 0

/** Keeps when a key was used. */
export const keyUsed = (db: Queryable, id: number, at: Date): Promise<number> =>
  db.run(sql`INSERT INTO api_key_use (key, used_at) VALUES (${id}, ${at}) ON CONFLICT (key) DO UPDATE SET used_at = excluded.used_at
    WHERE api_key_use.used_at < excluded.used_at`)
