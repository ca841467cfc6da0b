import type { Outcome } from '../channel.ts'
import { askedMs, misconfiguredMs, type Reply, redact, retryMs, unanswered } from '../wire.ts'

/** What a reply means for the personalizations of its request. */
export type Reading =
  /** The same for all of them. */
  | { means: 'all'; outcome: Outcome }
  /** Nothing was accepted, because of these: position → why. The others may go without them. */
  | { means: 'some'; refused: Map<number, Outcome> }
  /** Nothing was accepted, and it does not say because of whom. */
  | { means: 'somebody'; outcome: Outcome }
  /** Nothing was accepted: too large in one piece. */
  | { means: 'tooLarge'; outcome: Outcome }

/**
 * Reads SendGrid's answer to mail/send. 202 is its word that all were accepted (200 in sandbox mode); 4xx that none were.
 * 503 is documented as "the API is not available", which counts in SendGrid's own words only: a gateway on the way says
 * 503 also when it lost an answer. Of the other 5xx SendGrid says that an error happened while processing: unclear.
 */
export function readReply(reply: Reply, count: number, options: { sandboxMode: boolean; now: number; heldMs?: number }): Reading {
  const all = (outcome: Outcome): Reading => ({ means: 'all', outcome })
  if (!reply.answered) return all(unanswered(reply))
  const { status, headers, body } = reply
  const code = String(status)
  const errors = errorsOf(body)
  const detail = redact(errors.map(error => error.message).join(' ')) || `SendGrid answered ${status}`
  if (status === 202 || (status === 200 && options.sandboxMode)) {
    const id = headers['x-message-id']
    if (typeof id === 'string' && id) return all({ kind: 'accepted', providerId: id })
    return isEmpty(body)
      ? all({ kind: 'accepted' })
      : all({ kind: 'unclear', code: 'garbage', detail: 'the answer is not SendGrid’s' })
  }
  if (status === 400) return readBadRequest(errors, count, detail)
  if (status === 413) return { means: 'tooLarge', outcome: { kind: 'refused', code, detail } }
  if (status === 429 || (status === 503 && errors.length > 0))
    return all({ kind: 'later', code, detail, afterMs: options.heldMs ?? askedMs(headers, options.now) ?? retryMs })
  // A redirect that asks to send again elsewhere was not accepted here; the address is configured wrongly.
  const refusedUnread = (status > 400 && status < 500 && status !== 408) || [301, 302, 307, 308].includes(status)
  if (refusedUnread) return all({ kind: 'later', code, detail, afterMs: misconfiguredMs })
  return all({ kind: 'unclear', code, detail })
}

function readBadRequest(errors: readonly ProviderError[], count: number, detail: string): Reading {
  const refused = new Map<number, Outcome>()
  for (const { field, message } of errors) {
    const position = Number(/^personalizations[.[](\d+)/.exec(field)?.[1] ?? Number.NaN)
    if (position < count && !refused.has(position))
      refused.set(position, { kind: 'refused', code: '400', detail: redact(message) })
  }
  if (refused.size > 0) return { means: 'some', refused }
  // The sender is ours: nobody's message is wrong, and all of them can go when it is put right.
  if (errors.some(error => /^from\b/.test(error.field)))
    return { means: 'all', outcome: { kind: 'later', code: '400', detail, afterMs: misconfiguredMs } }
  return { means: 'somebody', outcome: { kind: 'refused', code: '400', detail } }
}

interface ProviderError {
  field: string
  message: string
}

/** `{errors: [{field, message, help}]}`, as documented; anything else is no errors. */
function errorsOf(body: unknown): ProviderError[] {
  const list = (body as { errors?: unknown } | null)?.errors
  if (!Array.isArray(list)) return []
  return list.map((error: { field?: unknown; message?: unknown } | null) => ({
    field: typeof error?.field === 'string' ? error.field : '',
    message: typeof error?.message === 'string' ? error.message : '',
  }))
}

const isEmpty = (body: unknown) =>
  body === undefined || body === null || body === '' || body === '{}' || JSON.stringify(body) === '{}'
