import { lasting, seldom, sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'
import { beginEntries } from './segment-look.ts'

export type RunStatus = 'enrolling' | 'running' | 'paused' | 'stopped' | 'completed'

export interface RunRow {
  id: number
  campaign: number
  version: number
  number: number
  status: RunStatus
  finite: boolean
  salt: string
  plannedSize: number
  startedAt: Date
  enrolledAt: Date | null
  completedAt: Date | null
  sweptTo: Date | null
  /** Schedules: the turn that is being enrolled. */
  snapshotAt: Date | null
  /** Who stands on an earlier version goes on in this one. */
  moveTo: number | null
  /** Since when the trigger has held, where an edit has changed it. */
  triggerAt: Date | null
  /** Up to which change of its trigger's segment those who entered were taken. */
  entriesTo: number | null
}

const columns = sql`id, campaign, version, number, status, finite, salt, planned_size AS "plannedSize", started_at AS "startedAt",
  enrolled_at AS "enrolledAt", completed_at AS "completedAt", swept_to AS "sweptTo",
  snapshot_at AS "snapshotAt", move_to AS "moveTo", trigger_at AS "triggerAt", entries_to AS "entriesTo"`

export const findRun = (db: Queryable, id: number) =>
  db.row<RunRow>(seldom('run', sql`SELECT ${columns} FROM run WHERE id = ${id}`))

export const liveRun = (db: Queryable, campaign: number) =>
  db.row<RunRow>(sql`SELECT ${columns} FROM run WHERE campaign = ${campaign} AND status IN ('enrolling', 'running', 'paused')`)

export const liveRuns = (db: Queryable) =>
  db.rows<RunRow>(sql`SELECT ${columns} FROM run WHERE status IN ('enrolling', 'running', 'paused') ORDER BY id`)

export const lastRun = (db: Queryable, campaign: number) =>
  db.row<RunRow>(sql`SELECT ${columns} FROM run WHERE campaign = ${campaign} ORDER BY number DESC LIMIT 1`)

export const listRuns = (db: Queryable, campaign: number) =>
  db.rows<RunRow>(sql`SELECT ${columns} FROM run WHERE campaign = ${campaign} ORDER BY number DESC`)

/**
 * Locks the run's status against a pause until the transaction ends: what is claimed under it was allowed. Only a pause, a stop and the end
 * of the run change what may be done.
 */
export const holdStatus = async (tx: Queryable, run: number): Promise<RunStatus | undefined> =>
  (await tx.row<{ status: RunStatus }>(lasting(sql`SELECT status FROM run WHERE id = ${run} FOR SHARE`)))?.status

/** Holds the run against a claim, a review and another look at its line until the transaction ends. */
export const lockRun = (tx: Queryable, run: number) => tx.run(sql`SELECT 1 FROM run WHERE id = ${run} FOR NO KEY UPDATE`)

/** Waits for every claim that holds the status, so that afterwards nothing more is claimed under the old one. */
export function setRunStatus(db: Queryable, run: number, status: 'running' | 'paused' | 'stopped', at: Date) {
  // A run whose snapshot is still being taken says so again when it goes on.
  return db.run(sql`UPDATE run SET
      status = CASE WHEN ${status} = 'running' AND enrolled_at IS NULL THEN 'enrolling' ELSE ${status} END::run_status,
      completed_at = CASE WHEN ${status} = 'stopped' THEN ${at} ELSE completed_at END
    WHERE id = ${run} AND status IN ('enrolling', 'running', 'paused')`)
}

/** The audience of the run's trigger, as it was read, is taken in; one that an edit has brought since is not. */
export const markEnrolled = (db: Queryable, run: Pick<RunRow, 'id' | 'triggerAt'>, at: Date) =>
  db.run(
    sql`UPDATE run SET enrolled_at = coalesce(enrolled_at, ${at}), status = CASE WHEN status = 'enrolling' THEN 'running' ELSE status END
    WHERE id = ${run.id} AND trigger_at IS NOT DISTINCT FROM ${run.triggerAt}::timestamptz`,
  )

/** A pause that was asked for while the last customer left holds nobody: the run is completed all the same. */
export const completeRun = (db: Queryable, run: number, at: Date) =>
  db.run(
    sql`UPDATE run SET status = 'completed', completed_at = ${at} WHERE id = ${run} AND status IN ('enrolling', 'running', 'paused')`,
  )

/** Which live runs hear of which events; the rows go when the run ends. */
export async function watchEvents(db: Queryable, run: number, events: readonly number[]): Promise<void> {
  await db.run(sql`INSERT INTO watch (event, run) SELECT unnest(${events}::int[]), ${run} ON CONFLICT DO NOTHING`)
}

export const unwatch = (db: Queryable, run: number) => db.run(sql`DELETE FROM watch WHERE run = ${run}`)

export interface NewRun {
  campaign: number
  version: number
  document: unknown
  program: unknown
  finite: boolean
  /** Whether it begins by enrolling an audience, and is `enrolling` until that is done. */
  enrolling: boolean
  salt: string
  plannedSize: number
  at: Date
  sweptTo: Date | null
  /** Event name ids the run wants to hear of. */
  watch: readonly number[]
  /** The segment whose entries begin stays, where those already in it do not count. */
  entriesOf?: string | null
}

/**
 * Publishes a version and opens a run on it, in one transaction. Answers undefined when the campaign has a live run
 * already: the unique index is the guard, not a look beforehand.
 */
export async function openRun(db: Db, run: NewRun): Promise<RunRow | undefined> {
  return await db.transaction(async tx => {
    await tx.run(sql`INSERT INTO campaign_version (campaign, version, document, program, published_at)
      VALUES (${run.campaign}, ${run.version}, ${JSON.stringify(run.document)}::jsonb, ${JSON.stringify(run.program)}::jsonb, ${run.at})
      ON CONFLICT (campaign, version) DO NOTHING`)
    const row =
      await tx.row<RunRow>(sql`INSERT INTO run (campaign, version, number, status, finite, salt, planned_size, started_at, swept_to, enrolled_at)
      SELECT ${run.campaign}::int, ${run.version}::int, coalesce(max(number), 0) + 1, ${run.enrolling ? 'enrolling' : 'running'}::run_status,
        ${run.finite}::boolean, ${run.salt}::text, ${run.plannedSize}::int, ${run.at}::timestamptz, ${run.sweptTo}::timestamptz, ${run.enrolling ? null : run.at}::timestamptz
      FROM run WHERE campaign = ${run.campaign}
      ON CONFLICT (campaign) WHERE status IN ('enrolling', 'running', 'paused') DO NOTHING RETURNING ${columns}`)
    if (row) await watchEvents(tx, row.id, run.watch)
    if (row && run.entriesOf) await beginEntries(tx, row.id, run.entriesOf, run.at)
    return row
  })
}

/** Begins a turn of a schedule: the whole audience is looked at once more. */
export async function beginTurn(tx: Queryable, run: number, at: Date): Promise<void> {
  await tx.run(sql`UPDATE run SET snapshot_at = ${at}, swept_to = ${at} WHERE id = ${run}`)
  await beginSnapshot(tx, run)
}

/** The next part of a run's snapshot is the first. */
export const beginSnapshot = (tx: Queryable, run: number) => tx.run(sql`DELETE FROM snapshot_reach WHERE run = ${run}`)

export const endTurn = (tx: Queryable, run: number) => tx.run(sql`UPDATE run SET snapshot_at = NULL WHERE id = ${run}`)

/** The line of a run has been looked at up to here; `entriesTo` where its trigger is a segment. */
export const sweptTo = (tx: Queryable, run: number, at: Date, entriesTo: number | null) =>
  tx.run(sql`UPDATE run SET swept_to = ${at}, entries_to = ${entriesTo}::bigint WHERE id = ${run}`)
