import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** An answer as it left: enough to give it again word for word. */
export interface KeptAnswer {
  body: string
  headers: Record<string, string>
}

interface Held {
  path: string
  request: Buffer
  status: number | null
  answer: KeptAnswer | null
}

export type Reservation =
  | { kind: 'first' }
  | { kind: 'again'; status: number; answer: KeptAnswer }
  | { kind: 'other' }
  | { kind: 'underway' }

/** How long an answer is kept, and after how long a request without an answer counts as crashed. */
const keptFor = '24 hours'
const crashedAfter = '5 minutes'

/**
 * Takes a key for one request of one actor. `first`: go on, then settle or release. `again`: the answer it got. `other`: the key
 * belongs to another request. `underway`: the first one has not been answered yet.
 */
export async function reserve(
  db: Queryable,
  key: { key: string; actor: string; path: string; request: Buffer; at: Date },
): Promise<Reservation> {
  const taken = await db.run(sql`
    insert into idempotent_answer (key, actor, path, request, at) values (${key.key}, ${key.actor}, ${key.path}, ${key.request}, ${key.at})
    on conflict (key, actor) do update set path = excluded.path, request = excluded.request, at = excluded.at, status = null, answer = null
      where idempotent_answer.at < excluded.at - ${keptFor}::interval
         or (idempotent_answer.status is null and idempotent_answer.at < excluded.at - ${crashedAfter}::interval
             and idempotent_answer.path = excluded.path and idempotent_answer.request = excluded.request)`)
  if (taken > 0) return { kind: 'first' }
  const held = await db.row<Held>(
    sql`select path, request, status, answer from idempotent_answer where key = ${key.key} and actor = ${key.actor}`,
  )
  if (!held) return reserve(db, key) // released between the two statements
  if (held.path !== key.path || !held.request.equals(key.request)) return { kind: 'other' }
  if (held.status === null || !held.answer) return { kind: 'underway' }
  return { kind: 'again', status: held.status, answer: held.answer }
}

export const settle = (db: Queryable, key: string, actor: string, status: number, answer: KeptAnswer): Promise<number> =>
  db.run(
    sql`update idempotent_answer set status = ${status}, answer = ${JSON.stringify(answer)}::jsonb where key = ${key} and actor = ${actor}`,
  )

/** A request that failed leaves its key free. */
export const release = (db: Queryable, key: string, actor: string): Promise<number> =>
  db.run(sql`delete from idempotent_answer where key = ${key} and actor = ${actor} and status is null`)

export const forgetOldAnswers = (db: Queryable, at: Date): Promise<number> =>
  db.run(sql`delete from idempotent_answer where at < ${at}::timestamptz - ${keptFor}::interval`)
