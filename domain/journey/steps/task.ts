import { z } from 'zod'
import { durationSchema } from '../../time.ts'
import { actAndGoOn, noLists, type StepKind } from '../step-kind.ts'

export interface TaskStep {
  kind: 'task'
  id?: string | undefined
  title: string
  assignee?: string | undefined
  due?: string | undefined
}

const schema: z.ZodType<TaskStep> = z.strictObject({
  kind: z.literal('task'),
  id: z.string().min(1).max(100).optional(),
  title: z.string().min(1).max(200),
  assignee: z.string().min(1).max(200).optional(),
  due: durationSchema.optional(),
})

export const task: StepKind<TaskStep> = {
  kind: 'task',
  schema: () => schema,
  lists: noLists,
  body: step => ({ kind: 'task', step: { ...step } }),
  compile: actAndGoOn,
  describe: step => `opens the task "${step.title}"`,
  runs: false,
}
