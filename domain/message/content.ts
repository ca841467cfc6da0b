import { z } from 'zod'
import { field } from '../texts/field.ts'
import type { ChannelKind } from './kinds.ts'

/** Longest template of a field: beyond it no mail client shows the letter whole, and parsing stops being cheap. */
const longest = 500_000
const line = z.string().min(1).max(1_000)

/** `html` or `mjml`; `html` wins where both stand, because it is what `mjml` was compiled to. */
export const emailContentSchema = z
  .strictObject({
    subject: line,
    html: z.string().min(1).max(longest).optional(),
    mjml: z.string().min(1).max(longest).optional(),
    text: z.string().min(1).max(longest).optional(),
    preheader: line.optional(),
  })
  .refine(content => content.html !== undefined || content.mjml !== undefined, {
    path: ['html'],
    error: field(t => t.fields.htmlOrMjml),
  })
  .meta({
    id: 'EmailContent',
    description: 'Texts are Liquid. mjml is compiled to html when it is saved; one of the two is needed.',
  })

export const smsContentSchema = z
  .strictObject({ body: z.string().min(1).max(1_600) })
  .meta({ id: 'SmsContent', description: 'Plain text, a Liquid template.' })

/** `action` is an address, or an address with the words on its button. */
export const inAppContentSchema = z
  .strictObject({
    title: line,
    body: z.string().min(1).max(10_000),
    action: z
      .union([
        z.string().min(1).max(2_000),
        z.strictObject({ url: z.string().min(1).max(2_000), label: z.string().min(1).max(100) }),
      ])
      .optional(),
  })
  .meta({ id: 'InAppContent' })

export type EmailContent = z.infer<typeof emailContentSchema>
export type SmsContent = z.infer<typeof smsContentSchema>
export type InAppContent = z.infer<typeof inAppContentSchema>
export type Content = EmailContent | SmsContent | InAppContent

const contentSchemas = {
  email: emailContentSchema,
  sms: smsContentSchema,
  inApp: inAppContentSchema,
} as const satisfies Record<ChannelKind, z.ZodType<Content>>

/** The schema of one channel's content. */
export const contentSchema = <C extends ChannelKind>(channel: C): (typeof contentSchemas)[C] => contentSchemas[channel]

export interface ContentOf {
  email: EmailContent
  sms: SmsContent
  inApp: InAppContent
}

export { checkContent } from './check-content.ts'
