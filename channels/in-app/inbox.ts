import type { Channel } from '../channel.ts'
import { keep, type MessageStore } from '../store.ts'

/** In-app messages: accepted when they are in the store, which the person's inbox shows. */
export function createInbox(store: MessageStore): Channel {
  return { kind: 'inApp', provider: 'inbox', maxBatch: 1_000, send: batch => keep(store, batch) }
}
