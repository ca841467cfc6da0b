import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { PerennialError } from '../domain/errors.ts'
import { findKey, keyUsed } from '../prisma/queries/keys.ts'
import type { Deps } from './deps.ts'
import { sessionKey } from './session.ts'

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
  /** Of the key, in words; the installation's own owner key has neither. */
  label?: string
  keyId?: number
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key must allow; every route says so. */
    needs?: Permission
    /** Takes an Idempotency-Key. */
    idempotent?: boolean
    /** Its answer holds a key that is shown once: what is kept of it for repetitions is sealed. */
    secret?: boolean
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

/** Whose key has this hash; undefined when it is not known or was revoked. */
export async function actorOf({ db, config }: Pick<Deps, 'db' | 'config'>, hash: Buffer): Promise<Actor | undefined> {
  if (hash.length === 32 && timingSafeEqual(hash, hashKey(config.apiKey))) return { name: 'owner', role: 'owner' }
  const row = await findKey(db, hash)
  return row && { name: `key_${row.id}`, role: roleSchema.parse(row.role), label: row.name, keyId: row.id }
}

/** How often the use of a key is written down at most. */
const noteEveryMs = 60_000

/** Checks the key of every request, or the session of the web page, against what its route needs. Throws `unauthorized` or `forbidden`. */
export function authenticate(deps: Pick<Deps, 'db' | 'config' | 'clock'>) {
  const noted = new Map<number, number>()
  /** Beside the request, never in its way: an owner who cleans up wants to see a key that nobody uses. */
  const note = (keyId: number | undefined) => {
    const at = deps.clock()
    if (keyId === undefined || at.getTime() - (noted.get(keyId) ?? Number.NEGATIVE_INFINITY) < noteEveryMs) return
    noted.set(keyId, at.getTime())
    void keyUsed(deps.db, keyId, at).catch(() => noted.delete(keyId))
  }
  return async (request: FastifyRequest): Promise<void> => {
    const needs = request.routeOptions.config.needs ?? 'public'
    if (needs === 'public') return
    const key = keyOf(request.headers.authorization)
    const hash = key ? hashKey(key) : sessionKey(request, deps.config, deps.clock())
    if (!hash) throw new PerennialError('unauthorized', t => t.refusals.needsKey)
    const actor = await actorOf(deps, hash)
    if (!actor) throw new PerennialError('unauthorized', t => t.refusals.unknownKey)
    if (!allowed[needs].includes(actor.role))
      throw new PerennialError('forbidden', t => t.refusals.roleTooLow(actor.role, allowed[needs]))
    request.actor = actor
    note(actor.keyId)
  }
}
