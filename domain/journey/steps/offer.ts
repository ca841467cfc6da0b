import { z } from 'zod'
import { durationSchema } from '../../time.ts'
import { actAndGoOn, noLists, type StepKind } from '../step-kind.ts'

export interface OfferStep {
  kind: 'offer'
  id?: string | undefined
  key: string
  value: string | number
  expires?: string | undefined
}

const schema: z.ZodType<OfferStep> = z.strictObject({
  kind: z.literal('offer'),
  id: z.string().min(1).max(100).optional(),
  key: z.string().min(1).max(100),
  value: z.union([z.string().max(200), z.number()]),
  expires: durationSchema.optional(),
})

export const offer: StepKind<OfferStep> = {
  kind: 'offer',
  schema: () => schema,
  lists: noLists,
  body: step => ({ kind: 'offer', step: { ...step } }),
  compile: actAndGoOn,
  describe: step => `offers ${step.key}`,
  runs: false,
}
