import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Whether Stripe signed this webhook (https://docs.stripe.com/webhooks#verify-manually): HMAC-SHA256 over `t.body`, one of
 * the `v1` signatures (there are two while a secret is being rolled), not older or newer than the tolerance. `now` in Unix
 * milliseconds. False for whatever is missing, malformed or altered.
 */
export function verifyStripe(
  secret: string,
  signature: string | undefined,
  rawBody: Buffer | string,
  now: number,
  toleranceSeconds = 300,
): boolean {
  if (!secret || !signature) return false
  const pairs = signature.split(',').map(pair => pair.trim().split('=', 2) as [string, string?])
  const timestamp = pairs.find(([name]) => name === 't')?.[1]
  if (!timestamp || !/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(now / 1_000 - Number(timestamp)) > toleranceSeconds) return false
  const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(rawBody).digest()
  return pairs.some(([name, value]) => name === 'v1' && value !== undefined && equal(Buffer.from(value, 'hex'), expected))
}

const equal = (a: Buffer, b: Buffer) => a.length === b.length && timingSafeEqual(a, b)
