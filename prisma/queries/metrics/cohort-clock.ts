import { dayStarts, localDay } from '../../../domain/metric/calendar.ts'
import type { CohortQuery } from '../../../domain/metric/facts.ts'
import { periodsOf, type Unit } from '../../../domain/metric/periods.ts'
import { raw, type Sql, sql } from '../../../domain/sql.ts'
import { timestamptzs } from '../../binary.ts'
import { type CustomerRange, within } from '../customer-range.ts'
import type { Asking } from './facts.ts'
import { zoneLanes } from './zone-lanes.ts'

/** How moments are counted from a member's `t0`: pieces over `first` joined so, and later over `member m`. */
export interface Clock {
  joinIn(part: CustomerRange | undefined): Sql
  label: Sql
  /** What `distance` counts from. */
  origin: Sql
  /** What else it counts by: further columns of a member. */
  also: Sql
  distance(moment: Sql): Sql
  /** How far the moment of the answer is, where that is known without asking `distance`. */
  whole?: Sql
  /** A moment before which all events up to this distance from `t0` lie. */
  until(distance: number): Sql
  show(label: string | number): string
  /** Where each period begins, of clocks that count periods of the calendar; `distance` is how many began since. */
  periods?: { starts: readonly Date[] }
}

export async function clockOf(asking: Asking, { count, label, window }: CohortQuery): Promise<Clock> {
  const { tx, asOf, zone } = asking
  const span = { from: window.from, to: new Date(asOf.getTime() + 1) }
  const periods = label === undefined ? [] : periodsOf(span, label, zone)
  const labelled = label === undefined ? raw('0') : bucket(sql`t0`, starts(periods))
  const clock = {
    joinIn: () => raw(''),
    also: raw(''),
    label: labelled,
    show: (index: string | number) => (label === undefined ? '' : (periods[Number(index) - 1]?.label ?? '')),
    until: (distance: number) => hoursAfter((distance + 2) * 24),
  }
  switch (count) {
    case 'rolling24h': {
      // Whole milliseconds: a division of doubles could miss a day by a hair.
      const ms = (moment: Sql) => sql`(extract(epoch FROM ${moment}) * 1000)::bigint`
      return { ...clock, origin: ms(sql`t0`), distance: moment => sql`((${ms(moment)} - m.origin) / 86400000)::int` }
    }
    case 'customerZone': {
      // What a clock on the wall said at a moment, as though it stood in UTC; where nobody knows the zone, one of the reporting zone.
      // Who has a zone without a lane is told by the calendar.
      const lanesOf = await zoneLanes(tx, zone, { from: window.from, to: asOf }, asking.zones)
      const { names, lanes, turns, offsets, last, known } = lanesOf
      const wall = (moment: Sql, lane: Sql, elsewhere: Sql) => sql`CASE WHEN ${elsewhere} IS NULL
        THEN ${moment} + (${offsets}::interval[])[width_bucket(${moment} + ${lane}, ${timestamptzs(turns)}::timestamptz[])]
        ELSE (${moment} AT TIME ZONE ${elsewhere}) AT TIME ZONE 'UTC' END`
      const walled = (moment: Sql) => wall(moment, raw('m.lane'), raw('m.elsewhere'))
      const onWalls = { from: new Date(span.from.getTime() - 48 * hour), to: new Date(span.to.getTime() + 48 * hour) }
      const days = starts(periodsOf(onWalls, 'day', 'UTC'))
      const named = label === undefined ? [] : periodsOf(onWalls, label, 'UTC')
      const own = names.indexOf(zone)
      const lane = sql`coalesce(z.lane, ${lanes[own]}::interval)`
      const elsewhere = sql`CASE WHEN z.lane IS NULL AND c.timezone = ANY(${known}::text[]) THEN c.timezone END`
      const today = last.map(away => days.findLastIndex(day => day.getTime() <= asOf.getTime() + away) + 1)
      return {
        ...clock,
        joinIn:
          part => sql`JOIN (SELECT id, timezone FROM customer WHERE true${within('id', part)} ORDER BY id OFFSET 0) c ON c.id = first.customer
          LEFT JOIN unnest(${names}::text[], ${lanes}::interval[], ${today}::int[]) AS z (name, lane, today) ON z.name = c.timezone`,
        label: label === undefined ? raw('0') : bucket(wall(sql`t0`, lane, elsewhere), starts(named)),
        origin: bucket(wall(sql`t0`, lane, elsewhere), days),
        also: sql`, ${lane} AS lane, ${elsewhere} AS elsewhere, coalesce(z.today, ${today[own]}::int) AS today`,
        whole: sql`CASE WHEN m.elsewhere IS NULL THEN m.today ELSE ${bucket(walled(sql`${asOf}::timestamptz`), days)} END - m.origin`,
        distance: moment => sql`${bucket(walled(moment), days)} - m.origin`,
        show: index => (label === undefined ? '' : (named[Number(index) - 1]?.label ?? '')),
      }
    }
    case 'calendar': {
      const days = dayStarts(localDay(span.from.getTime(), zone), localDay(asOf.getTime(), zone), zone)
      return {
        ...clock,
        origin: bucket(sql`t0`, days),
        distance: moment => sql`${bucket(moment, days)} - m.origin`,
        periods: { starts: days },
      }
    }
    default: {
      const all = starts(periodsOf(span, count, zone))
      const until = (distance: number) => hoursAfter((distance + 2) * daysIn[count] * 24)
      return {
        ...clock,
        origin: bucket(sql`t0`, all),
        distance: moment => sql`${bucket(moment, all)} - m.origin`,
        until,
        periods: { starts: all },
      }
    }
  }
}

/** Added in hours, because a date in them would be asked of the calendar. */
const hoursAfter = (hours: number): Sql => sql`t0 + ${`${hours} hours`}::interval`

/** How many periods have begun at a moment, by their beginnings in ascending order. */
export const bucket = (moment: Sql, starts: readonly Date[]): Sql => sql`width_bucket(${moment}, ${starts}::timestamptz[])`

const hour = 3_600_000

const daysIn: Record<Unit, number> = { day: 1, week: 7, month: 31 }
const starts = (periods: readonly { from: Date }[]): Date[] => periods.map(period => period.from)
