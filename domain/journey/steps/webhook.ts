import { z } from 'zod'
import { actAndGoOn, noLists, type StepKind } from '../step-kind.ts'

export interface WebhookStep {
  kind: 'webhook'
  id?: string | undefined
  url: string
  body?: unknown
}

const schema: z.ZodType<WebhookStep> = z.strictObject({
  kind: z.literal('webhook'),
  id: z.string().min(1).max(100).optional(),
  url: z.url({ protocol: /^https?$/ }),
  body: z.unknown().optional(),
})

export const webhook: StepKind<WebhookStep> = {
  kind: 'webhook',
  schema: () => schema,
  lists: noLists,
  body: step => ({ kind: 'webhook', step: { ...step } }),
  compile: actAndGoOn,
  describe: step => `calls ${new URL(step.url).host}`,
  runs: false,
}
