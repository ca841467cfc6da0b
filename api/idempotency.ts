import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { fault, PerennialError } from '../domain/errors.ts'
import { seal, unseal } from '../domain/seal.ts'
import { type KeptAnswer, release, reserve, settle } from '../prisma/queries/idempotency.ts'
import type { Deps } from './deps.ts'

const keptHeaders = ['content-type', 'etag', 'location'] as const

declare module 'fastify' {
  interface FastifyRequest {
    /** The Idempotency-Key this request holds until it is answered. */
    heldKey: string | undefined
  }
}

/** The Idempotency-Key of a request, or undefined. Throws `malformed` for one that is not 1 to 255 visible characters. */
export function idempotencyKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key))
    throw new PerennialError('malformed', t => t.refusals.badIdempotencyKey, {
      faults: [fault('/headers/idempotency-key', 'invalidKey', t => t.refusals.visibleAscii)],
    })
  return key
}

/**
 * Takes the request's key, for a body whose hash is `digest`. True when this is the first such request; false when the first
 * answer has been sent again. Throws `idempotencyConflict` for another request, `conflict` while the first is under way.
 */
export async function holdKey(deps: Deps, request: FastifyRequest, reply: FastifyReply, digest: Buffer): Promise<boolean> {
  const key = idempotencyKey(request)
  if (key === undefined) return true
  const path = `${request.method} ${request.url}`
  const reservation = await reserve(deps.db, { key, actor: request.actor.name, path, request: digest, at: deps.clock() })
  switch (reservation.kind) {
    case 'first':
      request.heldKey = key
      return true
    case 'again':
      reply.code(reservation.status).headers({ ...reservation.answer.headers, 'idempotent-replayed': 'true' })
      reply
        .serializer(body => String(body))
        // What was sealed under another SECRET_KEY nobody reads again: the answer is without it.
        .send(secret(request) ? (unseal(deps.config.secretKey, reservation.answer.body) ?? '{}') : reservation.answer.body)
      return false
    case 'other':
      throw new PerennialError('idempotencyConflict', t => t.refusals.keyUsed)
    case 'underway':
      throw new PerennialError('conflict', t => t.refusals.keyUnderWay, {
        retryAfterSeconds: 1,
      })
  }
}

/** Answers that hold a key are kept sealed; all others plain, so that an erasure finds whom they name. */
const secret = (request: FastifyRequest): boolean => request.routeOptions.config.secret === true

/** Runs before the handler of a route marked `idempotent`. A streamed body is hashed by its own route, which calls holdKey itself. */
export const holdKeyOfRoute = (deps: Deps) => async (request: FastifyRequest, reply: FastifyReply) => {
  if (!request.routeOptions.config.idempotent) return
  const digest = createHash('sha256')
    .update(JSON.stringify(request.body ?? null))
    .digest()
  if (!(await holdKey(deps, request, reply, digest))) return reply
}

/** Runs before an answer leaves: a good one is kept first, a refusal frees the key. */
export const settleKey = (deps: Deps) => async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
  const key = request.heldKey
  if (key === undefined) return
  request.heldKey = undefined
  try {
    if (reply.statusCode >= 400) await release(deps.db, key, request.actor.name)
    else {
      const headers: KeptAnswer['headers'] = {}
      for (const name of keptHeaders) if (reply.hasHeader(name)) headers[name] = String(reply.getHeader(name))
      const body = typeof payload === 'string' ? payload : ''
      await settle(deps.db, key, request.actor.name, reply.statusCode, {
        body: secret(request) ? seal(deps.config.secretKey, body) : body,
        headers,
      })
    }
  } catch (error) {
    // What was asked for is done; without its record a repetition is told that the first is under way, and may run after a while.
    request.log.error({ err: error, requestId: request.id }, 'could not keep the answer of an Idempotency-Key')
  }
}
