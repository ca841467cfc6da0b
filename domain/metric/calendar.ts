import { startOfDate } from './periods.ts'

const dayMilliseconds = 86_400_000
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  })
  formats.set(zone, made)
  return made
}

/**
 * The local date of an instant (ms since 1970, UTC) in a zone, as a day number: days from 1970-01-01 to that date.
 * A day of 23 or 25 hours is one day; a date the zone skipped still has its number.
 */
export function localDay(instant: number, zone: string): number {
  const [month = 1, day = 1, year = 1970] = formatOf(zone).format(instant).split('/').map(Number)
  return Date.UTC(year, month - 1, day) / dayMilliseconds
}

/** A day number as YYYY-MM-DD. */
export const dateOf = (day: number): string => new Date(day * dayMilliseconds).toISOString().slice(0, 10)

/** The day number of YYYY-MM-DD. */
export const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / dayMilliseconds

/** The Monday of a day's ISO week (day 0, 1970-01-01, was a Thursday). */
export const mondayOf = (day: number): number => day - ((((day + 3) % 7) + 7) % 7)

/** The first moment of each date from day number `first` to `last`, by the zone's clocks; a date the zone skipped is as long as nothing. */
export const dayStarts = (first: number, last: number, zone: string): Date[] =>
  Array.from({ length: last - first + 1 }, (_, i) => startOfDate(dateOf(first + i), zone))
