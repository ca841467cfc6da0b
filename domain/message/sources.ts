import type { Content, EmailContent, InAppContent, SmsContent } from './content.ts'
import type { ChannelKind } from './kinds.ts'

/** A field as a marketer writes it, with its Liquid source. */
export type SourceField = 'subject' | 'preheader' | 'html' | 'mjml' | 'text' | 'body' | 'title' | 'action' | 'actionLabel'

export interface Source {
  field: SourceField
  /** JSON pointer in the content. */
  path: string
  source: string
}

/** A content as its author wrote it: without the html that mjml was compiled to. */
export function authored<C extends Content>(content: C): C {
  if (!('mjml' in content) || content.mjml === undefined) return content
  const { html: _, ...written } = content
  return written as C
}

/** The Liquid sources of a content in the order they are rendered, so that what one assigns the next can read. */
export function sources(channel: ChannelKind, content: Content): Source[] {
  const list: { field: SourceField; path: string; source: string | undefined }[] = []
  const add = (field: SourceField, source: string | undefined, path = `/${field}`) => list.push({ field, path, source })
  if (channel === 'email') {
    const email = content as EmailContent
    add('subject', email.subject)
    add('preheader', email.preheader)
    if (email.html === undefined) add('mjml', email.mjml)
    // Compiled from MJML, it is the author's MJML that a fault is about.
    else add('html', email.html, email.mjml === undefined ? '/html' : '/mjml')
    add('text', email.text)
  } else if (channel === 'sms') add('body', (content as SmsContent).body)
  else {
    const { title, body, action } = content as InAppContent
    add('title', title)
    add('body', body)
    if (typeof action === 'object') {
      add('action', action.url, '/action/url')
      add('actionLabel', action.label, '/action/label')
    } else add('action', action)
  }
  return list.flatMap(({ field, path, source }) => (source === undefined ? [] : [{ field, path, source }]))
}
