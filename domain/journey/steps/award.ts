import { z } from 'zod'
import { actAndGoOn, noLists, type StepKind } from '../step-kind.ts'

export interface AwardStep {
  kind: 'award'
  id?: string | undefined
  points: number
  reason?: string | undefined
}

const schema: z.ZodType<AwardStep> = z.strictObject({
  kind: z.literal('award'),
  id: z.string().min(1).max(100).optional(),
  points: z.int().min(1).max(1_000_000),
  reason: z.string().max(200).optional(),
})

export const award: StepKind<AwardStep> = {
  kind: 'award',
  schema: () => schema,
  lists: noLists,
  body: step => ({ kind: 'award', step: { ...step } }),
  compile: actAndGoOn,
  describe: step => `awards ${step.points} points`,
  runs: false,
}
