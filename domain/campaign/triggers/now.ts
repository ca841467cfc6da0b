import { z } from 'zod'
import type { TriggerKind } from '../trigger-kind.ts'

const schema = z.strictObject({ kind: z.literal('now') })

export const now: TriggerKind<z.infer<typeof schema>> = {
  kind: 'now',
  schema,
  entry: () => ({ by: 'snapshot', at: null }),
  describe: (_, { journey }) => journey.triggers.now,
  runs: true,
}
