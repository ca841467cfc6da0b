import { join, type Sql, seldom, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { movingIn, type WaveRef } from './enrollments.ts'

/** What a nudge says when a task was completed. */
export const taskDone = 'taskDone'

/** Opens a task about everybody of a wave, each once for a stay and step. */
export const openAtStep = (
  tx: Queryable,
  wave: WaveRef,
  task: {
    version: number
    step: number
    title: string
    assignee: string | null
    outcomes: readonly string[]
    dueAt: Date | null
    at: Date
  },
) =>
  tx.run(sql`
    INSERT INTO task (customer, run, enrollment, version, step, title, assignee, status, outcomes, created_at, due_at)
    SELECT e.customer, e.run, e.id, ${task.version}::int, ${task.step}::int, ${task.title}::text, ${task.assignee}::text, 'open', ${task.outcomes}::text[], ${task.at}::timestamptz, ${task.dueAt}::timestamptz
    FROM enrollment e WHERE ${movingIn(wave)} ON CONFLICT (enrollment, step) DO NOTHING`)

/** Opens a task about somebody who is not content, while which nothing is advertised to them. Once for a stay and step. */
export const openForLowScore = (
  tx: Queryable,
  task: {
    customer: number
    enrollment: number
    run: number
    step: number
    version: number
    title: string
    note: string | null
    at: Date
    dueAt: Date
  },
) =>
  tx.run(sql`
    INSERT INTO task (customer, run, enrollment, version, step, title, status, note, holds_promotions, created_at, due_at)
    VALUES (${task.customer}, ${task.run}, ${task.enrollment}, ${task.version}, ${task.step}, ${task.title}, 'open', ${task.note}, true, ${task.at}, ${task.dueAt})
    ON CONFLICT (enrollment, step) DO NOTHING`)

export interface TaskRow {
  id: number
  customer: string
  run: number | null
  enrollment: number | null
  campaign: number | null
  title: string
  assignee: string | null
  status: 'open' | 'done'
  outcomes: string[]
  outcome: string | null
  note: string | null
  holdsPromotions: boolean
  createdAt: Date
  dueAt: Date | null
  completedAt: Date | null
  completedBy: string | null
}

const columns = sql`t.id, c.external_id AS customer, t.run, t.enrollment, r.campaign, t.title, t.assignee, t.status, t.outcomes, t.outcome, t.note, t.holds_promotions AS "holdsPromotions",
  t.created_at AS "createdAt", t.due_at AS "dueAt", t.completed_at AS "completedAt", t.completed_by AS "completedBy"`
const tables = sql`task t JOIN customer c ON c.id = t.customer LEFT JOIN run r ON r.id = t.run`

/** Tasks, newest first. */
export function listTasks(
  db: Queryable,
  filter: {
    status: string | undefined
    assignee: string | undefined
    customer: string | undefined
    campaign: number | undefined
    before: number | undefined
    limit: number
  },
): Promise<TaskRow[]> {
  const where: Sql[] = [sql`t.id < ${filter.before ?? Number.MAX_SAFE_INTEGER}`]
  if (filter.status !== undefined) where.push(sql`t.status = ${filter.status}`)
  if (filter.assignee !== undefined) where.push(sql`t.assignee = ${filter.assignee}`)
  if (filter.customer !== undefined) where.push(sql`c.external_id = ${filter.customer}`)
  if (filter.campaign !== undefined) where.push(sql`r.campaign = ${filter.campaign}`)
  return db.rows<TaskRow>(
    sql`SELECT ${columns} FROM ${tables} WHERE ${join(where, ' AND ')} ORDER BY t.id DESC LIMIT ${filter.limit}`,
  )
}

export const findTask = (db: Queryable, id: number) => db.row<TaskRow>(sql`SELECT ${columns} FROM ${tables} WHERE t.id = ${id}`)

/**
 * Closes an open task and, in the same transaction, lets the journey know that waits for it. Answers the runs to ring; undefined when
 * it was closed already.
 */
export async function completeTask(
  tx: Queryable,
  id: number,
  done: { outcome: string | null; note: string | null; by: string; at: Date },
): Promise<{ rings: number[] } | undefined> {
  const row = await tx.row<{ run: number | null; enrollment: number | null; customer: number }>(sql`
    UPDATE task SET status = 'done', outcome = ${done.outcome}, note = coalesce(${done.note}, note), completed_by = ${done.by}, completed_at = ${done.at}
    WHERE id = ${id} AND status = 'open' RETURNING run, enrollment, customer`)
  if (!row) return undefined
  if (row.run === null || row.enrollment === null) return { rings: [] }
  // A customer who is just being parked is waited for: either they are seen, or their parking saw the task done.
  const open = await tx.row(sql`SELECT 1 FROM enrollment WHERE id = ${row.enrollment} AND state <> 'ended' FOR SHARE`)
  if (!open) return { rings: [] }
  await tx.run(sql`INSERT INTO nudge (run, enrollment, customer, engagement, at)
    VALUES (${row.run}, ${row.enrollment}, ${row.customer}, ${taskDone}, ${done.at})`)
  return { rings: [row.run] }
}

/** Who of these customers is being looked after: since when a task stands that holds promotions back. */
export const promotionsHeld = (tx: Queryable, customers: readonly number[]) =>
  tx.rows<{ customer: number; at: Date }>(sql`
    SELECT customer, min(created_at) AS at FROM task WHERE status = 'open' AND holds_promotions AND customer = ANY(${customers}::int[]) GROUP BY customer`)

export const anyPromotionsHeld = async (tx: Queryable): Promise<boolean> =>
  (await tx.row(seldom('task', sql`SELECT 1 FROM task WHERE status = 'open' AND holds_promotions LIMIT 1`))) !== undefined
