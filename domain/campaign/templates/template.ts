import type { Texts } from '../../texts/texts.ts'
import type { goalKinds } from '../goal.ts'

/** A ready campaign to start from: a document of the campaign language that can be launched once its words are one's own. */
export interface Template {
  /** Under which the catalogue of texts has its name and what it is for (texts/en/templates.ts). */
  key: keyof Texts['templates']
  goal: (typeof goalKinds)[number]
  document: Record<string, unknown>
}

/** An e-mail with a greeting, its paragraphs and at most one button; marketing carries what the law asks of it. */
export function email(
  id: string,
  subject: string,
  paragraphs: readonly string[],
  more: EmailOptions = {},
): Record<string, unknown> {
  const { button, transactional, ...rest } = more
  const duties = transactional ? '' : '<p><small>{{ postalAddress }} · <a href="{{ unsubscribeUrl }}">Unsubscribe</a></small></p>'
  const action = button ? `<p><a href="${button.url}">${button.label}</a></p>` : ''
  const greeting = '<p>Hello {{ customer.firstName | default: "there" }},</p>'
  return {
    kind: 'message',
    id,
    channel: 'email',
    class: transactional ? 'transactional' : 'marketing',
    content: { subject, html: greeting + paragraphs.map(text => `<p>${text}</p>`).join('') + action + duties },
    ...rest,
  }
}

interface EmailOptions {
  button?: { url: string; label: string }
  /** The customer is owed it: no marketing, so no unsubscribe link. */
  transactional?: true
}

export const inApp = (id: string, title: string, body: string): Record<string, unknown> => ({
  kind: 'message',
  id,
  channel: 'inApp',
  class: 'marketing',
  content: { title, body },
})

export const wait = (time: string): Record<string, unknown> => ({ kind: 'wait', for: time })

/** Nine o'clock where the customer lives. */
export const morning = { kind: 'wait', until: '09:00' }

/** Every morning at nine in UTC: for audiences that change by scores or dates. */
export const daily = { kind: 'schedule', cron: '0 9 * * *', timezone: 'UTC' }
