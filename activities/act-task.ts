import type { TaskBody } from '../domain/journey/steps/task.ts'
import { milliseconds } from '../domain/time.ts'
import { openAtStep } from '../prisma/queries/tasks.ts'
import type { Act } from './act.ts'

/** Opens a task for a person of ours. */
export const actTask = (): Act<TaskBody> => async (tx, stand) => {
  const { title, assignee, due, outcomes } = stand.compiled.body
  const dueAt = due === null ? null : new Date(stand.at.getTime() + milliseconds(due))
  const opened = { version: stand.published.version, step: stand.step, title, assignee, outcomes, dueAt, at: stand.at }
  await openAtStep(tx, stand.wave, opened)
  return undefined
}
