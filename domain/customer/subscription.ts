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
  /** When each field was said, in milliseconds since 1970; null: it was only supposed. */
  told: Record<string, number | null>
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

/** What each known event says beside its details. */
const effects: Record<string, (event: SubscriptionEvent) => Partial<Subscription>> = {
  'Trial Started': event => ({ status: 'trialing', ...again, startedAt: event.at }),
  'Trial Converted': event => ({ status: 'active', ...again, startedAt: event.at }),
  'Subscription Started': event => ({ status: 'active', ...again, startedAt: event.at }),
  'Subscription Updated': () => ({}),
  'Subscription Renewed': () => ({ status: 'active', ...again }),
  'Subscription Cancelled': event => ({
    status: 'cancelled',
    cancelledAt: event.at,
    reason: text(event.properties.reason) ?? null,
  }),
}

export const isSubscriptionEvent = (name: string): boolean => Object.hasOwn(effects, name)

/** Of what an event never said, and of a state that was only supposed. */
const neverSaid = Number.NEGATIVE_INFINITY

/**
 * Folds one known event into what is known. They arrive late and in any order: each field keeps what was said last by the time of
 * the event that said it, so that every order of arrival makes the same of them. Of two in the same instant the later arrival holds.
 */
export function foldSubscription(before: Subscription | undefined, event: SubscriptionEvent): Subscription {
  const effect = effects[event.name]
  if (!effect) throw new RangeError(`${event.name} is no subscription event`)
  const at = event.at.getTime()
  const made: Subscription = before ?? {
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
    told: { status: null },
  }
  const told = { ...made.told }
  // Rows from before these times were kept: what stands there was said by the newest event, or nobody knows.
  const toldAt = (field: string): number => {
    const said = told[field]
    if (said !== undefined) return said ?? neverSaid
    return made[field as keyof Subscription] === null ? neverSaid : made.changedAt.getTime()
  }
  const change = Object.entries({ ...details(event), ...effect(event) }).filter(([field]) => at >= toldAt(field))
  for (const [field] of change) told[field] = at
  return { ...made, ...Object.fromEntries(change), told, changedAt: at > made.changedAt.getTime() ? event.at : made.changedAt }
}
