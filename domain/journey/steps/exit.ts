import { z } from 'zod'
import { noLists, type StepKind } from '../step-kind.ts'

export interface ExitStep {
  kind: 'exit'
  id?: string | undefined
  reason?: string | undefined
}

export const exit: StepKind<ExitStep> = {
  kind: 'exit',
  schema: () =>
    z.strictObject({
      kind: z.literal('exit'),
      id: z.string().min(1).max(100).optional(),
      reason: z.string().max(200).optional(),
    }),
  lists: noLists,
  body: step => ({ kind: 'exit', ...(step.reason ? { reason: step.reason } : {}) }),
  compile: (_, context) => context.emit({ op: 'end', step: context.step, goal: context.goal, reason: 'exited' }),
  describe: (_, { journey }) => journey.steps.exit,
  runs: true,
}
