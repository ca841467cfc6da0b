import type { FastifyReply, FastifyRequest } from 'fastify'
import { PerennialError } from '../domain/errors.ts'
import { readSession, signSession } from '../domain/session.ts'
import type { ApiConfig } from './deps.ts'

const name = 'perennial_session'
const holdsMs = 7 * 86_400_000

/** Signs the browser in for the key of this hash, for a week. */
export function openSession(reply: FastifyReply, config: ApiConfig, keyHash: string, at: Date): void {
  const value = signSession(config.secretKey, 'session', { keyHash, until: at.getTime() + holdsMs })
  reply.header('set-cookie', `${name}=${value}; Max-Age=${holdsMs / 1000}; ${attributes(config)}`)
}

export function closeSession(reply: FastifyReply, config: ApiConfig): void {
  reply.header('set-cookie', `${name}=; Max-Age=0; ${attributes(config)}`)
}

/**
 * The hash of the key whose session the request carries, or undefined. A request that changes something must come from the
 * page itself: throws `forbidden` for one that another site sent.
 */
export function sessionKey(request: FastifyRequest, config: ApiConfig, at: Date): Buffer | undefined {
  const cookie = request.headers.cookie?.split(/;\s*/).find(part => part.startsWith(`${name}=`))
  const claim = cookie && readSession(config.secretKey, 'session', cookie.slice(name.length + 1), at.getTime())
  if (!claim) return undefined
  if (request.method !== 'GET' && request.method !== 'HEAD' && !isOwnPage(request, config))
    throw new PerennialError('forbidden', t => t.refusals.sessionOfPage)
  return Buffer.from(claim.keyHash, 'hex')
}

/** Every browser of today says where a request comes from; SameSite=Strict stands before this. */
const isOwnPage = ({ headers }: FastifyRequest, config: ApiConfig): boolean => {
  const origin = headers.origin
  if (typeof origin === 'string') {
    const host = URL.canParse(origin) ? new URL(origin).host : ''
    return host !== '' && (host === headers.host || host === new URL(config.publicUrl).host)
  }
  return headers['sec-fetch-site'] === 'same-origin'
}

const attributes = (config: ApiConfig): string =>
  `Path=/; HttpOnly; SameSite=Strict${config.publicUrl.startsWith('https:') ? '; Secure' : ''}`
