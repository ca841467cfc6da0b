import { z } from 'zod'
import { fault } from '../../errors.ts'
import { checkContent } from '../../message/check-content.ts'
import { type Content, contentSchema } from '../../message/content.ts'
import { type ChannelKind, channelSchema, type MessageClass, messageClassSchema } from '../../message/kinds.ts'
import { passOn } from '../../texts/field.ts'
import { actAndGoOn, noLists, type StepKind } from '../step-kind.ts'
import { topicFaults } from './topic.ts'

export interface MessageStep {
  kind: 'message'
  id?: string | undefined
  channel: ChannelKind
  class: MessageClass
  topic?: string | undefined
  content: Content | Record<string, Content>
  onUncertain?: 'hold' | 'resend' | undefined
}

export interface MessageBody {
  kind: 'message'
  channel: ChannelKind
  class: MessageClass
  topic: string | null
  /** By variant; the key `''` is everybody's. */
  contents: Record<string, Content>
  onUncertain: 'hold' | 'resend'
  /** Set when its link leads to a question. */
  survey?: 'nps' | 'csat'
}

const contentKeys: Record<ChannelKind, readonly string[]> = {
  email: ['subject', 'html', 'mjml'],
  sms: ['body'],
  inApp: ['title', 'body'],
}

/** Whether the content is one for everybody, not one for each variant. */
const isPlain = (channel: ChannelKind, content: MessageStep['content']): content is Content =>
  contentKeys[channel].some(key => typeof (content as Record<string, unknown>)[key] === 'string')

/** The contents by variant; the key `''` stands for every variant. */
export const contentsOf = (step: MessageStep): Record<string, Content> =>
  isPlain(step.channel, step.content) ? { '': step.content } : step.content

const base = z.strictObject({
  kind: z.literal('message'),
  id: z.string().min(1).max(100).optional(),
  channel: channelSchema,
  class: messageClassSchema.default('marketing'),
  topic: z.string().min(1).max(100).optional(),
  content: z.record(z.string(), z.unknown()),
  onUncertain: z.enum(['hold', 'resend']).optional(),
})

const schema: z.ZodType<MessageStep> = base.transform((step, context) => {
  const plain =
    contentKeys[step.channel].some(key => typeof step.content[key] === 'string') ||
    Object.values(step.content).every(part => typeof part !== 'object')
  const parts = plain ? { '': step.content } : (step.content as Record<string, unknown>)
  const contents: Record<string, Content> = {}
  for (const [variant, part] of Object.entries(parts)) {
    const read = contentSchema(step.channel).safeParse(part, { reportInput: true })
    if (read.success) contents[variant] = read.data
    else passOn(context, read.error.issues, ['content', ...(variant ? [variant] : [])])
  }
  return { ...step, content: plain ? (contents[''] ?? { subject: '', html: '' }) : contents }
})

export const message: StepKind<MessageStep> = {
  kind: 'message',
  schema: () => schema,
  lists: noLists,
  body: step => ({
    kind: 'message',
    channel: step.channel,
    class: step.class,
    topic: step.topic ?? null,
    contents: contentsOf(step),
    onUncertain: step.onUncertain ?? (step.class === 'transactional' ? 'resend' : 'hold'),
  }),
  compile: actAndGoOn,
  describe: (step, { journey }) => journey.steps.message[step.channel],
  check: (step, context) => {
    const faults = topicFaults(step.topic, context)
    const contents = contentsOf(step)
    for (const [variant, content] of Object.entries(contents)) {
      const at = variant ? `/content/${variant}` : '/content'
      if (variant && !context.variants.includes(variant))
        faults.push(
          fault(
            at,
            'unknownVariant',
            t => t.check.unknownVariant(variant),
            t => t.check.nameAfterVariant,
          ),
        )
      for (const found of checkContent(step.channel, step.class, content, { postalAddress: context.postalAddress }))
        faults.push({ ...found, path: at + found.path })
    }
    if (!('' in contents))
      for (const variant of context.variants)
        if (!(variant in contents))
          faults.push(
            fault(
              '/content',
              'missingVariant',
              t => t.check.missingVariant(variant),
              t => t.check.contentForAll,
            ),
          )
    return faults
  },
  runs: true,
}
