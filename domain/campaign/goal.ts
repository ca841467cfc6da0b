import { z } from 'zod'
import { journeySchema } from '../journey/steps/index.ts'
import { filterSchema } from '../segment/filter.ts'
import { ruleSchema } from '../segment/rule.ts'
import { field } from '../texts/field.ts'
import { durationSchema } from '../time.ts'

export const goalKinds = [
  'launch',
  'education',
  'onboarding',
  'upsell',
  'crossSell',
  'loyaltyReward',
  'winBack',
  'churnPrevention',
  'renewal',
  'feedback',
  'recovery',
  'advocacy',
] as const

/** A name that stands in URLs, CSV columns and hashes. */
export const keySchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, { error: field(t => t.fields.key) })

/** What counts as success: this event, within this time of entering. */
export const successSchema = z.strictObject({
  event: z.string().min(1).max(200),
  where: filterSchema.optional(),
  within: durationSchema,
})

/** One goal of a campaign: whom it is for, what success means, and the journey that leads there. */
export const goalSchema = z
  .strictObject({
    key: keySchema,
    kind: z.enum(goalKinds),
    when: ruleSchema.optional(),
    success: successSchema.optional(),
    journey: journeySchema,
  })
  .meta({ id: 'Goal', description: 'Whom it is for, what success means, and the journey that leads there.' })
export type Goal = z.infer<typeof goalSchema>
export type Success = z.infer<typeof successSchema>
