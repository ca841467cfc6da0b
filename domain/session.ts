import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a signed text is for: one made for the one use is nothing for the other. */
export type SessionUse = 'link' | 'session'

export interface SessionClaim {
  /** SHA-256 of the key it stands for, in hex: a key that is revoked or replaced ends every session of it. */
  keyHash: string
  /** Unix milliseconds. */
  until: number
}

/** A claim as text, signed for one use: fit for a cookie or a path. */
export function signSession(secretKey: string, use: SessionUse, claim: SessionClaim): string {
  const body = Buffer.from(JSON.stringify([claim.keyHash, claim.until])).toString('base64url')
  return `${body}.${mac(secretKey, use, body)}`
}

/** The claim of a text that was signed here for this use and still holds at `at` (Unix milliseconds), else undefined. */
export function readSession(secretKey: string, use: SessionUse, text: string, at: number): SessionClaim | undefined {
  const [body = '', signature = '', ...rest] = text.slice(0, 500).split('.')
  const expected = Buffer.from(mac(secretKey, use, body))
  const given = Buffer.from(signature)
  if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const [keyHash, until] = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as [string, number]
  return until > at ? { keyHash, until } : undefined
}

const mac = (secretKey: string, use: SessionUse, body: string): string =>
  createHmac('sha256', secretKey).update(`web ${use} `).update(body).digest('base64url')
