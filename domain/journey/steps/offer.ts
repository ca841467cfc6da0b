import { z } from 'zod'
import { field } from '../../texts/field.ts'
import { durationSchema } from '../../time.ts'
import { actAndGoOn, noLists, type StepKind } from '../step-kind.ts'

export interface OfferStep {
  kind: 'offer'
  id?: string | undefined
  key: string
  value: string | number
  expires?: string | undefined
  /** The most redemptions there may be under this key, by everybody together. */
  budget?: number | undefined
}

export interface OfferBody {
  kind: 'offer'
  key: string
  value: string | number
  expires: string | null
  budget: number | null
}

const schema: z.ZodType<OfferStep> = z.strictObject({
  kind: z.literal('offer'),
  id: z.string().min(1).max(100).optional(),
  key: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, { error: field(t => t.fields.offerKey) }),
  value: z.union([z.string().max(200), z.number()]),
  expires: durationSchema.optional(),
  budget: z.int().min(1).max(100_000_000).optional(),
})

export const offer: StepKind<OfferStep> = {
  kind: 'offer',
  schema: () => schema,
  lists: noLists,
  body: step => ({
    kind: 'offer',
    key: step.key,
    value: step.value,
    expires: step.expires ?? null,
    budget: step.budget ?? null,
  }),
  compile: actAndGoOn,
  describe: (step, { journey }) => journey.steps.offer(step.key),
  runs: true,
}
