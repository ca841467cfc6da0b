/**
 * One catalogue of what can go wrong. The API answers with a problem of this code and status; activities turn it into a
 * failure that Temporal retries only when `retryable`. Every entry carries what the reader can do about it.
 */
const catalogue = {
  malformed: {
    status: 400,
    title: 'The request is not of the expected form',
    retryable: false,
    hint: 'Correct the named fields and send it again.',
  },
  unauthorized: {
    status: 401,
    title: 'No valid key',
    retryable: false,
    hint: 'Send "Authorization: Bearer KEY" with a key of this installation.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed for this role',
    retryable: false,
    hint: 'Use a key whose role allows this, or ask an owner.',
  },
  badSignature: {
    status: 403,
    title: 'The signature does not match',
    retryable: false,
    hint: 'Check the signing key configured for this provider.',
  },
  notFound: { status: 404, title: 'There is no such thing', retryable: false, hint: 'Check the name in the path.' },
  methodNotAllowed: {
    status: 405,
    title: 'This path does not take that method',
    retryable: false,
    hint: 'See /docs for the methods of this path.',
  },
  conflict: {
    status: 409,
    title: 'Not possible in the present state',
    retryable: false,
    hint: 'Read the current state and decide again.',
  },
  idempotencyConflict: {
    status: 409,
    title: 'This Idempotency-Key was used with another request',
    retryable: false,
    hint: 'Use a new key for a new request.',
  },
  stale: {
    status: 412,
    title: 'It was changed by somebody else meanwhile',
    retryable: false,
    hint: 'Read it again, then send your change with the new version in If-Match.',
  },
  tooLarge: { status: 413, title: 'The request is too large', retryable: false, hint: 'Send it in smaller parts.' },
  unsupportedMedia: {
    status: 415,
    title: 'This content type is not understood',
    retryable: false,
    hint: 'Send application/json, or what /docs names for this path.',
  },
  unprocessable: {
    status: 422,
    title: 'Well-formed, but it cannot mean anything',
    retryable: false,
    hint: 'Correct the named fields.',
  },
  tooMany: { status: 429, title: 'Too many requests', retryable: true, hint: 'Wait as long as Retry-After says.' },
  internal: {
    status: 500,
    title: 'Something went wrong here',
    retryable: true,
    hint: 'Try again; if it stays, give the operator the request id.',
  },
  notBuilt: { status: 501, title: 'Not built yet', retryable: false, hint: 'See CHANGELOG.md for what stands.' },
  unavailable: {
    status: 503,
    title: 'A part this needs is away',
    retryable: true,
    hint: 'Try again after the seconds in Retry-After.',
  },
} as const

export type ErrorCode = keyof typeof catalogue

/** One fault in one field: `path` is a JSON pointer into what was sent. */
export interface Fault {
  path: string
  code: string
  message: string
  hint?: string
}

export const errorCodes = Object.keys(catalogue) as ErrorCode[]
export const errorEntry = (code: ErrorCode) => catalogue[code]

/** The one error class of the project: a code of the catalogue, what happened in one sentence, and the faulty fields. */
export class PerennialError extends Error {
  readonly code: ErrorCode
  readonly faults: readonly Fault[]
  readonly retryAfterSeconds: number | undefined
  constructor(
    code: ErrorCode,
    detail: string,
    options: { faults?: readonly Fault[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'PerennialError'
    this.code = code
    this.faults = options.faults ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
  }
  get status(): number {
    return catalogue[this.code].status
  }
}

/** Shorthand for the most common refusal: one field that is wrong. */
export function unprocessable(path: string, code: string, message: string, hint?: string): PerennialError {
  return new PerennialError('unprocessable', message, { faults: [{ path, code, message, ...(hint ? { hint } : {}) }] })
}

/** A JSON pointer from path parts (RFC 6901). */
export const pointer = (parts: readonly PropertyKey[]): string =>
  parts.map(part => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
