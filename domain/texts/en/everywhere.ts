const whole = new Intl.NumberFormat('en-US')
const cents = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const units = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week' }

/** Of the catalogue: numbers, spans of time and lists, as every other sentence uses them. */
export const everywhere = {
  whole: (n: number): string => whole.format(n),
  /** Two decimals. */
  cents: (n: number): string => cents.format(n),
  /** A fraction in percent, with one decimal. */
  percent: (fraction: number): string => `${(100 * fraction).toFixed(1)} %`,
  /** A number as it is written, unrounded. */
  number: (n: number): string => String(n),
  /** "3 days", of "3d". */
  duration: (duration: string): string => {
    const amount = Number(duration.slice(0, -1))
    return `${amount} ${units[duration.slice(-1) as keyof typeof units]}${amount === 1 ? '' : 's'}`
  },
  paidSubscription: 'a paid subscription',
  eventWithin: (event: string, span: string): string => `"${event}" within ${span}`,
  or: 'or',
  and: 'and',
}
