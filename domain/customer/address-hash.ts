import { createHmac } from 'node:crypto'
import type { ChannelKind } from '../message/kinds.ts'

/**
 * An address as a keyed hash, so that it can be suppressed for good without being kept. E-mail is compared without regard
 * to case, as mailboxes are in practice. 32 bytes.
 */
export function addressHash(secretKey: string, channel: ChannelKind, address: string): Buffer {
  return createHmac('sha256', secretKey)
    .update(`address:${channel}:${channel === 'email' ? address.trim().toLowerCase() : address}`)
    .digest()
}
