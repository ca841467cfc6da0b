import { z } from 'zod'
import { describeDuration, durationSchema } from '../../time.ts'
import type { TriggerKind } from '../trigger-kind.ts'

const schema = z
  .strictObject({
    kind: z.literal('trialEnd'),
    before: durationSchema.optional(),
    after: durationSchema.optional(),
    existing: z.boolean().default(false),
  })
  .refine(trigger => (trigger.before === undefined) !== (trigger.after === undefined), {
    message: 'either "before" or "after"',
    path: ['before'],
  })

export const trialEnd: TriggerKind<z.infer<typeof schema>> = {
  kind: 'trialEnd',
  schema,
  entry: trigger => ({ by: 'sweep', existing: trigger.existing }),
  describe: trigger =>
    trigger.before
      ? `${describeDuration(trigger.before)} before a trial ends`
      : `${describeDuration(trigger.after ?? '0s')} after a trial ended`,
  runs: false,
}
