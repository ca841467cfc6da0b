import { Temporal as TemporalTime } from 'temporal-polyfill'

/**
 * What the clocks of a zone show, as a text PostgreSQL reads as `timestamp`. Where clocks are set back they stand still here until
 * they show something new: so an hour that comes twice is passed once, and one that is left out is passed in the jump.
 */
export function wallAt(at: Date, zone: string): string {
  const now = TemporalTime.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone)
  const shown = now.toPlainDateTime()
  // A jump in this very instant has happened.
  const jump = now.add({ milliseconds: 1 }).getTimeZoneTransition('previous')
  if (jump) {
    const last = TemporalTime.Instant.fromEpochMilliseconds(jump.epochMilliseconds - 1)
      .toZonedDateTimeISO(zone)
      .toPlainDateTime()
    if (TemporalTime.PlainDateTime.compare(last, shown) > 0) return last.toString({ fractionalSecondDigits: 3 })
  }
  return shown.toString({ fractionalSecondDigits: 3 })
}
