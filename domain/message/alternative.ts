import { fill, type Piece } from './letter.ts'
import { marked, textPieces, unmarked } from './plain-text.ts'

/** A dynamic part of an HTML field: its place there, and the place of the same thing as text, made on demand. */
export interface HtmlPart {
  place: number
  /** It may print tags: the text around it depends on what it prints. */
  markup: boolean
  text(): number
}

/** The text made from HTML: pieces where they are the same for everybody, else a way to make each person's. */
export type TextAlternative = { pieces: Piece[]; perPerson?: undefined } | { perPerson(values: readonly string[]): string }

/** As many different shapes of one letter are remembered; beyond them it starts anew. */
const remembered = 256

/**
 * The text alternative of an HTML field. HTML becomes text once per letter, with marks where the places are open; where
 * parts print tags themselves, once for every different thing that those parts print.
 */
export function alternativeOf(parts: readonly (string | HtmlPart)[]): TextAlternative {
  const markup = parts.filter(part => typeof part !== 'string' && part.markup) as HtmlPart[]
  if (markup.length === 0) {
    // Marks name positions in `parts`, so that only places that reach the text are made.
    const html = parts.map((part, i) => (typeof part === 'string' ? unmarked(part) : marked(i))).join('')
    return { pieces: textPieces(html).map(piece => (typeof piece === 'string' ? piece : (parts[piece] as HtmlPart).text())) }
  }
  const steps = parts.map(part => (typeof part === 'string' ? unmarked(part) : part.markup ? part.place : marked(part.text())))
  const shapes = new Map<string, Piece[]>()
  return {
    perPerson(values) {
      const printed = markup.map(({ place }) => unmarked(values[place] ?? ''))
      const key = printed.join('\u0000')
      let pieces = shapes.get(key)
      if (!pieces) {
        if (shapes.size >= remembered) shapes.clear()
        pieces = textPieces(steps.map(step => (typeof step === 'string' ? step : unmarked(values[step] ?? ''))).join(''))
        shapes.set(key, pieces)
      }
      return fill(pieces, values)
    },
  }
}
