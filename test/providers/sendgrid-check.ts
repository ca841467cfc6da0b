import type { SpecFault, Validate } from './spec.ts'

export interface Address {
  email: string
  name?: string
}
export interface Personalization {
  to: Address[]
  subject?: string
  substitutions?: Record<string, string>
  custom_args?: Record<string, string>
  headers?: Record<string, string>
}
export interface MailSend {
  personalizations: Personalization[]
  from: Address
  subject: string
  content: { type: string; value: string }[]
  categories?: string[]
  custom_args?: Record<string, string>
  mail_settings?: { sandbox_mode?: { enable?: boolean } }
  [more: string]: unknown
}

const address = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/

/** Headers SendGrid keeps for itself. */
const reserved = new Set([
  'x-sg-id',
  'x-sg-eid',
  'received',
  'dkim-signature',
  'content-type',
  'content-transfer-encoding',
  'to',
  'from',
  'subject',
  'reply-to',
  'cc',
  'bcc',
])

/** What SendGrid's documentation of mail/send refuses, in its words, and its schema where at hand. */
export function faultsOf(mail: MailSend, bytes: number, spec: Validate | undefined): SpecFault[] {
  const faults: SpecFault[] = spec ? spec(mail) : []
  const fault = (field: string, message: string) => {
    if (!faults.some(known => known.field === field)) faults.push({ field, message })
  }
  if (bytes > 30_000_000) fault('', 'The request is larger than 30 MB.')
  const { personalizations } = mail
  if (!Array.isArray(personalizations) || personalizations.length === 0) {
    fault('personalizations', 'The personalizations field is required and must have at least one personalization.')
    return faults
  }
  if (personalizations.length > 1_000)
    fault(
      'personalizations',
      `The personalization block is limited to 1000 personalizations per API request. You have provided ${personalizations.length} personalizations.`,
    )
  const seen = new Set<string>()
  personalizations.forEach((person, index) => {
    const at = `personalizations.${index}`
    if (!Array.isArray(person.to) || person.to.length === 0) {
      fault(
        `${at}.to`,
        'The to array is required for all personalization objects, and must have at least one email object with a valid email address.',
      )
      return
    }
    person.to.forEach(({ email }, place) => {
      if (typeof email !== 'string' || email.length > 320 || !address.test(email))
        fault(`${at}.to.${place}.email`, 'Does not contain a valid address.')
      // Not named by its place, as in the documented message.
      else if (seen.has(email.toLowerCase()))
        fault(
          'personalizations',
          `Each unique email address in the personalizations array should only be included once. You have included [${email}] more than once.`,
        )
      else seen.add(email.toLowerCase())
    })
    let size = 0
    for (const [tag, value] of Object.entries(person.substitutions ?? {})) {
      if (typeof value !== 'string') fault(`${at}.substitutions.${tag}`, 'Substitution values must be strings.')
      else size += Buffer.byteLength(tag) + Buffer.byteLength(value)
    }
    if (size > 10_000) fault(`${at}.substitutions`, 'The substitutions are limited to 10000 bytes per personalization.')
    for (const name of Object.keys(person.headers ?? {}))
      if (reserved.has(name.toLowerCase())) fault(`${at}.headers`, `The header ${name} is reserved.`)
  })
  if (!mail.subject) fault('subject', 'The subject is required.')
  if (!Array.isArray(mail.content) || mail.content.length === 0)
    fault('content', 'Unless a valid template_id is provided, the content parameter is required.')
  else if (mail.content[0]!.type !== 'text/plain' && mail.content.some(part => part.type === 'text/plain'))
    fault('content', 'If present, text/plain and text/html may only be provided once, text/plain first.')
  for (const [index, part] of (mail.content ?? []).entries())
    if (!part.value) fault(`content.${index}.value`, 'The content value must be a string at least one character in length.')
  return faults
}

/** What SendGrid makes of one personalization: its tags replaced in subject and content, one after another. */
export function substitute(text: string, substitutions: Record<string, string> | undefined): string {
  let result = text
  for (const [tag, value] of Object.entries(substitutions ?? {})) result = result.replaceAll(tag, () => value)
  return result
}
