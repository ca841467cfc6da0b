/**
 * A point in time as people and SDKs write it: an ISO date, with or without a time and an offset. Without an offset it is UTC.
 * `moment_of` in prisma/migrations/20261124091000_rules says the same in SQL; what is finer than a millisecond is cut off.
 */
const iso =
  /^([1-9]\d{3})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?(Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?)?$/

/** Milliseconds since 1970, or undefined when the value is no text of that form or no day of the calendar. */
export function momentOf(value: unknown): number | undefined {
  const match = typeof value === 'string' ? iso.exec(value) : null
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
