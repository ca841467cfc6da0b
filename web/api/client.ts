import type { Problem } from '../../api/contract.ts'

/** A refusal of the API, as its problem document says it. */
export class Refusal extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
  get status(): number {
    return this.problem.status
  }
  /** What is said about one field, by its JSON pointer. */
  at(pointer: string): string | undefined {
    return this.problem.errors.find(error => error.path === pointer)?.message
  }
}

let language = 'en'
/** In which language the API answers from now on. */
export const askIn = (next: string): void => {
  language = next
}

interface Ask {
  body?: unknown
  /** Of what is changed: If-Match. */
  version?: number | undefined
  /** Sends the body as it is. */
  type?: string
  signal?: AbortSignal
}

let leave = () => {}
/** What happens when a session is over. */
export const onSignedOut = (then: () => void): void => {
  leave = then
}

async function ask<Answer>(method: string, path: string, { body, version, type, signal }: Ask = {}): Promise<Answer> {
  const headers: Record<string, string> = { 'accept-language': language }
  if (body !== undefined) headers['content-type'] = type ?? 'application/json'
  if (version !== undefined) headers['if-match'] = `"${version}"`
  if (method === 'POST') headers['idempotency-key'] = crypto.randomUUID()
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: type ? (body as BodyInit) : JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Refusal({ type: '', title: '', status: 0, detail: 'unreachable', errors: [] })
  }
  const text = await response.text()
  const json = text && /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined
  if (response.ok) return json as Answer
  if (response.status === 401 && path !== '/v1/session') leave()
  throw new Refusal(
    json ?? { type: '', title: response.statusText, status: response.status, detail: response.statusText, errors: [] },
  )
}

export const api = {
  get: <Answer>(path: string, signal?: AbortSignal) => ask<Answer>('GET', path, signal ? { signal } : {}),
  post: <Answer>(path: string, body?: unknown, more: Ask = {}) => ask<Answer>('POST', path, { body, ...more }),
  put: <Answer>(path: string, body: unknown, version?: number) => ask<Answer>('PUT', path, { body, version }),
  patch: <Answer>(path: string, body: unknown) => ask<Answer>('PATCH', path, { body }),
  delete: (path: string, version?: number) => ask<void>('DELETE', path, { version }),
}

/** A path with its query; what is undefined or empty is left out. */
export function pathOf(path: string, query: Record<string, string | number | undefined>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`
}
