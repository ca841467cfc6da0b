/** The reporting currency and what one unit of another is worth in it: `settings.currencies`. */
export interface Rates {
  reporting: string
  rates: Readonly<Record<string, number>>
}

/**
 * An amount in the reporting currency, to the hundredth of a cent. Without a currency it is in the reporting one already; a
 * currency without a rate counts at its face, so that a shop of one currency needs no table.
 */
export function inReporting(amount: number, currency: unknown, table?: Rates): number {
  if (!table || typeof currency !== 'string') return amount
  const code = currency.toUpperCase()
  const rate = code === table.reporting || !Object.hasOwn(table.rates, code) ? undefined : table.rates[code]
  return rate === undefined ? amount : Math.round(amount * rate * 10_000) / 10_000
}
