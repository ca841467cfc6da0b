import { createHmac, timingSafeEqual } from 'node:crypto'

const macBytes = 16
const bodyBytes = 9

/** Whose inbox a token opens, and until when. */
export interface InboxGrant {
  /** The customer's own number in this database. */
  customer: number
  expiresAt: Date
}

/** A token that opens one customer's inbox until a time, and nothing else: signed, opaque, 34 characters, safe in a header. */
export function inboxToken(secretKey: string, { customer, expiresAt }: InboxGrant): string {
  const body = Buffer.alloc(bodyBytes)
  body.writeUInt32BE(customer, 0)
  body.writeUIntBE(Math.floor(expiresAt.getTime() / 1_000), 4, 5)
  return Buffer.concat([body, mac(secretKey, body)]).toString('base64url')
}

/** What a token opens at a moment; undefined when it was not made here, was altered, or is over. */
export function readInboxToken(secretKey: string, token: string, at: Date): InboxGrant | undefined {
  if (!/^[\w-]{20,64}$/.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== bodyBytes + macBytes || bytes.toString('base64url') !== token) return undefined
  const body = bytes.subarray(0, bodyBytes)
  if (!timingSafeEqual(mac(secretKey, body), bytes.subarray(bodyBytes))) return undefined
  const expiresAt = new Date(body.readUIntBE(4, 5) * 1_000)
  return expiresAt > at ? { customer: body.readUInt32BE(0), expiresAt } : undefined
}

const mac = (secretKey: string, body: Buffer): Buffer =>
  createHmac('sha256', secretKey).update('inbox').update(body).digest().subarray(0, macBytes)
