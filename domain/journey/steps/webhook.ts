import { z } from 'zod'
import { field } from '../../texts/field.ts'
import { actAndGoOn, noLists, type StepKind } from '../step-kind.ts'

export interface WebhookStep {
  kind: 'webhook'
  id?: string | undefined
  url: string
  body?: unknown
}

export interface WebhookBody {
  kind: 'webhook'
  url: string
  data: unknown
}

const schema: z.ZodType<WebhookStep> = z.strictObject({
  kind: z.literal('webhook'),
  id: z.string().min(1).max(100).optional(),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .refine(url => URL.canParse(url) && new URL(url).username === '' && new URL(url).password === '', {
      error: field(t => t.fields.noCredentials),
    }),
  body: z.unknown().optional(),
})

export const webhook: StepKind<WebhookStep> = {
  kind: 'webhook',
  schema: () => schema,
  lists: noLists,
  body: step => ({ kind: 'webhook', url: step.url, data: step.body ?? null }),
  compile: actAndGoOn,
  describe: (step, { journey }) => journey.steps.webhook(new URL(step.url).host),
  runs: true,
}
