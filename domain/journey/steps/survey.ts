import { z } from 'zod'
import { type ChannelKind, channelSchema } from '../../message/kinds.ts'
import { actAndGoOn, noLists, type StepKind } from '../step-kind.ts'

export interface SurveyStep {
  kind: 'survey'
  id?: string | undefined
  survey: 'nps' | 'csat'
  channel: ChannelKind
  content?: Record<string, unknown> | undefined
}

const schema: z.ZodType<SurveyStep> = z.strictObject({
  kind: z.literal('survey'),
  id: z.string().min(1).max(100).optional(),
  survey: z.enum(['nps', 'csat']),
  channel: channelSchema,
  content: z.record(z.string(), z.unknown()).optional(),
})

export const survey: StepKind<SurveyStep> = {
  kind: 'survey',
  schema: () => schema,
  lists: noLists,
  body: step => ({ kind: 'survey', step: { ...step } }),
  compile: actAndGoOn,
  describe: step => `asks the ${step.survey} question`,
  runs: false,
}
