import type { ReportKind } from '../domain/message/news.ts'

/** What a provider reports about a message after it was accepted. */
export type NewsKind = Exclude<ReportKind, 'replied'>

/** One report, in our words, whichever provider it came from. It may come twice, late and in any order. */
export interface ProviderNews {
  /** The provider's id of this report: the same id again is a repetition. */
  eventId: string
  /** The ledger's id, when it is one of ours. */
  messageId?: string
  /** The provider's id of the message. */
  providerId?: string
  kind: NewsKind
  /** Unix milliseconds. */
  at: number
  /** A mail program or scanner did it, not the person. */
  machine?: true
  /** The provider's words, without addresses. */
  reason?: string
  /** It will not go better next time. */
  permanent?: boolean
  /** Why nothing more may be sent to this address, where the provider says so. */
  suppress?: 'stop' | 'bounce' | 'complaint' | 'unsubscribed'
  /** Keyed hashes of the address it was sent to, in every spelling, where nothing more may be sent to it. */
  addresses?: string[]
}

/** Keyed hashes of an address in every spelling, in hexadecimal: news never carry the address itself. */
export type Hashes = (address: string) => string[]

/** News as they are stored: nothing dated ahead of its arrival. */
export function toStored(news: ProviderNews, receivedAt: Date) {
  const { eventId, messageId, kind, at, ...facts } = news
  return { eventId, kind, message: messageId ?? null, facts: { ...facts, at: Math.min(at, receivedAt.getTime()) } }
}

/** Headers as node:http and Fastify have them: names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>

/** The single value of a header, or undefined when it is missing or repeated. */
export const header = (headers: Headers, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The ledger's id out of what a provider handed back, or undefined when it cannot be one. */
export const ourId = (value: unknown): string | undefined =>
  typeof value === 'string' && uuid.test(value) ? value.toLowerCase() : undefined
