import type { Currencies, Money } from './facts.ts'

/**
 * In which currency sums are given: their own where there is one, the reporting currency where all have a rate; null where one
 * has none (`mixed_currency`). `pick` takes the right one of each pair of sums.
 */
export function currencyOf(
  { currencies, unrated }: Currencies,
  reporting: string,
): { currency: string; pick: (money: Money) => number } | null {
  if (currencies.length <= 1) return { currency: currencies[0] ?? reporting, pick: money => money.raw }
  return unrated ? null : { currency: reporting, pick: money => money.converted }
}
