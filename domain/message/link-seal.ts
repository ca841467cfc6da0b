import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'

/** Longer addresses are not sealed: a link must fit into a request line. */
export const longestSealed = 2_000

/**
 * Closes an address that is a person's own into the name of a link: nobody reads it on its way (AES-256-CTR), and nobody can make
 * one (HMAC-SHA256, whose first 16 bytes are the counter's start: synthetic, as in RFC 5297, so that the same address in the same
 * message has the same name). It opens again only beside the token it was closed for.
 */
export function sealLink(secretKey: string, token: string, url: string): string {
  const { cipher, mac } = keysOf(secretKey)
  const text = Buffer.from(url, 'utf8')
  const start = macOf(mac, token, text)
  return Buffer.concat([start, createCipheriv('aes-256-ctr', cipher, start).update(text)]).toString('base64url')
}

/** The address that `sealLink` closed for this token; undefined for whatever was not made here. */
export function unsealLink(secretKey: string, token: string, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length <= 16 || bytes.toString('base64url') !== sealed) return undefined
  const { cipher, mac } = keysOf(secretKey)
  const start = bytes.subarray(0, 16)
  const text = createDecipheriv('aes-256-ctr', cipher, start).update(bytes.subarray(16))
  return timingSafeEqual(macOf(mac, token, text), start) ? text.toString('utf8') : undefined
}

const macOf = (key: Buffer, token: string, text: Buffer): Buffer =>
  createHmac('sha256', key).update(`${token}\n`).update(text).digest().subarray(0, 16)

const keys = new Map<string, { cipher: Buffer; mac: Buffer }>()

function keysOf(secretKey: string): { cipher: Buffer; mac: Buffer } {
  const known = keys.get(secretKey)
  if (known) return known
  const key = (use: string) => createHmac('sha256', secretKey).update(`links of one person: ${use}`).digest()
  const made = { cipher: key('cipher'), mac: key('mac') }
  keys.set(secretKey, made)
  return made
}
