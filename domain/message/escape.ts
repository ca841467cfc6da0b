const named: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' }

/** Text made safe between tags and inside quoted attributes; the same five characters as liquidjs' own `escape`. */
export const escapeHtml = (text: string): string =>
  /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, character => named[character]!) : text

const breaks = /[\p{Cc}\u2028\u2029]+/u
const allBreaks = new RegExp(breaks, 'gu')

/** Text on one line: a person's attribute must not be able to start a new header. */
export const oneLine = (text: string): string => (breaks.test(text) ? text.replace(allBreaks, ' ') : text)
