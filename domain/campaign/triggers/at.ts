import { z } from 'zod'
import type { TriggerKind } from '../trigger-kind.ts'

const schema = z.strictObject({ kind: z.literal('at'), at: z.iso.datetime({ offset: true }) })

export const at: TriggerKind<z.infer<typeof schema>> = {
  kind: 'at',
  schema,
  entry: trigger => ({ by: 'snapshot', at: new Date(trigger.at) }),
  describe: (trigger, { journey }) => journey.triggers.at(trigger.at),
  runs: true,
}
