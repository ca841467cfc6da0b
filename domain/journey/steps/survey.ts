import { z } from 'zod'
import { fault } from '../../errors.ts'
import { checkContent } from '../../message/check-content.ts'
import { type Content, contentSchema } from '../../message/content.ts'
import { type ChannelKind, channelSchema, type MessageClass, messageClassSchema } from '../../message/kinds.ts'
import { passOn } from '../../texts/field.ts'
import { actAndGoOn, noLists, type StepKind } from '../step-kind.ts'
import { topicFaults } from './topic.ts'

export interface SurveyStep {
  kind: 'survey'
  id?: string | undefined
  survey: 'nps' | 'csat'
  channel: ChannelKind
  class: MessageClass
  topic?: string | undefined
  content?: Content | undefined
}

/** What each survey asks, and the scores that may be given: `low` and below opens a task. */
export const surveys = {
  nps: { question: 'How likely are you to recommend us to a friend or colleague?', from: 0, to: 10, low: 6 },
  csat: { question: 'How satisfied are you with us?', from: 1, to: 5, low: 2 },
} as const

const asking = (survey: SurveyStep['survey']): string => surveys[survey].question

/** The words of a survey whose author wrote none. */
function standard({ survey, channel, class: kind }: SurveyStep): Content {
  const greeting = 'Hello {{ customer.firstName | default: "there" }}'
  if (channel === 'sms') return { body: `${asking(survey)} {{ surveyUrl }}` }
  if (channel === 'inApp')
    return { title: 'A question', body: asking(survey), action: { url: '{{ surveyUrl }}', label: 'Answer' } }
  const duties =
    kind === 'marketing' ? '<p><small>{{ postalAddress }} · <a href="{{ unsubscribeUrl }}">Unsubscribe</a></small></p>' : ''
  return {
    subject: asking(survey),
    html: `<p>${greeting},</p><p>${asking(survey)}</p><p><a href="{{ surveyUrl }}">Answer with one click</a></p>${duties}`,
  }
}

const base = z.strictObject({
  kind: z.literal('survey'),
  id: z.string().min(1).max(100).optional(),
  survey: z.enum(['nps', 'csat']),
  channel: channelSchema,
  class: messageClassSchema.default('marketing'),
  topic: z.string().min(1).max(100).optional(),
  content: z.unknown().optional(),
})

const schema: z.ZodType<SurveyStep> = base.transform((step, context): SurveyStep => {
  if (step.content === undefined) return { ...step, content: undefined }
  const read = contentSchema(step.channel).safeParse(step.content, { reportInput: true })
  if (read.success) return { ...step, content: read.data }
  passOn(context, read.error.issues, ['content'])
  return { ...step, content: undefined }
})

export const survey: StepKind<SurveyStep> = {
  kind: 'survey',
  schema: () => schema,
  lists: noLists,
  // To the machine it is a message whose link leads to a page with a question.
  body: step => ({
    kind: 'message',
    channel: step.channel,
    class: step.class,
    topic: step.topic ?? null,
    contents: { '': step.content ?? standard(step) },
    onUncertain: 'hold',
    survey: step.survey,
  }),
  compile: actAndGoOn,
  describe: (step, { journey }) => journey.steps.survey[step.survey],
  check: (step, context) => {
    const faults = topicFaults(step.topic, context)
    const content = step.content ?? standard(step)
    for (const found of checkContent(step.channel, step.class, content, { postalAddress: context.postalAddress }))
      faults.push({ ...found, path: step.content ? `/content${found.path}` : '' })
    if (!JSON.stringify(content).includes('surveyUrl'))
      faults.push(
        fault(
          '/content',
          'noSurveyLink',
          t => t.check.noSurveyLink,
          t => t.check.addSurveyLink,
        ),
      )
    return faults
  },
  runs: true,
}
