import { z } from 'zod'
import { describeDuration, durationSchema } from '../../time.ts'
import type { TriggerKind } from '../trigger-kind.ts'

const schema = z
  .strictObject({
    kind: z.literal('date'),
    attribute: z.string().min(1).max(200),
    before: durationSchema.optional(),
    after: durationSchema.optional(),
    yearly: z.boolean().default(false),
    existing: z.boolean().default(false),
  })
  .refine(trigger => trigger.before === undefined || trigger.after === undefined, {
    message: 'either "before" or "after", not both',
    path: ['before'],
  })

export const date: TriggerKind<z.infer<typeof schema>> = {
  kind: 'date',
  schema,
  entry: trigger => ({ by: 'sweep', existing: trigger.existing }),
  describe: trigger => {
    const shift = trigger.before
      ? `${describeDuration(trigger.before)} before`
      : trigger.after
        ? `${describeDuration(trigger.after)} after`
        : 'on'
    return `${shift} ${trigger.attribute}${trigger.yearly ? ', every year' : ''}`
  },
  runs: false,
}
