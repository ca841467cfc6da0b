import { join, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

export interface NudgeRow {
  id: number
  enrollment: number | null
  event: number | null
  engagement: string | null
  /** Of the enrollment, when there is one. */
  version: number | null
  step: number | null
  goal: string | null
  state: 'waiting' | 'moving' | 'ended' | null
  awaiting: boolean | null
}

/** What happened for a run since it last looked, oldest first; those of customers on the move wait until they rest. */
export const pendingNudges = (tx: Queryable, run: number, atMost: number) =>
  tx.rows<NudgeRow>(sql`
    SELECT n.id, n.enrollment, n.event, n.engagement, e.version, e.step, e.goal, e.state, e.awaiting
    FROM nudge n LEFT JOIN enrollment e ON e.id = n.enrollment
    WHERE n.run = ${run} AND (e.state IS NULL OR e.state <> 'moving')
    ORDER BY n.id LIMIT ${atMost} FOR UPDATE OF n SKIP LOCKED`)

export const deleteNudges = (tx: Queryable, ids: readonly number[]) =>
  tx.run(sql`DELETE FROM nudge WHERE id = ANY(${ids}::bigint[])`)

/** Sends those whose awaited thing happened to where they go on, due at the next tick so that they go together. */
export const wake = (
  tx: Queryable,
  wakeup: { nudges: readonly number[]; version: number; step: number; matches: readonly Sql[]; hit: number; due: Date; at: Date },
) =>
  tx.run(sql`
    WITH happened AS (
      SELECT DISTINCT n.enrollment FROM nudge n JOIN enrollment e ON e.id = n.enrollment LEFT JOIN event ev ON ev.id = n.event LEFT JOIN message m ON m.id = n.message
      WHERE n.id = ANY(${wakeup.nudges}::bigint[]) AND (${join(wakeup.matches, ' OR ', sql`false`)})
    ), woken AS (
      UPDATE enrollment e SET place = ${wakeup.hit}, due = ${wakeup.due}, awaiting = false FROM happened
      WHERE e.id = happened.enrollment AND e.state = 'waiting' AND e.awaiting AND e.version = ${wakeup.version} AND e.step = ${wakeup.step}
      RETURNING e.id
    )
    INSERT INTO decision (enrollment, kind, step, outcome, at) SELECT id, 'wait', ${wakeup.step}::int, 'happened', ${wakeup.at}::timestamptz FROM woken`)

/** The candidates among entry nudges, as a query of `customer`, `event`; `matches` is a condition over the event `ev`. */
export const entryCandidates = (nudges: readonly number[], matches: Sql, oldest: Date): Sql =>
  sql`SELECT n.customer, n.event FROM nudge n JOIN event ev ON ev.id = n.event
    WHERE n.id = ANY(${nudges}::bigint[]) AND n.enrollment IS NULL AND ev.at >= ${oldest} AND (${matches})`

/** For those about to await an engagement: what their message met already counts as soon as they rest. */
export const nudgeEngaged = (tx: Queryable, whom: Sql, messageStep: number, engaged: Sql, engagement: string, at: Date) =>
  tx.run(sql`INSERT INTO nudge (run, enrollment, customer, message, engagement, at)
    SELECT e.run, e.id, e.customer, m.id, ${engagement}, ${at} FROM enrollment e JOIN message m ON m.enrollment = e.id AND m.step = ${messageStep}
    WHERE ${whom} AND ${engaged}`)

/**
 * For those about to await an event: one that came since their step was due counts as soon as they rest. In the first step of
 * a stay that an event began, what came after that event counts, however soon.
 */
export const nudgeHappened = (tx: Queryable, whom: Sql, name: number, at: Date) =>
  tx.run(sql`INSERT INTO nudge (run, enrollment, customer, event, at)
    SELECT e.run, e.id, e.customer, ev.id, ${at} FROM enrollment e
    JOIN event_stat es ON es.customer = e.customer AND es.name = ${name} AND es.last_at >= e.due - interval '1 minute'
    JOIN event ev ON ev.customer = e.customer AND ev.name = ${name} AND ev.at >= e.due - interval '1 minute'
    WHERE ${whom} AND ev.at <= ${at} AND ev.id IS DISTINCT FROM e.event AND (ev.at > e.due OR (e.step IS NULL AND ev.id > e.event))`)
