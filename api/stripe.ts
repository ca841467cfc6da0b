import type { StripeNews } from '../channels/stripe/events.ts'
import { type Call, callSchema, readCall } from '../domain/customer/call.ts'
import { ingest } from '../prisma/queries/ingest.ts'
import { stripeCustomer } from '../prisma/queries/stripe-customers.ts'
import type { Deps } from './deps.ts'

/**
 * Stores a Stripe event as what it means for the customer's subscription. Whom it is about: our own id in the metadata; else who was
 * named with this Stripe customer before; else the one customer with its e-mail address; else Stripe's own id. Answers how many
 * calls were new: none for a repetition.
 */
export async function takeStripe(deps: Deps, news: StripeNews, receivedAt: Date): Promise<number> {
  const customer = news.externalId ?? (await stripeCustomer(deps.db, news.stripeCustomer, news.email)) ?? news.stripeCustomer
  const about = { userId: customer, timestamp: new Date(Math.min(news.at, receivedAt.getTime())).toISOString() }
  const calls = [
    { ...about, type: 'identify', messageId: `stripe:${news.eventId}:who`, traits: { stripeCustomerId: news.stripeCustomer } },
    { ...about, type: 'track', messageId: `stripe:${news.eventId}`, event: news.event, properties: news.properties },
  ]
  const read = calls.map(call => readCall(callSchema.parse(call), { at: receivedAt }) as Call)
  const { accepted, rings } = await ingest(deps.db, read, { receivedAt, region: deps.config.defaultRegion })
  deps.temporal.ring(rings)
  return accepted
}
