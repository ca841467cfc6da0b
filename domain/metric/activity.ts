import type { Texts } from '../texts/texts.ts'
import type { Active, Facts } from './facts.ts'

export interface ActiveParameters {
  active?: 'subscription' | 'event' | undefined
  activeEvent?: string | undefined
  activeWithin?: string | undefined
}

/** What was asked for; by default subscriptions where there are any, else an order within 90 days. */
export async function activeOf(asked: ActiveParameters, facts: Facts): Promise<Active> {
  const byEvent = asked.active === 'event' || asked.activeEvent !== undefined || asked.activeWithin !== undefined
  if (asked.active === 'subscription' || (!byEvent && (await facts.hasSubscriptions()))) return { kind: 'subscription' }
  return { kind: 'event', event: asked.activeEvent ?? 'Order Completed', within: asked.activeWithin ?? '90d' }
}

/** The definition with what it took for active: `crr.subscription`, `crr.event(Order Completed within 90d)`. */
export const namedBy = (metric: string, active: Active): string =>
  active.kind === 'subscription' ? `${metric}.subscription` : `${metric}.event(${active.event} within ${active.within})`

/** For people: "a paid subscription", ""Order Completed" within 90 days". */
export const describeActive = (active: Active, texts: Texts): string =>
  active.kind === 'subscription'
    ? texts.everywhere.paidSubscription
    : texts.everywhere.eventWithin(active.event, texts.everywhere.duration(active.within))
