import { z } from 'zod'
import type { TriggerKind } from '../trigger-kind.ts'

const schema = z.strictObject({
  kind: z.literal('segmentEntry'),
  segment: z.string().min(1).max(100),
  existing: z.boolean().default(false),
})

export const segmentEntry: TriggerKind<z.infer<typeof schema>> = {
  kind: 'segmentEntry',
  schema,
  entry: trigger => ({ by: 'sweep', existing: trigger.existing }),
  describe: trigger => `when a customer enters the segment "${trigger.segment}"`,
  check: (trigger, context) =>
    context.segmentExists(trigger.segment)
      ? []
      : [
          {
            path: '/segment',
            code: 'unknownSegment',
            message: `there is no segment "${trigger.segment}"`,
            hint: 'Make it first, or correct its key.',
          },
        ],
  runs: false,
}
