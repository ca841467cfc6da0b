/** The reporting currency and what one unit of another is worth in it: `settings.currencies`. */
export interface Rates {
  reporting: string
  rates: Readonly<Record<string, number>>
}

/**
 * An amount in the reporting currency, to the hundredth of a cent. Without a currency it is in the reporting one already; what an
 * amount in a currency without a rate is worth is unknown (null), and is no part of a sum.
 */
export function inReporting(amount: number, currency: unknown, table?: Rates): number | null {
  const code = String(currency ?? '').toUpperCase()
  if (!table || code === '' || code === table.reporting) return amount
  const rate = Object.hasOwn(table.rates, code) ? table.rates[code] : undefined
  return rate === undefined ? null : Math.round(amount * rate * 10_000) / 10_000
}
