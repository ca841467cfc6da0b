import { type Fields, fields, list, number, words } from '../unread.ts'
import { mrrOf, planOf, renewsAtOf, toMajor } from './subscription.ts'

export { verifyStripe } from './signature.ts'

/** One of our events, made of one of Stripe's. */
export interface StripeNews {
  /** Stripe's id of the event: the same id again is a repetition. */
  eventId: string
  /** The caller's own id of the customer, when the subscription's metadata carries it. */
  externalId?: string
  /** Stripe's id of the customer. */
  stripeCustomer: string
  email?: string
  event:
    | 'Trial Started'
    | 'Trial Converted'
    | 'Trial Ending'
    | 'Subscription Started'
    | 'Subscription Updated'
    | 'Subscription Renewed'
    | 'Subscription Cancelled'
    | 'Payment Failed'
  properties: Record<string, string | number | boolean>
  /** Unix milliseconds. */
  at: number
}

/**
 * Reads a Stripe event, parsed from JSON: what it means for the customer's subscription in our words, or undefined when
 * it means nothing. Old and new shapes of Stripe's API (before and after 2025-03-31) are both read.
 */
export function readStripe(body: unknown): StripeNews | undefined {
  const { id, type, created, data } = fields(body)
  const object = fields(fields(data).object)
  const before = fields(fields(data).previous_attributes)
  const stripeCustomer = idOf(object.customer)
  if (typeof id !== 'string' || typeof type !== 'string' || typeof created !== 'number' || !stripeCustomer) return undefined
  const meaning = type.startsWith('invoice.') ? ofInvoice(type, object) : ofSubscription(type, object, before, created)
  if (!meaning) return undefined
  const externalId = externalIdOf(object)
  const email = object.customer_email
  return {
    eventId: id,
    ...(externalId ? { externalId } : {}),
    stripeCustomer,
    ...(typeof email === 'string' ? { email } : {}),
    event: meaning[0],
    properties: present(meaning[1]),
    at: created * 1_000,
  }
}

type Meaning = [StripeNews['event'], Record<string, string | number | boolean | undefined>] | undefined

function ofSubscription(type: string, object: Fields, before: Fields, created: number): Meaning {
  const status = words(object.status)
  const was = typeof before.status === 'string' ? before.status : undefined
  const trial = { plan: planOf(object), trialEndsAt: iso(object.trial_end) }
  const standing = {
    plan: planOf(object),
    ...mrrOf(object),
    renewsAt: iso(renewsAtOf(object)),
    status,
    cancelsAt: iso(object.cancel_at) ?? (object.cancel_at_period_end === true ? iso(renewsAtOf(object)) : undefined),
  }
  const begun = (): Meaning => {
    if (status === 'trialing') return ['Trial Started', trial]
    return status === 'active' || status === 'past_due' ? ['Subscription Started', standing] : undefined
  }
  switch (type) {
    case 'customer.subscription.created':
      return begun()
    case 'customer.subscription.deleted':
      return ['Subscription Cancelled', { ...standing, reason: cancelReason(object) }]
    case 'customer.subscription.trial_will_end':
      // Stripe sends this also when a trial was ended early: then there is nothing left to end.
      return status === 'trialing' && number(object.trial_end) > created ? ['Trial Ending', trial] : undefined
    case 'customer.subscription.paused':
    case 'customer.subscription.resumed':
      return ['Subscription Updated', standing]
    case 'customer.subscription.updated':
      if (was === 'incomplete') return begun()
      if (was === 'trialing' && status === 'active') return ['Trial Converted', standing]
      if (was !== undefined && status === 'unpaid') return ['Subscription Cancelled', { ...standing, reason: 'unpaid' }]
      // Told by `deleted`, and never begun.
      if (status === 'canceled' || status.startsWith('incomplete')) return undefined
      return ['Subscription Updated', status === 'trialing' ? { ...standing, ...trial } : standing]
    default:
      return undefined
  }
}

function ofInvoice(type: string, invoice: Fields): Meaning {
  const currency = words(invoice.currency).toUpperCase()
  const lines = list(fields(invoice.lines).data)
  const until = Math.max(0, ...lines.map(line => number(fields(line.period).end) || 0))
  if (type === 'invoice.paid' && invoice.billing_reason === 'subscription_cycle')
    return [
      'Subscription Renewed',
      { amount: toMajor(number(invoice.amount_paid), currency), currency, renewsAt: iso(until || undefined) },
    ]
  if (type === 'invoice.payment_failed')
    return [
      'Payment Failed',
      {
        amount: toMajor(number(invoice.amount_due), currency),
        currency,
        attempt: number(invoice.attempt_count) || 1,
        nextAttemptAt: iso(invoice.next_payment_attempt),
      },
    ]
  return undefined
}

/** What the customer said, else what Stripe says. */
function cancelReason(object: Fields): string | undefined {
  const { feedback, comment, reason } = fields(object.cancellation_details)
  for (const each of [feedback, comment, reason]) if (typeof each === 'string' && each) return each
  return undefined
}

function externalIdOf(object: Fields): string | undefined {
  const holders = [object, fields(object.subscription_details), fields(fields(object.parent).subscription_details)]
  for (const holder of holders)
    for (const name of ['externalId', 'external_id', 'userId', 'user_id']) {
      const value = fields(holder.metadata)[name]
      if (typeof value === 'string' && value) return value
    }
  return undefined
}

const idOf = (value: unknown): string | undefined => {
  const id = typeof value === 'string' ? value : fields(value).id
  return typeof id === 'string' && id ? id : undefined
}
const iso = (seconds: unknown): string | undefined =>
  typeof seconds === 'number' && seconds > 0 && seconds < 1e11 ? new Date(seconds * 1_000).toISOString() : undefined

function present(properties: Record<string, string | number | boolean | undefined>): Record<string, string | number | boolean> {
  const kept: Record<string, string | number | boolean> = {}
  for (const [name, value] of Object.entries(properties)) if (value !== undefined && !Number.isNaN(value)) kept[name] = value
  return kept
}
