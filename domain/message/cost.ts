import type { Settings } from '../settings.ts'
import type { ChannelKind } from './kinds.ts'
import { smsSegments } from './sms-segments.ts'

/** What one message costs in the reporting currency; an SMS by its segments, which its text decides. */
export function costOf(channel: ChannelKind, text: () => string, prices: Settings['prices']): number {
  const price = prices[channel]
  if (channel !== 'sms' || price === 0) return price
  return price * smsSegments(text()).segments
}

/** An amount in a currency as the reporting currency has it; undefined where no rate says. */
export function inReporting(amount: number, currency: string, currencies: Settings['currencies']): number | undefined {
  if (currency === currencies.reporting) return amount
  const rate = currencies.rates[currency]
  return rate === undefined ? undefined : amount * rate
}
