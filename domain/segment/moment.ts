/**
 * A point in time as people and SDKs write it: an ISO date, with or without a time and an offset. Without an offset it is UTC.
 * `moment_of` in prisma/migrations/20261124091000_rules says the same in SQL; what is finer than a millisecond is cut off.
 */
const iso =
  /^([1-9]\d{3})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?(Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?)?$/

/** Milliseconds since 1970, or undefined when the value is no text of that form or no day of the calendar. */
export function momentOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined
  return commonMoment(value) ?? anyMoment(value)
}

/** Where `2026-11-24T09:30:00.000Z` has its signs, and what they are. */
const signs = [
  [4, 0x2d],
  [7, 0x2d],
  [10, 0x54],
  [13, 0x3a],
  [16, 0x3a],
  [19, 0x2e],
  [23, 0x5a],
] as const

/** What nearly all times look like, as `toISOString` writes them, at a tenth of the cost; undefined for all others. */
function commonMoment(text: string): number | undefined {
  if (text.length !== 24 || signs.some(([at, sign]) => text.charCodeAt(at) !== sign)) return undefined
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  const hour = digits(text, 11, 13)
  const minute = digits(text, 14, 16)
  const second = digits(text, 17, 19)
  const known =
    year >= 1_000 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= (month === 2 ? 28 : 30) &&
    hour < 24 &&
    minute < 60 &&
    second < 60
  const at = known ? Date.UTC(year, month - 1, day, hour, minute, second, digits(text, 20, 23)) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

/** The number that digits of a text make; NaN where one is no digit. */
function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

function anyMoment(value: string): number | undefined {
  const match = iso.exec(value)
  if (!match) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset = 'Z'] = match
  const midnight = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  if (midnight.getUTCDate() !== Number(day)) return undefined
  const time = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1_000 + Number(fraction.slice(0, 3).padEnd(3, '0'))
  return midnight.getTime() + time - offsetOf(offset)
}

function offsetOf(offset: string): number {
  if (offset === 'Z') return 0
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0')
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000
}
