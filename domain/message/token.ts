import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a link in a message may do, in the order of their parts of the signature: a new one goes to the end, and five are all. */
const uses = ['unsubscribe', 'preferences', 'click', 'survey'] as const
export type TokenUse = (typeof uses)[number]

const macBytes = 12

/** A link's token: the message it belongs to, signed for one use. Opaque, about 38 characters, safe in a URL. */
export const messageToken = (secretKey: string, use: TokenUse, messageId: string): string =>
  messageTokens(secretKey, messageId)(use)

/** All tokens of one message, by a single signature, made when the first is asked for. */
export function messageTokens(secretKey: string, messageId: string): (use: TokenUse) => string {
  let id: Buffer | undefined
  let signature: Buffer | undefined
  return use => {
    id ??= Buffer.from(messageId.replaceAll('-', ''), 'hex')
    signature ??= sign(secretKey, id)
    return Buffer.concat([id, macOf(signature, use)]).toString('base64url')
  }
}

/** The message a token belongs to; undefined when it was not made here for this use. */
export function readMessageToken(secretKey: string, use: TokenUse, token: string): string | undefined {
  if (!/^[\w-]{20,64}$/.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== 16 + macBytes || bytes.toString('base64url') !== token) return undefined
  const id = bytes.subarray(0, 16)
  const mac = bytes.subarray(16)
  if (!timingSafeEqual(macOf(sign(secretKey, id), use), mac) && !timingSafeEqual(earlierMac(secretKey, use, id), mac))
    return undefined
  const hex = id.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Parts of one HMAC that do not overlap are as independent as several HMACs, and cost one. */
const sign = (secretKey: string, id: Buffer): Buffer =>
  createHmac('sha512', secretKey).update('links of a message').update(id).digest()

const macOf = (signature: Buffer, use: TokenUse): Buffer => {
  const from = uses.indexOf(use) * macBytes
  return signature.subarray(from, from + macBytes)
}

/** How links were signed until the tokens of a message shared a signature: what was sent then still works. */
const earlierMac = (secretKey: string, use: TokenUse, id: Buffer): Buffer =>
  createHmac('sha256', secretKey).update(use).update(id).digest().subarray(0, macBytes)
