import { z } from 'zod'
import { actAndGoOn, noLists, type StepKind } from '../step-kind.ts'

export interface SetStep {
  kind: 'set'
  id?: string | undefined
  attributes: Record<string, unknown>
}

export const set: StepKind<SetStep> = {
  kind: 'set',
  schema: () =>
    z.strictObject({
      kind: z.literal('set'),
      id: z.string().min(1).max(100).optional(),
      attributes: z.record(z.string().min(1).max(200), z.unknown()),
    }),
  lists: noLists,
  body: step => ({ kind: 'set', attributes: step.attributes }),
  compile: actAndGoOn,
  describe: (step, { journey }) => journey.steps.set(Object.keys(step.attributes)),
  runs: true,
}
