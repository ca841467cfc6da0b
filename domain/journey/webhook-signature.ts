import { createHmac } from 'node:crypto'

/** The header that proves who called: `t=<seconds>,v1=<hex HMAC-SHA-256 of "<seconds>.<body>">`. */
export const signatureHeader = 'perennial-signature'

export function sign(secret: string, body: string, at: Date): string {
  const seconds = Math.floor(at.getTime() / 1_000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}

/** The secret receivers check signatures with: made from the installation's own, which it does not give away. */
export const webhookSecret = (secretKey: string): string =>
  `whsec_${createHmac('sha256', secretKey).update('webhooks of journeys').digest('base64url')}`
