import type { Consent } from '../customer/consent.ts'
import type { Settings } from '../settings.ts'
import { milliseconds } from '../time.ts'
import { type ChannelKind, channelKinds, type MessageClass } from './kinds.ts'

/** A frequency cap as a count: messages of these channels since a time, at most `max`. */
export interface CapWindow {
  channels: readonly ChannelKind[]
  since: Date
  max: number
  /** The cap's own words, for the evidence. */
  channel: ChannelKind | 'all'
  per: string
}

/** The caps that a message of this channel falls under, as windows that end at `at`. */
export function capWindows(caps: Settings['caps'], channel: ChannelKind, at: Date): CapWindow[] {
  return caps
    .filter(cap => cap.channel === channel || cap.channel === 'all')
    .map(cap => ({
      channels: cap.channel === 'all' ? channelKinds : [cap.channel],
      since: new Date(at.getTime() - milliseconds(cap.per)),
      max: cap.max,
      channel: cap.channel,
      per: cap.per,
    }))
}

/** Why an address must not be written to. */
export type SuppressionReason = 'bounce' | 'complaint' | 'stop' | 'unsubscribed' | 'manual' | 'import'

/** All that a verdict about one message to one customer rests on, already loaded. */
export interface SendFacts {
  /** The journey's time. */
  at: Date
  /** Spreads people deterministically where they are deferred. */
  customer: number
  channel: ChannelKind
  class: MessageClass
  topic: string | null
  /** E-mail address, E.164 number; for in-app anything but null. */
  address: string | null
  timezone: string | null
  erased?: boolean
  suppression?: { reason: string; at?: Date } | null
  /** The person's words about this channel (and topic). */
  consents: readonly Consent[]
  holdout?: boolean
  /** The goal's success event came, at this time. */
  goalReachedAt?: Date | null
  /** The campaign's exit rule holds. */
  exited?: boolean
  /** What the campaign may still spend; `cost` is this message's. */
  budget?: { amount: number; spent: number; cost: number; currency: string } | null
  ignoreCaps?: boolean
  caps?: readonly CapWindow[]
  /** How many counted messages stand in each window of `caps`. */
  capCounts?: readonly number[] | null
  quietHours?: 'respect' | 'ignore'
  /** After quiet hours people are spread over this long, each always to the same place; 0: all at the window's start. */
  spreadMs?: number
}
