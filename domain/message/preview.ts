import { type Fault, fault, refusal, unprocessable } from '../errors.ts'
import type { ContentOf, EmailContent } from './content.ts'
import type { ChannelKind } from './kinds.ts'
import { fill, type LetterField } from './letter.ts'
import { letterVariables } from './letter-variables.ts'
import type { Scope } from './scope.ts'
import { shorten } from './short-links.ts'
import { smsSegments } from './sms-segments.ts'
import { withStopNotice } from './stop-notice.ts'
import { compileLetter } from './template.ts'

/** A message as one person would find it. */
export type Previewed =
  | { channel: 'email'; subject: string; preheader: string | null; html: string; text: string }
  | { channel: 'sms'; body: string; segments: number; encoding: 'GSM-7' | 'UCS-2' }
  | { channel: 'inApp'; title: string; body: string; action: string | null; actionLabel: string | null }

// A character of Unicode's private area that no letter contains: the preheader is rendered behind the subject and cut off there.
const seam = '\uE002'

/**
 * Renders a content for one person through the very code that sends it. Throws `unprocessable` naming what the person lacks
 * and the template has no `default` for, or the limit it passed; `path` is the pointer its faults carry. The links of an SMS are short
 * ones of the server at `shortLinksOf`, where that is given, so that the text is as long as the one that leaves.
 */
export function previewContent<C extends ChannelKind>(
  channel: C,
  content: ContentOf[C],
  scope: Scope,
  { path = '', shortLinksOf }: { path?: string; shortLinksOf?: string | undefined } = {},
): Previewed {
  const fields = filled(channel, content, scope, path, shortLinksOf)
  const text = (field: LetterField): string => fields[field] ?? ''
  if (channel === 'sms') return { channel: 'sms', body: text('body'), ...smsSegments(text('body')) }
  if (channel === 'inApp')
    return {
      channel: 'inApp',
      title: text('title'),
      body: text('body'),
      action: fields.action ?? null,
      actionLabel: fields.actionLabel ?? null,
    }
  return {
    channel: 'email',
    subject: text('subject'),
    preheader: preheaderOf(content as EmailContent, scope, path),
    html: text('html'),
    text: text('text'),
  }
}

function preheaderOf(content: EmailContent, scope: Scope, path: string): string | null {
  if (content.preheader === undefined) return null
  const subject = `${content.subject}${seam}${content.preheader}`
  return filled('email', { subject, html: ' ' }, scope, path).subject?.split(seam)[1] ?? ''
}

function filled<C extends ChannelKind>(
  channel: C,
  content: ContentOf[C],
  scope: Scope,
  path: string,
  shortLinksOf?: string,
): Partial<Record<LetterField, string>> {
  const compiled = compileLetter(channel, content)
  const noticed = channel === 'sms' ? withStopNotice(compiled) : compiled
  const { letter, values } = channel === 'sms' && shortLinksOf ? shorten(noticed, { publicUrl: shortLinksOf }) : noticed
  const rendered = values(scope)
  if (rendered.ok) {
    const fields = Object.entries(letter.fields) as [LetterField, NonNullable<(typeof letter.fields)[LetterField]>][]
    return Object.fromEntries(fields.map(([field, pieces]) => [field, fill(pieces, rendered.values)]))
  }
  if (rendered.missing === undefined) throw unprocessable(path, 'templateFailed', t => t.letters.notRendered(rendered.failed))
  throw refusal('unprocessable', [missingFault(channel, content, rendered.missing, path)])
}

/** What is missing, where the template reads it, and how to write it so that nobody is left out. */
function missingFault<C extends ChannelKind>(channel: C, content: ContentOf[C], missing: string, path: string): Fault {
  const place = letterVariables(channel, content).find(variable => variable.path === missing)
  return fault(
    path,
    'missingField',
    t => t.letters.atPlace(t.letters.missing(missing), place?.field, place?.line, place?.column),
    t => t.letters.writeDefault(missing),
  )
}
