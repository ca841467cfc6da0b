import type { everywhere as english } from '../en/everywhere.ts'

const whole = new Intl.NumberFormat('sv-SE')
const cents = new Intl.NumberFormat('sv-SE', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const percent = new Intl.NumberFormat('sv-SE', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const number = new Intl.NumberFormat('sv-SE', { maximumFractionDigits: 10, useGrouping: false })
const units = {
  s: ['sekund', 'sekunder'],
  m: ['minut', 'minuter'],
  h: ['timme', 'timmar'],
  d: ['dag', 'dagar'],
  w: ['vecka', 'veckor'],
} as const

export const everywhere: typeof english = {
  whole: n => whole.format(n),
  cents: n => cents.format(n),
  percent: fraction => `${percent.format(100 * fraction)} %`,
  number: n => number.format(n),
  duration: duration => {
    const amount = Number(duration.slice(0, -1))
    const [one, many] = units[duration.slice(-1) as keyof typeof units]
    return `${amount} ${amount === 1 ? one : many}`
  },
  paidSubscription: 'en betald prenumeration',
  eventWithin: (event, span) => `”${event}” inom ${span}`,
  or: 'eller',
  and: 'och',
}
