import { z } from 'zod'
import { field } from '../../texts/field.ts'
import { actAndGoOn, noLists, type StepKind } from '../step-kind.ts'

export interface AwardStep {
  kind: 'award'
  id?: string | undefined
  points?: number | undefined
  /** Cashback: this share of the money of the event that brought the customer in, as points, rounded down. */
  percent?: number | undefined
  reason?: string | undefined
}

export interface AwardBody {
  kind: 'award'
  points: number
  percent: number
  reason: string | null
}

const schema: z.ZodType<AwardStep> = z
  .strictObject({
    kind: z.literal('award'),
    id: z.string().min(1).max(100).optional(),
    points: z.int().min(1).max(1_000_000).optional(),
    percent: z.number().gt(0).max(100).optional(),
    reason: z.string().max(200).optional(),
  })
  .refine(step => (step.points === undefined) !== (step.percent === undefined), {
    error: field(t => t.fields.pointsOrPercent),
    path: ['points'],
  })

export const award: StepKind<AwardStep> = {
  kind: 'award',
  schema: () => schema,
  lists: noLists,
  body: step => ({ kind: 'award', points: step.points ?? 0, percent: step.percent ?? 0, reason: step.reason ?? null }),
  compile: actAndGoOn,
  describe: (step, { journey: { steps } }) => (step.percent ? steps.percentBack(step.percent) : steps.points(step.points)),
  runs: true,
}
