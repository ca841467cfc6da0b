import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a link in a message may do. */
export type TokenUse = 'unsubscribe' | 'preferences' | 'click' | 'survey'

const macBytes = 12

/** A link's token: the message it belongs to, signed for one use. Opaque, about 38 characters, safe in a URL. */
export function messageToken(secretKey: string, use: TokenUse, messageId: string): string {
  const id = Buffer.from(messageId.replaceAll('-', ''), 'hex')
  return Buffer.concat([id, mac(secretKey, use, id)]).toString('base64url')
}

/** The message a token belongs to; undefined when it was not made here for this use. */
export function readMessageToken(secretKey: string, use: TokenUse, token: string): string | undefined {
  if (!/^[\w-]{20,64}$/.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== 16 + macBytes || bytes.toString('base64url') !== token) return undefined
  const id = bytes.subarray(0, 16)
  if (!timingSafeEqual(mac(secretKey, use, id), bytes.subarray(16))) return undefined
  const hex = id.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const mac = (secretKey: string, use: TokenUse, id: Buffer): Buffer =>
  createHmac('sha256', secretKey).update(use).update(id).digest().subarray(0, macBytes)
