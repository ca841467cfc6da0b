import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

export interface KeyRow {
  id: number
  name: string
  role: string
  createdAt: Date
}

/** The key of this hash, unless it was revoked. One index lookup for each request, so that a revocation holds at once. */
export const findKey = (db: Queryable, hash: Buffer): Promise<{ id: number; role: string } | undefined> =>
  db.row(sql`select id, role from api_key where hash = ${hash} and revoked_at is null`)

export const insertKey = async (db: Queryable, key: { hash: Buffer; name: string; role: string; at: Date }): Promise<KeyRow> =>
  (await db.row<KeyRow>(sql`
    insert into api_key (hash, name, role, created_at) values (${key.hash}, ${key.name}, ${key.role}, ${key.at})
    returning id, name, role, created_at as "createdAt"`))!

/** Keys that hold, newest first, below `before` when given. */
export const listKeys = (db: Queryable, limit: number, before?: number): Promise<KeyRow[]> =>
  db.rows(sql`
    select id, name, role, created_at as "createdAt" from api_key
    where revoked_at is null and id < ${before ?? 2_147_483_647} order by id desc limit ${limit}`)

/** Whether there was such a key that held until now. */
export const revokeKey = async (db: Queryable, id: number, at: Date): Promise<boolean> =>
  (await db.run(sql`update api_key set revoked_at = ${at} where id = ${id} and revoked_at is null`)) > 0
