import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

const mark = 'v1.'

/** Closes a text so that the database alone cannot read it: AES-256-GCM under a key made from SECRET_KEY. `unseal` opens it again. */
export function seal(secretKey: string, text: string): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyOf(secretKey), iv)
  const closed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return mark + Buffer.concat([iv, cipher.getAuthTag(), closed]).toString('base64url')
}

/** What `seal` closed under the same key; undefined when it was closed under another, altered, or never closed. */
export function unseal(secretKey: string, sealed: string): string | undefined {
  if (!sealed.startsWith(mark)) return undefined
  const bytes = Buffer.from(sealed.slice(mark.length), 'base64url')
  if (bytes.length < 28) return undefined
  try {
    const opening = createDecipheriv('aes-256-gcm', keyOf(secretKey), bytes.subarray(0, 12)).setAuthTag(bytes.subarray(12, 28))
    return Buffer.concat([opening.update(bytes.subarray(28)), opening.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

const keyOf = (secretKey: string): Buffer => createHmac('sha256', secretKey).update('answers kept for repetition').digest()
