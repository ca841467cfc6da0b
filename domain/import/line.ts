import { momentOf } from '../segment/moment.ts'
import { type Sentence, type Texts, textsIn } from '../texts/texts.ts'

/** The texts of the catalogue that say why a line is not taken, with the facts each is made of. */
type Lines = Texts['lines']
export type LineText = keyof Lines
type FactsOf<Text extends LineText> = Lines[Text] extends (...facts: infer Facts extends (string | number)[]) => string
  ? Facts
  : []

/** Why a line is not taken: which text says it, of which facts, so that it can be kept and said in any language. It names fields and never what stood in them. */
export interface LineFault {
  code: string
  text: LineText
  facts: readonly (string | number)[]
}

/** What the reading of a line may rest on beside it. */
export interface RowContext {
  receivedAt: Date
  region: string
}

/** Takes a field of a line away; undefined when it says nothing. */
export type Take = (name: string) => string | undefined

export const fault = <Text extends LineText>(code: string, text: Text, ...facts: FactsOf<Text>): LineFault => ({
  code,
  text,
  facts,
})

/** What is wrong with one field by itself, as it is said elsewhere too. */
export const ofField = (code: string, field: string, says: Sentence): LineFault =>
  fault(code, 'ofField', field && `${field} `, says(textsIn.en), says(textsIn.sv))

export const isLineFault = (read: object): read is LineFault => 'code' in read

/** A kept fault in these texts; undefined where its text is known no more. */
export function lineSays({ text, facts }: Omit<LineFault, 'code'>, texts: Texts): string | undefined {
  const said = texts.lines[text] as string | ((...facts: readonly (string | number)[]) => string) | undefined
  return typeof said === 'function' ? said(...facts) : said
}

/** What lies further ahead than a day is refused rather than guessed at. */
export const futureMs = 24 * 3_600_000

/** Times of files: ISO 8601, or Unix seconds or milliseconds. */
export function timeOf(text: string): number | undefined {
  if (/^\d{10}(?:\.\d+)?$/.test(text)) return Math.round(Number(text) * 1_000)
  if (/^\d{13}$/.test(text)) return Number(text)
  return momentOf(text)
}
