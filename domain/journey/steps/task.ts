import { z } from 'zod'
import { durationSchema } from '../../time.ts'
import { actAndGoOn, type Step, type StepKind } from '../step-kind.ts'

export interface TaskStep {
  kind: 'task'
  id?: string | undefined
  title: string
  assignee?: string | undefined
  due?: string | undefined
  /** Where the customer goes by what came of it. With these the journey waits for the task to be done. */
  outcomes?: Record<string, Step[]> | undefined
  /** … and for whom nothing was done in time. */
  else?: Step[] | undefined
}

export interface TaskBody {
  kind: 'task'
  title: string
  assignee: string | null
  due: string | null
  outcomes: readonly string[]
  /** How long the journey waits for it; null: it goes on at once. */
  within: string | null
}

const defaultDue = '7d'

const waits = (step: TaskStep): boolean => step.outcomes !== undefined || step.else !== undefined

export const task: StepKind<TaskStep> = {
  kind: 'task',
  schema: journey =>
    z.strictObject({
      kind: z.literal('task'),
      id: z.string().min(1).max(100).optional(),
      title: z.string().min(1).max(200),
      assignee: z.string().min(1).max(200).optional(),
      due: durationSchema.optional(),
      outcomes: z.record(z.string().min(1).max(100), journey).optional(),
      else: journey.optional(),
    }),
  lists: step => [
    ...Object.entries(step.outcomes ?? {}).map(([key, children]) => [['outcomes', key], children] as const),
    [['else'], step.else ?? []] as const,
  ],
  body: step => ({
    kind: 'task',
    title: step.title,
    assignee: step.assignee ?? null,
    due: step.due ?? (waits(step) ? defaultDue : null),
    outcomes: Object.keys(step.outcomes ?? {}),
    within: waits(step) ? (step.due ?? defaultDue) : null,
  }),
  compile: (step, context) => {
    if (!waits(step)) return actAndGoOn(step, context)
    // Done with an outcome that has no steps here: they go on.
    const done = Object.values(step.outcomes ?? {}).map(children => context.sequence(children))
    const hit = context.emit({ op: 'fork', step: context.step, to: [...done, context.next] })
    const waiting = context.emit({ op: 'await', step: context.step, hit, miss: context.sequence(step.else ?? []) })
    return context.emit({ op: 'act', step: context.step, next: waiting })
  },
  describe: (step, { journey: { steps }, everywhere }) =>
    waits(step) ? steps.taskAwaits(step.title, everywhere.duration(step.due ?? defaultDue)) : steps.task(step.title),
  runs: true,
}
