import { momentOf } from '../segment/moment.ts'

/** What a customer pays for, as the known events tell it. Money is in `currency`. */
export interface Subscription {
  status: 'trialing' | 'active' | 'cancelled'
  plan: string | null
  mrr: number | null
  currency: string | null
  trialEndsAt: Date | null
  renewsAt: Date | null
  startedAt: Date | null
  cancelledAt: Date | null
  reason: string | null
  /** Of the newest event that was folded in. */
  changedAt: Date
}

export interface SubscriptionEvent {
  name: string
  at: Date
  properties: Record<string, unknown>
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, 1_000) : undefined
const money = (value: unknown): number | undefined => (typeof value === 'number' && Math.abs(value) <= 1e15 ? value : undefined)
const time = (value: unknown): Date | undefined => {
  const at = momentOf(value)
  return at === undefined ? undefined : new Date(at)
}

/** What the event's properties say about the subscription, whatever the event. */
const details = ({ properties }: SubscriptionEvent): Partial<Subscription> =>
  Object.fromEntries(
    Object.entries({
      plan: text(properties.plan),
      mrr: money(properties.mrr),
      currency: text(properties.currency),
      renewsAt: time(properties.renewsAt),
      trialEndsAt: time(properties.trialEndsAt),
    }).filter(([, value]) => value !== undefined),
  )

const again = { cancelledAt: null, reason: null }

/** What each known event changes. `before` is undefined for the first one. */
const effects: Record<string, (event: SubscriptionEvent, before: Subscription | undefined) => Partial<Subscription>> = {
  'Trial Started': event => ({ status: 'trialing', ...again, startedAt: event.at }),
  'Trial Converted': event => ({ status: 'active', ...again, startedAt: event.at }),
  'Subscription Started': event => ({ status: 'active', ...again, startedAt: event.at }),
  'Subscription Updated': (_event, before) => (before ? {} : { status: 'active' }),
  'Subscription Renewed': () => ({ status: 'active', ...again }),
  'Subscription Cancelled': event => ({
    status: 'cancelled',
    cancelledAt: event.at,
    reason: text(event.properties.reason) ?? null,
  }),
}

export const isSubscriptionEvent = (name: string): boolean => Object.hasOwn(effects, name)

/**
 * Folds one known event into what is known. An event older than the newest one folded in (they arrive late and in any order)
 * changes nothing that a newer one has said: it only fills in what was still unknown.
 */
export function foldSubscription(before: Subscription | undefined, event: SubscriptionEvent): Subscription {
  const effect = effects[event.name]
  if (!effect) throw new RangeError(`${event.name} is no subscription event`)
  const change = { ...details(event), ...effect(event, before) }
  const nothing: Subscription = {
    status: 'active',
    plan: null,
    mrr: null,
    currency: null,
    trialEndsAt: null,
    renewsAt: null,
    startedAt: null,
    cancelledAt: null,
    reason: null,
    changedAt: event.at,
  }
  if (!before) return { ...nothing, ...change, changedAt: event.at }
  if (event.at >= before.changedAt) return { ...before, ...change, changedAt: event.at }
  const late = {
    plan: change.plan,
    mrr: change.mrr,
    currency: change.currency,
    trialEndsAt: change.trialEndsAt,
    startedAt: change.startedAt,
  }
  const missing = Object.entries(late).filter(([key, value]) => value !== undefined && before[key as keyof Subscription] === null)
  return { ...before, ...Object.fromEntries(missing) }
}
