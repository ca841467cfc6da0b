import { createHash } from 'node:crypto'
import type { ImportPlan, ImportPosition } from '../../domain/import/beginning.ts'
import { type Lanes, lanes, lanesOf } from '../../domain/import/lane.ts'
import type { ImportFormat } from '../../domain/import/layout.ts'
import { type LineFault, lineSays } from '../../domain/import/line.ts'
import { join, type Sql, sql } from '../../domain/sql.ts'
import { textsIn } from '../../domain/texts/texts.ts'
import type { Queryable } from '../client.ts'

/** Files are kept in parts of this size, the last one smaller, so that a byte's place tells its part. */
export const partBytes = 1024 * 1024
/** So many rejected lines are named; all are counted. */
export const namedRejections = 1_000

export interface ImportRow extends ImportPlan {
  id: number
  format: ImportFormat
  /** `receiving` while its bytes arrive. */
  status: 'receiving' | 'running' | 'completed' | 'failed'
  total: number | null
  accepted: number
  duplicates: number
  rejected: number
  bytes: number
  position: ImportPosition
  error: string | null
  createdAt: Date
  completedAt: Date | null
}

const columns = sql`id, kind, format, status, mapping, constant, total, accepted, duplicates, rejected, bytes, position, error,
  created_at AS "createdAt", completed_at AS "completedAt"`

export interface NewImport extends ImportPlan {
  format: ImportFormat
  position: ImportPosition
  actor: string
  at: Date
}

/** An import whose bytes are still to come. Answers its number. */
export async function beginImport(db: Queryable, made: NewImport): Promise<number> {
  const row = await db.row<{ id: number }>(sql`
    INSERT INTO import (kind, format, status, mapping, constant, position, actor, created_at)
    VALUES (${made.kind}, ${made.format}, 'receiving', ${JSON.stringify(made.mapping)}::jsonb, ${JSON.stringify(made.constant)}::jsonb,
      ${JSON.stringify(made.position)}::jsonb, ${made.actor}, ${made.at}) RETURNING id`)
  return row!.id
}

export const keepPart = (db: Queryable, file: number, number: number, bytes: Buffer) =>
  db.run(sql`INSERT INTO import_part (import, number, bytes) VALUES (${file}, ${number}, ${bytes})`)

/** All bytes are there: from now on it is read. */
export const openImport = (db: Queryable, id: number, bytes: number) =>
  db.run(sql`UPDATE import SET status = 'running', bytes = ${bytes} WHERE id = ${id} AND status = 'receiving'`)

/** Forgets an import whose bytes did not all come, or should not have. */
export async function dropImport(db: Queryable, id: number): Promise<void> {
  await db.run(sql`DELETE FROM import_part WHERE import = ${id}`)
  await db.run(sql`DELETE FROM import WHERE id = ${id} AND status = 'receiving'`)
}

export const findImport = (db: Queryable, id: number): Promise<ImportRow | undefined> =>
  db.row(sql`SELECT ${columns} FROM import WHERE id = ${id}`)

/** Imports, newest first, those before `before`. */
export const listImports = (db: Queryable, limit: number, before?: number): Promise<ImportRow[]> =>
  db.rows(sql`SELECT ${columns} FROM import WHERE id < ${before ?? 2 ** 31 - 1} ORDER BY id DESC LIMIT ${limit}`)

/** A line that was not taken; `said` tells which text of the catalogue says why, and is null in rows older than that. */
export interface Rejection {
  line: number
  code: string
  message: string
  said: Omit<LineFault, 'code'> | null
}

export const rejectionsOf = (db: Queryable, id: number): Promise<Rejection[]> =>
  db.rows(sql`SELECT line, code, message, said FROM import_rejection WHERE import = ${id} ORDER BY line`)

/** Whether a file of the same kind came earlier and is still read: they are read one after the other. */
export const isBehindAnother = async (db: Queryable, { id, kind }: Pick<ImportRow, 'id' | 'kind'>): Promise<boolean> =>
  (await db.row(sql`SELECT 1 FROM import WHERE id < ${id} AND kind = ${kind} AND status = 'running' LIMIT 1`)) !== undefined

/** The bytes from `offset` on, to the end of the part after the one it is in; `held` are those that are there already. */
export async function bytesFrom(db: Queryable, id: number, offset: number, held: Buffer = Buffer.alloc(0)): Promise<Buffer> {
  const first = Math.floor(offset / partBytes)
  const wanted = [first, first + 1].filter(number => number * partBytes >= offset + held.length || held.length === 0)
  const parts = await db.rows<{ bytes: Buffer }>(
    sql`SELECT bytes FROM import_part WHERE import = ${id} AND number = ANY(${wanted}::int[]) ORDER BY number`,
  )
  if (held.length > 0) return Buffer.concat([held, ...parts.map(part => part.bytes)])
  return Buffer.concat(parts.map(part => part.bytes)).subarray(offset - first * partBytes)
}

/** What a lane of a file holds while it stores lines, by one number for each; whoever erases people waits for all of them. */
const laneLock = (id: Sql, lane: Sql): Sql =>
  sql`pg_advisory_xact_lock(hashtextextended('import ' || ${id} || ' ' || ${lane}, 0))`

/** How far the lanes of an import are; one that nobody read yet gets them. */
export async function beginLanes(db: Queryable, file: Pick<ImportRow, 'id' | 'position'>): Promise<Lanes> {
  const begun = JSON.stringify(lanesOf(file.position))
  const row = await db.row<{
    lanes: Lanes
  }>(sql`UPDATE import SET position = jsonb_build_object('lanes', ${begun}::jsonb) || position
    WHERE id = ${file.id} RETURNING position -> 'lanes' AS lanes`)
  return row!.lanes
}

/**
 * Holds lanes of an import until the transaction ends, and tells whether a name is of somebody who was erased since the file came;
 * undefined when the lanes are not where the caller left them: somebody else reads it.
 */
export async function holdLanes(
  tx: Queryable,
  id: number,
  from: Partial<Lanes>,
): Promise<((name: string) => boolean) | undefined> {
  await tx.run(sql`SELECT ${laneLock(sql`${id}::int`, sql`n`)} FROM unnest(${Object.keys(from).sort()}::text[]) AS l (n)`)
  const row = await tx.row<{ hashes: string[] }>(
    sql`SELECT ARRAY(SELECT encode(name, 'hex') FROM import_spared WHERE import = ${id}) AS hashes FROM import WHERE ${areAt(id, from)}`,
  )
  if (!row) return undefined
  const spared = new Set(row.hashes)
  return name => spared.size > 0 && spared.has(nameHash(name))
}

const areAt = (id: number, from: Partial<Lanes>): Sql =>
  join(
    [
      sql`id = ${id} AND status = 'running'`,
      ...Object.entries(from).map(
        ([lane, { offset }]) => sql`(position #>> ${['lanes', lane, 'offset']}::text[])::bigint = ${offset}`,
      ),
    ],
    ' AND ',
  )

/**
 * Moves lanes of an import on, in the transaction that stored their lines; parts that all have read are gone. False where somebody else
 * did: nothing of this transaction may stay.
 */
export async function advanceImport(
  tx: Queryable,
  id: number,
  by: {
    from: Partial<Lanes>
    to: Partial<Lanes>
    accepted: number
    duplicates: number
    rejections: readonly (LineFault & { line: number })[]
  },
): Promise<boolean> {
  const lanes = sql`((position -> 'lanes') || ${JSON.stringify(by.to)}::jsonb)`
  const moved = await tx.row<{ rejected: number; read: number }>(sql`UPDATE import SET accepted = accepted + ${by.accepted},
    duplicates = duplicates + ${by.duplicates}, rejected = rejected + ${by.rejections.length}, position = position || jsonb_build_object('lanes', ${lanes})
      || (SELECT value FROM jsonb_each(${lanes}) ORDER BY (value ->> 'offset')::bigint LIMIT 1)
    WHERE ${areAt(id, by.from)} RETURNING rejected, (position ->> 'offset')::bigint / ${partBytes} AS read`)
  if (!moved) return false
  const named = by.rejections.map(({ line, code, text, facts }) => ({
    line,
    code,
    message: lineSays({ text, facts }, textsIn.en),
    said: { text, facts },
  }))
  const room = namedRejections - (moved.rejected - named.length)
  if (named.length > 0 && room > 0)
    await tx.run(sql`INSERT INTO import_rejection (import, line, code, message, said)
      SELECT ${id}::int, line, code, message, said FROM json_to_recordset(${JSON.stringify(named)}::json) AS r (line int, code text, message text, said jsonb)
      ORDER BY line LIMIT ${room} ON CONFLICT DO NOTHING`)
  if (moved.read > 0) await tx.run(sql`DELETE FROM import_part WHERE import = ${id} AND number < ${moved.read}`)
  return true
}

const nameHash = (name: string): string => createHash('sha256').update(name).digest('hex')

/**
 * Notes with every file that is being read that these people are gone, after the lines that are just being stored: a lane that holds
 * lines is waited for, and the next lines of it see the note.
 */
export async function spareInImports(tx: Queryable, externalIds: readonly string[]): Promise<void> {
  await tx.run(sql`SELECT ${laneLock(sql`id`, sql`lane`)} FROM (SELECT id, lane FROM import CROSS JOIN unnest(${[...lanes]}::int[]) AS l (lane)
    WHERE status IN ('receiving', 'running') ORDER BY id, lane) held`)
  await tx.run(sql`INSERT INTO import_spared (import, name)
    SELECT i.id, decode(h.hash, 'hex') FROM (SELECT id FROM import WHERE status IN ('receiving', 'running') ORDER BY id FOR SHARE) i
    CROSS JOIN unnest(${externalIds.map(nameHash)}::text[]) AS h (hash) ON CONFLICT DO NOTHING`)
}

/** Closes an import; its bytes hold personal data and are not kept. */
export async function finishImport(tx: Queryable, id: number, at: Date, error?: string): Promise<void> {
  await tx.run(sql`UPDATE import SET status = ${error === undefined ? 'completed' : 'failed'}, total = accepted + rejected, error = ${error ?? null},
    completed_at = ${at} WHERE id = ${id} AND status = 'running'`)
  await tx.run(sql`DELETE FROM import_part WHERE import = ${id}`)
  await tx.run(sql`DELETE FROM import_spared WHERE import = ${id}`)
}

/** Imports that are to be read; their workflow may have been lost. */
export const unfinishedImports = async (db: Queryable): Promise<number[]> =>
  (await db.rows<{ id: number }>(sql`SELECT id FROM import WHERE status = 'running' ORDER BY id`)).map(row => row.id)

/** The campaigns of runs, for those who ring them. */
export const campaignsOfRuns = async (db: Queryable, runs: readonly number[]): Promise<{ campaign: number; run: number }[]> =>
  runs.length === 0 ? [] : await db.rows(sql`SELECT campaign, id AS run FROM run WHERE id = ANY(${runs}::int[]) ORDER BY id`)
