import { Temporal as TemporalTime } from 'temporal-polyfill'

export type Unit = 'day' | 'week' | 'month'

/** A stretch of time [from, to): a moment exactly at its end is outside. */
export interface Window {
  from: Date
  to: Date
}

/** A window that is a period of the calendar; `label` is its first date, or YYYY-MM for a month. */
export interface Period extends Window {
  label: string
}

const dateIn = (at: Date, zone: string) =>
  TemporalTime.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone).toPlainDate()
const startIn = (date: TemporalTime.PlainDate, zone: string) => new Date(date.toZonedDateTime(zone).epochMilliseconds)

/** The first moment of a date (YYYY-MM-DD) in a zone: not always midnight. */
export const startOfDate = (date: string, zone: string): Date => startIn(TemporalTime.PlainDate.from(date), zone)

/** The last millisecond of a date in a zone. */
export const endOfDate = (date: string, zone: string): Date =>
  new Date(startIn(TemporalTime.PlainDate.from(date).add({ days: 1 }), zone).getTime() - 1)

/** The first date of the period that holds this one; weeks begin on Monday. */
function firstDate(date: TemporalTime.PlainDate, unit: Unit): TemporalTime.PlainDate {
  if (unit === 'month') return date.with({ day: 1 })
  return unit === 'week' ? date.subtract({ days: date.dayOfWeek - 1 }) : date
}

const labelOf = (date: TemporalTime.PlainDate, unit: Unit) => date.toString().slice(0, unit === 'month' ? 7 : 10)

/** How many periods of this unit a window touches, without making them. */
export function countPeriods({ from, to }: Window, unit: Unit, zone: string): number {
  const first = firstDate(dateIn(from, zone), unit)
  const last = firstDate(dateIn(new Date(to.getTime() - 1), zone), unit)
  const apart = first.until(last, { largestUnit: unit === 'month' ? 'months' : 'days' })
  return 1 + (unit === 'month' ? apart.months : unit === 'week' ? apart.days / 7 : apart.days)
}

/** The whole calendar periods that a window touches, by the zone's clocks; a date that the zone skipped is an empty period. */
export function periodsOf({ from, to }: Window, unit: Unit, zone: string): Period[] {
  const periods: Period[] = []
  for (let date = firstDate(dateIn(from, zone), unit); ; ) {
    const next = date.add(unit === 'month' ? { months: 1 } : { days: unit === 'week' ? 7 : 1 })
    const period = { from: startIn(date, zone), to: startIn(next, zone), label: labelOf(date, unit) }
    if (period.from >= to) return periods
    periods.push(period)
    date = next
  }
}
