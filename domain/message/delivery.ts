/** Where a message stands in the ledger. */
export const messageStatuses = [
  'queued',
  'sending',
  'uncertain',
  'held',
  'accepted',
  'delivered',
  'opened',
  'clicked',
  'bounced',
  'dropped',
  'failed',
  'complained',
  'skipped',
  'deferred',
] as const
export type MessageStatus = (typeof messageStatuses)[number]

/** What a provider can say about a message it took. */
export const deliveryStatuses = [
  'accepted',
  'delivered',
  'opened',
  'clicked',
  'failed',
  'dropped',
  'bounced',
  'complained',
] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

// One order over all news makes them join: whatever comes first, twice or late, the same status stands at the end.
const rank = new Map<MessageStatus, number>(deliveryStatuses.map((status, i) => [status, i]))
const isDelivery = (status: MessageStatus): status is DeliveryStatus => rank.has(status)

/** Moves of our own, before a provider has said anything. */
const ownMoves: Partial<Record<MessageStatus, readonly MessageStatus[]>> = {
  queued: ['sending', 'skipped', 'deferred', 'failed'],
  deferred: ['queued', 'sending', 'skipped'],
  sending: ['queued', 'uncertain'],
  uncertain: ['held', 'queued', 'sending'],
  held: ['queued', 'sending', 'skipped', 'failed'],
}

/**
 * The status after some news, or `unchanged`. A provider's news only move a message forward (accepted, delivered,
 * opened, clicked; failed, dropped, bounced and complained end it, in this order) and settle what was on its way or in doubt.
 */
export function advance(current: MessageStatus, news: MessageStatus): MessageStatus | 'unchanged' {
  if (current === news || current === 'skipped') return 'unchanged'
  if (isDelivery(current)) return isDelivery(news) && rank.get(news)! > rank.get(current)! ? news : 'unchanged'
  if (isDelivery(news)) return news
  return ownMoves[current]?.includes(news) ? news : 'unchanged'
}

/** Whether nothing a provider could say would change this status's meaning: it has ended, or never left. */
export const isFinal = (status: MessageStatus): boolean =>
  ['bounced', 'dropped', 'failed', 'complained', 'skipped'].includes(status)

/** What a customer did with a message, as `await` steps and rules name it. */
export const engagementKinds = ['delivered', 'opened', 'clicked', 'replied', 'seen'] as const
export type EngagementKind = (typeof engagementKinds)[number]

/** One thing a provider, an inbox or a link tells about a message. `machine`: opened or clicked by a scanner, not by the person. */
export interface News {
  kind: DeliveryStatus | 'replied' | 'seen' | 'dismissed'
  machine?: boolean
}

/**
 * What news mean: the status they move the message to, and the engagements they prove. A click proves that the message
 * was opened and delivered; a machine's opening or click proves only delivery; who replies or dismisses has seen it.
 */
export function readNews(news: News): { status: DeliveryStatus; engagements: readonly EngagementKind[] } {
  if (news.machine && (news.kind === 'opened' || news.kind === 'clicked' || news.kind === 'seen'))
    return { status: 'delivered', engagements: ['delivered'] }
  switch (news.kind) {
    case 'delivered':
      return { status: 'delivered', engagements: ['delivered'] }
    case 'opened':
    case 'seen':
    case 'dismissed':
      return { status: 'opened', engagements: ['delivered', 'opened', 'seen'] }
    case 'clicked':
      return { status: 'clicked', engagements: ['delivered', 'opened', 'seen', 'clicked'] }
    case 'replied':
      return { status: 'opened', engagements: ['delivered', 'opened', 'seen', 'replied'] }
    default:
      return { status: news.kind, engagements: [] }
  }
}
