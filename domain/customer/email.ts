/**
 * An e-mail address as it is kept: without spaces around it, its domain in small letters; undefined when nothing could be sent
 * there. The local part stays as it is: it belongs to the receiving server.
 */
export function emailAddress(text: string): string | undefined {
  const trimmed = text.trim()
  const match = /^([^\s@<>()[\]\\,;:"\p{Cc}]{1,64})@([\p{L}\p{M}\p{N}.-]{1,253})$/u.exec(trimmed)
  if (!match || trimmed.length > 254) return undefined
  const [, local, domain] = match as unknown as [string, string, string]
  const labels = domain.toLowerCase().split('.')
  if (labels.length < 2 || labels.some(label => label === '' || label.startsWith('-') || label.endsWith('-'))) return undefined
  if (local.startsWith('.') || local.endsWith('.') || local.includes('..')) return undefined
  return `${local}@${labels.join('.')}`
}
