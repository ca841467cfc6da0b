import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type ErrorCode, errorCodes, errorEntry, type Fault, fault, faultIn, PerennialError, pointer } from '../domain/errors.ts'
import { issueHint, issueSays } from '../domain/texts/field.ts'
import type { Language } from '../domain/texts/language.ts'
import { asWritten, say, textsIn } from '../domain/texts/texts.ts'
import { languageOfRequest } from './language.ts'

/** RFC 9457, as every refusal of this API looks. `path` is a JSON pointer into what was sent. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(z.object({ path: z.string(), code: z.string(), message: z.string(), hint: z.string() })),
    requestId: z.string().optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof problemSchema>

/** How many faults one answer names; a body of a million wrong fields gets a short answer too. */
const faultsShown = 50

/** Any error as the PerennialError that callers get to see. What is not foreseen is `internal`, without its message. */
export function understand(error: unknown): PerennialError {
  if (error instanceof PerennialError) return error
  if (error instanceof z.core.$ZodError) return fromIssues(error.issues as readonly Issue[])
  return (
    fromFramework(error) ??
    fromDatabase(error) ??
    new PerennialError('internal', t => t.refusals.couldNotAnswer, { cause: error })
  )
}

/** The problem document of an error and the headers that go with it. */
export function toProblem(
  error: PerennialError,
  { requestId, language = 'en' }: { requestId?: string; language?: Language } = {},
): { headers: Record<string, string>; body: Problem } {
  const entry = errorEntry(error.code, textsIn[language])
  const faults: Fault[] = error.faults.length > 0 ? error.faults.slice(0, faultsShown) : [fault('', error.code, error.says)]
  const retryAfter = error.retryAfterSeconds ?? (entry.status === 503 || entry.status === 429 ? 2 : undefined)
  return {
    headers: {
      'content-type': 'application/problem+json; charset=utf-8',
      'content-language': language,
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      ...(error.code === 'unauthorized' ? { 'www-authenticate': 'Bearer realm="perennial"' } : {}),
    },
    body: {
      type: `urn:perennial:problem:${error.code}`,
      title: entry.title,
      status: entry.status,
      detail: say(error.says, language),
      errors: faults.map(each => ({ hint: entry.hint, ...faultIn(each, textsIn[language]) })),
      ...(requestId ? { requestId } : {}),
    },
  }
}

/** Fastify's error handler: one line in the log for what is our fault, a problem document for the caller. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = understand(error)
  if (known.code === 'internal') request.log.error({ err: known.cause ?? known, requestId: request.id }, 'unforeseen error')
  return sendProblem(request, reply, known)
}

/** Refuses in the caller's language. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: PerennialError): FastifyReply {
  const { headers, body } = toProblem(error, { requestId: request.id, language: languageOfRequest(request) })
  return reply.code(body.status).headers(headers).serializer(JSON.stringify).send(body)
}

export interface Issue {
  code: string
  path: readonly PropertyKey[]
  message: string
  input?: unknown
  keys?: readonly string[]
  errors?: readonly (readonly Issue[])[]
  /** Of our own findings: what exactly is wrong, and what to do about it. */
  params?: { code?: unknown; hint?: unknown; says?: unknown }
}

/** Findings of schemas that are not about the form: it is right, and cannot mean anything. */
const meaningless = new Set<unknown>(['tooDeep', 'tooLarge', 'notBuilt'])

/** zod's findings as faults: a union tells of the branch that came closest, an unknown key is named itself. */
export function faultsOf(issues: readonly Issue[], base: readonly PropertyKey[] = []): Fault[] {
  return issues.flatMap(issue => {
    const path = [...base, ...issue.path]
    if (issue.code === 'unrecognized_keys' && issue.keys)
      return issue.keys.map(key => fault(pointer([...path, key]), 'unknownField', t => t.fields.unknownField(key)))
    if (issue.code === 'invalid_union' && issue.errors && issue.errors.length > 0) {
      const depth = (branch: readonly Issue[]) => Math.max(0, ...branch.map(each => each.path.length))
      const closest = issue.errors.reduce((best, branch) => (depth(branch) > depth(best) ? branch : best))
      if (depth(closest) > 0) return faultsOf(closest, path)
    }
    const code = typeof issue.params?.code === 'string' ? issue.params.code : issue.code
    return [fault(pointer(path), code, issueSays(issue), issueHint(issue))]
  })
}

/** A refusal that names what zod found; `base` leads to what it looked at (nothing for the body). */
export function fromIssues(issues: readonly Issue[], base: readonly PropertyKey[] = []): PerennialError {
  const faults = faultsOf(issues, base)
  const first = faults[0]
  const formed = issues.length > 0 && issues.every(issue => meaningless.has(issue.params?.code))
  return new PerennialError(
    formed ? 'unprocessable' : 'malformed',
    texts =>
      first
        ? texts.fields.first(first.path || texts.fields.body, faultIn(first, texts).message, faults.length - 1)
        : texts.fields.notValid,
    { faults },
  )
}

const byStatus = new Map<number, ErrorCode>(errorCodes.toReversed().map(code => [errorEntry(code).status, code]))

/** Errors that Fastify throws before a handler runs carry a status below 500: the request was wrong. */
function fromFramework(error: unknown): PerennialError | undefined {
  if (!(error instanceof Error)) return undefined
  const status = (error as { statusCode?: unknown }).statusCode
  if (typeof status !== 'number' || status < 400 || status >= 500) return undefined
  const code = status === 409 ? 'conflict' : status === 403 ? 'forbidden' : (byStatus.get(status) ?? 'malformed')
  return new PerennialError(code, asWritten(error.message || STATUS_CODES[status] || 'The request is not valid.'), {
    cause: error,
  })
}

const away = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
])

/** A database that is away or too busy is a 503; text it cannot hold was the caller's. */
function fromDatabase(error: unknown): PerennialError | undefined {
  if (!(error instanceof Error)) return undefined
  const code = String((error as { code?: unknown }).code ?? '')
  const gone =
    away.has(code) ||
    /^(08|53|57P|25P03|55P03)/.test(code) ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Cannot use a pool after calling end/.test(
      error.message,
    )
  if (gone) return new PerennialError('unavailable', t => t.refusals.databaseAway, { cause: error })
  if (/^(40001|40P01|P2034)$/.test(code))
    return new PerennialError('unavailable', t => t.refusals.tooMuchAtOnce, {
      cause: error,
      retryAfterSeconds: 1,
    })
  if (/^(22|54)/.test(code)) return new PerennialError('malformed', t => t.refusals.cannotBeStored, { cause: error })
  return error.cause instanceof Error ? fromDatabase(error.cause) : undefined
}
