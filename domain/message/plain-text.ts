import { compile } from 'html-to-text'
import type { Piece } from './letter.ts'
import { append } from './pieces.ts'

// Two characters of Unicode's private area stand around the number of an open place while HTML becomes text.
const open = '\uE000'
const close = '\uE001'

const convert = compile({
  wordwrap: false,
  formatters: {
    alternative: (element, _walk, builder) => {
      const words = (element as { attribs?: Record<string, string> }).attribs?.alt
      if (words) builder.addInline(words)
    },
  },
  selectors: [
    { selector: 'div[data-preheader]', format: 'skip' },
    { selector: 'img', format: 'alternative' },
    { selector: 'a', options: { noAnchorUrl: true, hideLinkHrefIfSameAsText: true } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map(selector => ({ selector, options: { uppercase: false } })),
  ],
})

/** Constant words of a template, without what this file uses for marks. */
export const unmarked = (text: string): string => (/[\uE000\uE001]/.test(text) ? text.replace(/[\uE000\uE001]/g, '') : text)

/** The mark of an open place in HTML that is about to become text. */
export const marked = (place: number): string => `${open}${place}${close}`

/** HTML with marks as text with open places. */
export function textPieces(html: string): Piece[] {
  const pieces: Piece[] = []
  for (const [i, part] of convert(html)
    .split(/\uE000(\d+)\uE001/)
    .entries())
    append(pieces, i % 2 === 0 ? part : Number(part))
  return pieces
}

/** HTML without tags, from the middle of a line, as text: entities become characters, blanks become one. */
export function inlineText(html: string): string {
  if (!/[&<\n\t\r]|\s\s/.test(html)) return html
  return convert(open + unmarked(html) + open).replaceAll(open, '')
}

/** The words of an HTML source, for a search in them. */
export const plainWords = (html: string): string => convert(html)
