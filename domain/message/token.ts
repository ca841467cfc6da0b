import { type Cipher, createCipheriv, createHmac, timingSafeEqual } from 'node:crypto'

/** What a link in a message may do. */
export type TokenUse = 'unsubscribe' | 'preferences' | 'click' | 'survey'

const idBytes = 16
const macBytes = 12

/** A link's token: the message it belongs to, signed for one use. Opaque, about 38 characters, safe in a URL. */
export function messageToken(secretKey: string, use: TokenUse, messageId: string): string {
  const bytes = Buffer.allocUnsafe(idBytes + macBytes)
  for (let i = 0, at = 0; i < messageId.length; i++) {
    // Two digits make a byte; dashes stand between bytes.
    if (messageId[i] !== '-') bytes[at++] = (digit(messageId.charCodeAt(i)) << 4) | digit(messageId.charCodeAt(++i))
  }
  macOf(secretKey, use, bytes.subarray(0, idBytes)).copy(bytes, idBytes, 0, macBytes)
  return bytes.toString('base64url')
}

const digit = (code: number): number => (code & 0xf) + (code > 57 ? 9 : 0)

/** The message a token belongs to; undefined when it was not made here for this use. */
export function readMessageToken(secretKey: string, use: TokenUse, token: string): string | undefined {
  if (!/^[\w-]{20,64}$/.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== idBytes + macBytes || bytes.toString('base64url') !== token) return undefined
  const id = bytes.subarray(0, idBytes)
  const mac = bytes.subarray(idBytes)
  const ours = [macOf(secretKey, use, id), earlierMac(secretKey, use, id)].map(each => each.subarray(0, macBytes))
  if (!ours.some(each => timingSafeEqual(each, mac))) return undefined
  const hex = id.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/**
 * An id is one block of AES, and AES under a key of its own is a pseudorandom function of one block: the CBC-MAC of messages that are
 * all one block long (NIST SP 800-38B without its subkeys, which longer messages need). A tenth of what an HMAC costs, and every
 * letter carries two.
 */
const macOf = (secretKey: string, use: TokenUse, id: Buffer): Buffer => cipherFor(secretKey, use).update(id)

const ciphers = new Map<string, Map<TokenUse, Cipher>>()

function cipherFor(secretKey: string, use: TokenUse): Cipher {
  const ofKey = ciphers.get(secretKey) ?? new Map<TokenUse, Cipher>()
  ciphers.set(secretKey, ofKey)
  const known = ofKey.get(use)
  if (known) return known
  const key = createHmac('sha256', secretKey).update(`links of messages: ${use}`).digest()
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  ofKey.set(use, cipher)
  return cipher
}

/** How links were signed at first: what was sent then still works. */
const earlierMac = (secretKey: string, use: TokenUse, id: Buffer): Buffer =>
  createHmac('sha256', secretKey).update(use).update(id).digest()
