/** A stretch of a text: words that are the same for everybody, or the number of an open place. */
export type Piece = string | number

/** The fields a channel sends: `subject`, `html`, `text` for e-mail; `body` for SMS; `title`, `body`, `action` (an address), `actionLabel` for in-app. */
export type LetterField = 'subject' | 'html' | 'text' | 'body' | 'title' | 'action' | 'actionLabel'

/** A message for many: its constant text once, with numbered open places that each person's values fill. */
export interface Letter {
  fields: Partial<Record<LetterField, readonly Piece[]>>
  /** How many open places there are: every envelope brings this many values. */
  places: number
}

/** One person's text of a field. */
export function fill(pieces: readonly Piece[], values: readonly string[]): string {
  let text = ''
  for (const piece of pieces) text += typeof piece === 'string' ? piece : (values[piece] ?? '')
  return text
}
