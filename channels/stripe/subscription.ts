import { type Fields, fields, list, number, words } from '../unread.ts'

/** https://docs.stripe.com/currencies: amounts are in the smallest unit, which these do not have, or have of a thousandth. */
const noDecimals = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF'.split(' '))
const threeDecimals = new Set('BHD JOD KWD OMR TND'.split(' '))

/** An amount in the currency's own unit: 1999 USD cents are 19.99. */
export const toMajor = (amount: number, currency: string): number =>
  amount / (noDecimals.has(currency) ? 1 : threeDecimals.has(currency) ? 1_000 : 100)

const itemsOf = (subscription: Fields): Fields[] => list(fields(subscription.items).data)
const priceOf = (item: Fields): Fields => fields(item.price ?? item.plan)

/** The first item's price as people named it, else its id. */
export function planOf(subscription: Fields): string | undefined {
  const price = priceOf(itemsOf(subscription)[0] ?? subscription)
  for (const name of [price.lookup_key, price.nickname, price.id]) if (typeof name === 'string' && name) return name
  return undefined
}

/** Months in one billing interval; a year has 12, a week 12/52.1775, by the mean Gregorian year of 365.2425 days. */
const months: ReadonlyMap<string, number> = new Map([
  ['day', 12 / 365.2425],
  ['week', 84 / 365.2425],
  ['month', 1],
  ['year', 12],
])

/** Monthly recurring revenue over all items, in the currency's own unit; metered prices have no amount and count nothing. */
export function mrrOf(subscription: Fields): { mrr?: number; currency?: string } {
  const currency = words(subscription.currency ?? priceOf(itemsOf(subscription)[0] ?? {}).currency).toUpperCase()
  let mrr = 0
  for (const item of itemsOf(subscription)) {
    const price = priceOf(item)
    const recurring = fields(price.recurring)
    const interval = months.get(words(recurring.interval ?? price.interval))
    const every = number(recurring.interval_count ?? price.interval_count ?? 1)
    const amount = number(price.unit_amount_decimal ?? price.unit_amount ?? price.amount ?? 0)
    const share = (toMajor(amount, currency) * number(item.quantity ?? 1)) / ((interval ?? 0) * every)
    if (Number.isFinite(share)) mrr += share
  }
  return currency ? { mrr: Math.round(mrr * 100) / 100, currency } : {}
}

/** The end of the paid period, Unix seconds: on the subscription in older versions of the API, on its items in newer ones. */
export function renewsAtOf(subscription: Fields): number | undefined {
  const ends = [subscription.current_period_end, ...itemsOf(subscription).map(item => item.current_period_end)]
  const known = ends.filter((end): end is number => typeof end === 'number')
  return known.length > 0 ? Math.min(...known) : undefined
}
