import type { ChannelKind } from '../../domain/message/kinds.ts'
import type { Channel } from '../channel.ts'
import { keep, type MessageStore } from '../store.ts'

/** A channel without a provider: what it would have sent goes to an outbox to look at. Nothing leaves. */
export function createSandbox(kind: ChannelKind, store: MessageStore): Channel {
  return { kind, provider: 'sandbox', maxBatch: 1_000, send: batch => keep(store, batch) }
}
