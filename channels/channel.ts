import type { ChannelKind, MessageClass } from '../domain/message/kinds.ts'
import type { Letter } from '../domain/message/letter.ts'
import type { ShortLink } from '../domain/message/short-links.ts'
import type { ProviderNews } from './provider-news.ts'

/** One person's copy of a letter. `messageId` is the ledger's id: the only thing about us that travels with it. */
export interface Envelope {
  messageId: string
  /** E-mail address or E.164 number; for in-app the customer's own id in this database. */
  to: string
  /** The person's values for the letter's open places, in order. */
  values: readonly string[]
  /** Set on e-mail that can be unsubscribed from: goes into List-Unsubscribe. */
  unsubscribeUrl?: string
  /** The short links in its values: kept by whoever claims the message, nothing to a channel. */
  links?: readonly ShortLink[]
}

/** What the provider did with one envelope. Everything but `unclear` is the provider's own clear word. */
export type Outcome =
  | { kind: 'accepted'; providerId?: string; segments?: number }
  /** Refused for good: this address, this content. `suppress` when the provider says the person must not be written to. */
  | { kind: 'refused'; code: string; detail: string; suppress?: 'stop' | 'bounce' }
  /** Clearly not accepted now; may be sent again after `afterMs`. */
  | { kind: 'later'; code: string; detail: string; afterMs: number }
  /** No clear answer: it may or may not have been accepted. */
  | { kind: 'unclear'; code: string; detail: string }

export interface Batch {
  letter: Letter
  class: MessageClass
  /** The letter tells of itself whether it was opened and followed: the provider shall not rewrite its links too. */
  ownTracking?: boolean
  /** At most `maxBatch` of the channel. */
  envelopes: readonly Envelope[]
  /** The journey's time in milliseconds since 1970. */
  at: number
  /** Asked right before a request begins: once it says no, what has not begun is handed back as `later`. */
  mayBegin?: () => boolean
}

/** What was not begun in time: it never left. */
export const notBegun: Outcome = {
  kind: 'later',
  code: 'notBegun',
  detail: 'it was not begun while it was surely ours',
  afterMs: 1_000,
}

/** What a channel owes an answer about, and gave none. */
export const noAnswer: Outcome = { kind: 'unclear', code: 'noAnswer', detail: 'the channel gave no answer' }

/** A way to reach people. Never throws for what a provider does: every envelope gets its outcome, in order. */
export interface Channel {
  kind: ChannelKind
  /** `sendgrid`, `twilio`, `inbox`, `sandbox`. */
  provider: string
  maxBatch: number
  send(batch: Batch): Promise<Outcome[]>
  /** Asks the provider whether it has a message whose sending got no clear answer; missing where it cannot be asked. Never throws. */
  seek?(question: Question): Promise<Evidence>
  /** What the provider's records say about a message it accepted, as news; missing where it cannot be asked. Never throws. */
  look?(providerId: string): Promise<ProviderNews | undefined>
  /** What the provider's records say about a message by our own id: `none` when they have none yet, undefined when it cannot be asked now. Never throws. */
  record?(messageId: string): Promise<ProviderRecord | 'none' | undefined>
}

/** A message as a provider's own records have it. */
export interface ProviderRecord {
  providerId: string
  state: 'accepted' | 'delivered' | 'notDelivered'
  /** Unix milliseconds. */
  at: number
}

/** A send without a clear answer, as a provider can be asked about it. */
export interface Question {
  /** The address it went to. */
  to: string
  /** The person's copy, as it was sent: the field a provider shows again (`body` of an SMS). */
  words: string
  /** When it was being sent, Unix milliseconds of the wall clock: claimed at `from`, given up at `until`. */
  from: number
  until: number
  /** Provider ids that belong to other messages of the ledger. */
  known: readonly string[]
}

/** What the provider's records say. Only `accepted` and `notAccepted` settle anything. */
export type Evidence =
  | { kind: 'accepted'; providerId: string }
  | { kind: 'notAccepted'; because: string }
  | { kind: 'unknown'; because: string }

export type Channels = Record<ChannelKind, Channel>
