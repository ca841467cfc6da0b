import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { PerennialError } from '../domain/errors.ts'
import { findKey } from '../prisma/queries/keys.ts'
import type { Deps } from './deps.ts'

export const roles = ['owner', 'author', 'approver', 'viewer', 'ingest'] as const
export const roleSchema = z.enum(roles)
export type Role = z.infer<typeof roleSchema>

/** What a route asks for; `public` routes ask for nothing. */
export type Permission = 'public' | 'ingest' | 'read' | 'draft' | 'launch' | 'manage'

const allowed: Record<Exclude<Permission, 'public'>, readonly Role[]> = {
  ingest: ['owner', 'ingest'],
  read: ['owner', 'author', 'approver', 'viewer'],
  draft: ['owner', 'author', 'approver'],
  launch: ['owner', 'approver'],
  manage: ['owner'],
}

/** Who asks: `name` is opaque and fit for logs and audit. */
export interface Actor {
  name: string
  role: Role
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key must allow; every route says so. */
    needs?: Permission
    /** Takes an Idempotency-Key. */
    idempotent?: boolean
  }
  interface FastifyRequest {
    actor: Actor
  }
}

/** Keys are random and long, so a plain hash is enough and can be looked up by index. */
export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest()

/** The key of a request: bearer, or the user name of HTTP Basic as Segment-compatible SDKs send their write key. */
export function keyOf(authorization: string | undefined): string | undefined {
  const match = /^(bearer|basic)\s+(\S+)\s*$/i.exec(authorization ?? '')
  if (!match) return undefined
  if (match[1]!.toLowerCase() === 'bearer') return match[2]
  const name = Buffer.from(match[2]!, 'base64').toString('utf8').split(':', 1)[0]
  return name || undefined
}

/** Checks the key of every request against what its route needs. Throws `unauthorized` or `forbidden`. */
export function authenticate({ db, config }: Deps) {
  const owner = hashKey(config.apiKey)
  const whoIs = async (key: string): Promise<Actor | undefined> => {
    const hash = hashKey(key)
    if (timingSafeEqual(hash, owner)) return { name: 'owner', role: 'owner' }
    const row = await findKey(db, hash)
    return row && { name: `key_${row.id}`, role: roleSchema.parse(row.role) }
  }
  return async (request: FastifyRequest): Promise<void> => {
    const needs = request.routeOptions.config.needs ?? 'public'
    if (needs === 'public') return
    const key = keyOf(request.headers.authorization)
    if (!key) throw new PerennialError('unauthorized', 'This needs a key and none was sent.')
    const actor = await whoIs(key)
    if (!actor) throw new PerennialError('unauthorized', 'The key is not known here, or was revoked.')
    if (!allowed[needs].includes(actor.role))
      throw new PerennialError(
        'forbidden',
        `A key of role ${actor.role} does not allow this; it needs ${allowed[needs].join(' or ')}.`,
      )
    request.actor = actor
  }
}
