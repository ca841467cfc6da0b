import { asWritten, type Sentence, say, type Texts, textsIn } from './texts/texts.ts'

/**
 * One catalogue of what can go wrong. The API answers with a problem of this code and status; activities turn it into a
 * failure that Temporal retries only when `retryable`. What each means and what the reader can do about it is in the catalogue
 * of texts (texts/en/problems.ts).
 */
const catalogue = {
  malformed: { status: 400, retryable: false },
  unauthorized: { status: 401, retryable: false },
  forbidden: { status: 403, retryable: false },
  badSignature: { status: 403, retryable: false },
  notFound: { status: 404, retryable: false },
  methodNotAllowed: { status: 405, retryable: false },
  conflict: { status: 409, retryable: false },
  idempotencyConflict: { status: 409, retryable: false },
  stale: { status: 412, retryable: false },
  tooLarge: { status: 413, retryable: false },
  unsupportedMedia: { status: 415, retryable: false },
  unprocessable: { status: 422, retryable: false },
  tooMany: { status: 429, retryable: true },
  internal: { status: 500, retryable: true },
  notBuilt: { status: 501, retryable: false },
  unavailable: { status: 503, retryable: true },
} as const

export type ErrorCode = keyof typeof catalogue

/** One fault in one field: `path` is a JSON pointer into what was sent. Its texts are English; `says` has them in every language. */
export interface Fault {
  path: string
  code: string
  message: string
  hint?: string
  says: { message: Sentence; hint?: Sentence; toJSON: () => undefined }
}

/** Sentences do not travel as JSON: an answer has the texts. */
const toJSON = () => undefined

/** A fault from sentences of the catalogue. */
export const fault = (path: string, code: string, message: Sentence, hint?: Sentence): Fault => ({
  path,
  code,
  message: say(message),
  ...(hint === undefined ? {} : { hint: say(hint) }),
  says: { message, ...(hint === undefined ? {} : { hint }), toJSON },
})

/** What is said of a fault in these texts, its hint only where it has one of its own. */
export const faultIn = ({ path, code, says }: Fault, texts: Texts): Omit<Fault, 'says'> => ({
  path,
  code,
  message: says.message(texts),
  ...(says.hint === undefined ? {} : { hint: says.hint(texts) }),
})

/** Faults in these texts, as an answer holds them. */
export const faultsIn = (faults: readonly Fault[], texts: Texts): Omit<Fault, 'says'>[] =>
  faults.map(each => faultIn(each, texts))

export const errorCodes = Object.keys(catalogue) as ErrorCode[]
export const errorEntry = (code: ErrorCode, texts: Texts = textsIn.en) => ({ ...catalogue[code], ...texts.problems[code] })

/** The one error class of the project: a code of the catalogue, what happened in one sentence, and the faulty fields. */
export class PerennialError extends Error {
  readonly code: ErrorCode
  readonly faults: readonly Fault[]
  readonly retryAfterSeconds: number | undefined
  /** What happened, for whoever reads it in another language than English. */
  readonly says: Sentence
  constructor(
    code: ErrorCode,
    detail: Sentence,
    options: { faults?: readonly Fault[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(say(detail), options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'PerennialError'
    this.code = code
    this.says = detail
    this.faults = options.faults ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
  }
  get status(): number {
    return catalogue[this.code].status
  }
}

/** What a fault says, whatever the language. */
export const saidBy = ({ says }: Fault): Sentence => says.message

/** A refusal because of these faults, of which there is at least one: it says what the first does, with its path where `named`. */
export const refusal = (code: ErrorCode, faults: readonly Fault[], named = false): PerennialError => {
  const [first] = faults
  const said = first ? saidBy(first) : asWritten('')
  return new PerennialError(code, named && first ? texts => `${first.path}: ${said(texts)}` : said, { faults })
}

/** Shorthand for the most common refusal: one field that is wrong. */
export function unprocessable(path: string, code: string, message: Sentence, hint?: Sentence): PerennialError {
  return new PerennialError('unprocessable', message, { faults: [fault(path, code, message, hint)] })
}

/** A JSON pointer from path parts (RFC 6901). */
export const pointer = (parts: readonly PropertyKey[]): string =>
  parts.map(part => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
