import type { FastifyReply, FastifyRequest } from 'fastify'
import { fault, PerennialError } from '../domain/errors.ts'

/** The version a writer has read, from `If-Match: "<version>"`; undefined without one or with `*`. Throws `malformed`. */
export function expectedVersion(request: FastifyRequest): number | undefined {
  const given = request.headers['if-match']?.trim()
  if (given === undefined || given === '*') return undefined
  const match = /^(?:W\/)?"?(\d{1,9})"?$/.exec(given)
  if (match) return Number(match[1])
  throw new PerennialError('malformed', t => `If-Match ${t.refusals.versionInQuotes}.`, {
    faults: [fault('/headers/if-match', 'invalidVersion', t => t.refusals.versionInQuotes)],
  })
}

/** Refuses a write whose author has read another version than the one that stands. */
export function checkVersion(request: FastifyRequest, standing: number): void {
  const expected = expectedVersion(request)
  if (expected !== undefined && expected !== standing)
    throw new PerennialError('stale', t => t.refusals.atVersion(standing, expected))
}

export const tag = (reply: FastifyReply, version: number): FastifyReply => reply.header('etag', `"${version}"`)
