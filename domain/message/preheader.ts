import type { Piece } from './letter.ts'
import { append } from './pieces.ts'

// Without the padding, mail clients go on reading into the letter where the preheader ends.
const before =
  '<div data-preheader style="display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all">'
const after = `${'&#847;&zwnj;&nbsp;'.repeat(20)}</div>`

/** The letter with its preheader: a hidden block at the start of the body, or of the text where no body tag stands in its constant words. */
export function withPreheader(html: readonly Piece[], preheader: readonly Piece[]): Piece[] {
  const block = [before, ...preheader, after]
  const [index, offset] = bodyStart(html) ?? [0, 0]
  const at = html[index]
  const pieces = append([], ...html.slice(0, index))
  if (typeof at === 'string') return append(pieces, at.slice(0, offset), ...block, at.slice(offset), ...html.slice(index + 1))
  return append(pieces, ...block, ...html.slice(index))
}

/** Just behind `<body …>`: the piece and the offset in it. The tag may have open places in its attributes. */
function bodyStart(html: readonly Piece[]): [number, number] | undefined {
  let quote = ''
  let inside = false
  for (let index = 0; index < html.length; index++) {
    const piece = html[index]
    if (typeof piece !== 'string') continue
    let offset = 0
    if (!inside) {
      const match = /<body(?=[\s>/]|$)/i.exec(piece)
      if (!match) continue
      inside = true
      offset = match.index + match[0].length
    }
    for (; offset < piece.length; offset++) {
      const character = piece[offset]!
      if (quote) quote = character === quote ? '' : quote
      else if (character === '"' || character === "'") quote = character
      else if (character === '>') return [index, offset + 1]
    }
  }
  return undefined
}
