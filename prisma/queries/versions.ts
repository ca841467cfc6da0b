import type { Opening } from '../../domain/campaign/trigger-kind.ts'
import type { Moved, Standing } from '../../domain/journey/move.ts'
import type { Program } from '../../domain/journey/program.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { beginSnapshot, watchEvents } from './runs.ts'
import { beginEntries } from './segment-look.ts'

export interface StandingCount extends Standing {
  version: number
  customers: number
}

/** Where the customers of a run rest on versions before one, with how many. */
export const standingBefore = (db: Queryable, run: number, version: number) =>
  db.rows<StandingCount>(sql`
    SELECT version, goal, place, step, awaiting, count(*)::int AS customers FROM enrollment
    WHERE run = ${run} AND version < ${version} AND state = 'waiting' GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 4, 3`)

/** How many are on the move: they are seen to when they rest. */
export const movingOf = async (db: Queryable, run: number): Promise<number> =>
  (await db.row<{ n: number }>(sql`SELECT count(*)::int AS n FROM enrollment WHERE run = ${run} AND state = 'moving'`))?.n ?? 0

/** Takes everybody who rests at one place of one version to where they go on in another. */
export const moveStanding = (
  tx: Queryable,
  run: number,
  from: Standing & { version: number },
  to: Moved & { version: number; watching: readonly number[] },
  at: Date,
) =>
  tx.run(sql`
    WITH moved AS (
      UPDATE enrollment e SET version = ${to.version}, entered_version = coalesce(e.entered_version, e.version), place = ${to.place}, awaiting = ${to.awaiting}, watching = ${to.watching}::int[],
        due = CASE WHEN ${to.now} THEN least(e.due, ${at}::timestamptz) ELSE e.due END
      WHERE e.run = ${run} AND e.version = ${from.version} AND e.place = ${from.place} AND e.step IS NOT DISTINCT FROM ${from.step}::int
        AND e.awaiting = ${from.awaiting} AND e.goal = ${from.goal} AND e.state = 'waiting'
      RETURNING e.id
    )
    INSERT INTO decision (enrollment, kind, step, outcome, facts, at)
    SELECT id, 'trigger', ${from.step}::int, 'moved', ${JSON.stringify({ from: from.version, to: to.version })}::jsonb, ${at}::timestamptz FROM moved`)

/** Messages that were still to leave at a step that is no more do not leave. */
export const dropUnsent = (tx: Queryable, run: number, version: number, steps: readonly number[]) =>
  tx.run(sql`
    UPDATE message m SET status = 'skipped', reason = 'stopped', deferred_until = NULL FROM enrollment e
    WHERE e.id = m.enrollment AND m.run = ${run} AND e.version = ${version} AND m.step = ANY(${steps}::int[]) AND m.status IN ('queued', 'deferred')`)

/**
 * Publishes a version of a live run: who enters from now on does so on it. With `move` the others follow as soon as they rest. Undefined
 * when the run is no longer live, or another version came first. In a transaction.
 */
export async function publishVersion(
  tx: Queryable,
  version: {
    run: number
    campaign: number
    from: number
    version: number
    document: unknown
    program: Program
    watch: readonly number[]
    move: boolean
    /** Set when the trigger is another: how it begins, and the segment whose entries it waits for. */
    opening?: Opening
    at: Date
  },
): Promise<boolean> {
  // Whatever claims under the old version has finished its transaction when this holds the row.
  const standing = await tx.row(sql`SELECT 1 FROM run WHERE id = ${version.run} AND version = ${version.from}
    AND status IN ('enrolling', 'running', 'paused') FOR UPDATE`)
  if (!standing) return false
  const made = await tx.run(sql`INSERT INTO campaign_version (campaign, version, document, program, published_at)
    VALUES (${version.campaign}, ${version.version}, ${JSON.stringify(version.document)}::jsonb, ${JSON.stringify(version.program)}::jsonb, ${version.at})
    ON CONFLICT (campaign, version) DO NOTHING`)
  if (made === 0) return false
  await tx.run(
    sql`UPDATE run SET version = ${version.version}, move_to = ${version.move ? version.version : null}::int WHERE id = ${version.run}`,
  )
  if (version.opening) await openAnew(tx, version.run, version.opening, version.at)
  await watchEvents(tx, version.run, version.watch)
  return true
}

/** A run whose trigger is another from now on: its audience, its turns and its line begin here. */
async function openAnew(tx: Queryable, run: number, opening: Opening, at: Date): Promise<void> {
  await tx.run(sql`UPDATE run SET trigger_at = ${at}, finite = ${opening.finite}, swept_to = ${opening.sweptTo}, snapshot_at = NULL, entries_to = NULL,
      enrolled_at = ${opening.enrolling ? null : at}::timestamptz,
      status = CASE WHEN status = 'paused' THEN status WHEN ${opening.enrolling} THEN 'enrolling' ELSE 'running' END::run_status
    WHERE id = ${run}`)
  await beginSnapshot(tx, run)
  if (opening.entriesOf) await beginEntries(tx, run, opening.entriesOf, at)
}
