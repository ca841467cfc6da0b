import { z } from 'zod'
import { PerennialError, unprocessable } from '../../domain/errors.ts'
import { campaignIds, runIds } from '../../domain/ids.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { completeTask, findTask, listTasks, type TaskRow } from '../../prisma/queries/tasks.ts'
import type { Routes } from '../deps.ts'
import { optionalBody } from '../optional-body.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'

const taskSchema = z
  .object({
    id: z.string(),
    customer: z.string(),
    campaign: z.string().optional(),
    run: z.string().optional(),
    title: z.string(),
    assignee: z.string().optional(),
    status: z.enum(['open', 'done']),
    outcomes: z.array(z.string()).meta({ description: 'What may come of it, where the journey asks.' }),
    outcome: z.string().optional(),
    note: z.string().optional(),
    holdsPromotions: z.boolean().meta({ description: 'While it is open nothing is advertised to the customer.' }),
    createdAt: z.iso.datetime(),
    dueAt: z.iso.datetime().optional(),
    completedAt: z.iso.datetime().optional(),
    completedBy: z.string().optional(),
  })
  .meta({ id: 'Task' })

const params = z.object({ id: z.string().max(40) })
const idOf = (text: string): number => Number(/^task_([1-9]\d{0,14})$/.exec(text)?.[1] ?? 0)

const show = (row: TaskRow): z.infer<typeof taskSchema> => ({
  id: `task_${row.id}`,
  customer: row.customer,
  ...(row.campaign === null ? {} : { campaign: campaignIds.show(row.campaign) }),
  ...(row.run === null ? {} : { run: runIds.show(row.run) }),
  title: row.title,
  ...(row.assignee === null ? {} : { assignee: row.assignee }),
  status: row.status,
  outcomes: row.outcomes,
  ...(row.outcome === null ? {} : { outcome: row.outcome }),
  ...(row.note === null ? {} : { note: row.note }),
  holdsPromotions: row.holdsPromotions,
  createdAt: row.createdAt.toISOString(),
  ...(row.dueAt ? { dueAt: row.dueAt.toISOString() } : {}),
  ...(row.completedAt ? { completedAt: row.completedAt.toISOString() } : {}),
  ...(row.completedBy === null ? {} : { completedBy: row.completedBy }),
})

/** What journeys ask people of ours to do, and that it is done. */
export const tasks: Routes = (app, deps) => {
  const tags = ['tasks']
  const find = async (text: string): Promise<TaskRow> => {
    const row = await findTask(deps.db, idOf(text))
    if (!row) throw new PerennialError('notFound', t => t.refusals.noTask(text))
    return row
  }

  app.get(
    '/v1/tasks',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        querystring: pageQuery.extend({
          status: z.enum(['open', 'done']).optional(),
          assignee: z.string().max(200).optional(),
          customer: z.string().max(500).optional(),
          campaign: z.string().max(40).optional(),
        }),
        response: { 200: pageOf(taskSchema) },
      },
    },
    async request => {
      const { limit, cursor, campaign, ...filter } = request.query
      const rows = await listTasks(deps.db, {
        status: filter.status,
        assignee: filter.assignee,
        customer: filter.customer,
        campaign: campaign === undefined ? undefined : (campaignIds.read(campaign) ?? 0),
        before: decodeCursor(cursor, z.int()),
        limit: limit + 1,
      })
      return page(rows, limit, row => row.id, show)
    },
  )

  app.get(
    '/v1/tasks/:id',
    { config: { needs: 'read' }, schema: { tags, params, response: { 200: taskSchema } } },
    async request => show(await find(request.params.id)),
  )

  app.post(
    '/v1/tasks/:id/complete',
    {
      config: { needs: 'draft', idempotent: true },
      schema: {
        tags,
        summary: 'Closes a task; the journey that waits for it goes on by its outcome.',
        params,
        body: optionalBody(
          z.strictObject({ outcome: z.string().min(1).max(100).optional(), note: z.string().max(2_000).optional() }),
        ),
        response: { 200: taskSchema },
      },
    },
    async request => {
      const task = await find(request.params.id)
      const { outcome, note } = request.body
      if (task.outcomes.length > 0 && (outcome === undefined || !task.outcomes.includes(outcome)))
        throw unprocessable(
          '/outcome',
          'unknownOutcome',
          outcome === undefined ? t => t.refusals.asksOutcome : t => t.refusals.noOutcome(outcome),
          t => t.refusals.oneOf(task.outcomes),
        )
      const at = deps.clock()
      const done = await deps.db.transaction(async tx => {
        const completed = await completeTask(tx, task.id, {
          outcome: outcome ?? null,
          note: note ?? null,
          by: request.actor.name,
          at,
        })
        if (completed)
          await recordAudit(tx, {
            at,
            actor: request.actor.name,
            action: 'task.completed',
            target: request.params.id,
            facts: { outcome: outcome ?? null },
          })
        return completed
      })
      if (!done) throw new PerennialError('conflict', t => t.refusals.taskDone(task.completedAt?.toISOString()))
      deps.temporal.ring(done.rings)
      return show(await find(request.params.id))
    },
  )
}
