import { dateOf, localDay, mondayOf } from './calendar.ts'
import { defined, type Result, undefinedFor } from './result.ts'

const dayMilliseconds = 86_400_000

/** What a customer did; `at` in ms since 1970. */
export interface CustomerEvent {
  customer: string
  event: string
  at: number
}

/** How days are counted: by dates of the reporting zone, by dates of the customer's own zone, or in blocks of 24 h of elapsed time. */
export type DayCount = 'calendar' | 'customerZone' | 'rolling24h'

export interface CohortQuestion {
  /** The event that starts a customer's clock (the first one counts); null: any event. */
  cohortEvent: string | null
  /** The event that counts as coming back; null: any event, the first one included. */
  returnEvent: string | null
  days: DayCount
  /** The reporting zone. */
  zone: string
  /** Zones of customers, for `customerZone`; a customer without one is in the reporting zone. */
  customerZones?: ReadonlyMap<string, string>
  /** Nothing after this instant (ms) is known. */
  asOf: number
  groupBy?: 'day' | 'week' | 'month'
}

/** Retained over eligible in percent. Who has not yet lived through the whole day is not eligible: never shown as lost. */
type Cell<Key> = Key & { eligible: number; retained: number } & Result

interface CohortRow<Key> {
  /** First date of the cohort's day or week (Monday), or YYYY-MM. */
  cohort: string
  size: number
  cells: Cell<Key>[]
}

export interface RetentionTable<Key> {
  size: number
  /** Σ retained / Σ eligible over all cohorts, never a mean of rates. */
  overall: Cell<Key>[]
  cohorts: CohortRow<Key>[]
}

/** One member of the cohort: the label, the last day number that is fully past, and the days with a return event. */
interface Member {
  cohort: string
  lastFullDay: number
  returnDays: number[]
}

/** Percent of those eligible who came back on exactly day n after their first cohort event. */
export function nDay(
  events: readonly CustomerEvent[],
  question: CohortQuestion,
  ns: readonly number[],
): RetentionTable<{ n: number }> {
  return tabulate(
    membersOf(events, question),
    question,
    ns.map(n => ({ key: { n }, due: n, holds: (d: number) => d === n, valid: isDay(n) })),
  )
}

/** Percent who came back on day n or later, up to asOf; not comparable between cohorts of different age. */
export function unbounded(
  events: readonly CustomerEvent[],
  question: CohortQuestion,
  ns: readonly number[],
): RetentionTable<{ n: number }> {
  return tabulate(
    membersOf(events, question),
    question,
    ns.map(n => ({ key: { n }, due: n, holds: (d: number) => d >= n, valid: isDay(n) })),
  )
}

/** Percent who came back on any day of a bracket [from, to]; overlapping or reversed brackets are invalid, all of them. */
export function bracketed(
  events: readonly CustomerEvent[],
  question: CohortQuestion,
  brackets: readonly (readonly [from: number, to: number])[],
): RetentionTable<{ from: number; to: number }> {
  const sorted = [...brackets].sort((a, b) => a[0] - b[0])
  const valid = sorted.every(
    ([from, to], i) => isDay(from) && isDay(to) && from <= to && (i === 0 || from > (sorted[i - 1]?.[1] ?? -1)),
  )
  const columns = brackets.map(([from, to]) => ({
    key: { from, to },
    due: to,
    holds: (d: number) => d >= from && d <= to,
    valid,
  }))
  return tabulate(membersOf(events, question), question, columns)
}

const isDay = (n: number): boolean => Number.isInteger(n) && n >= 0

function membersOf(events: readonly CustomerEvent[], question: CohortQuestion): Member[] {
  const { cohortEvent, returnEvent, asOf } = question
  const first = new Map<string, number>()
  for (const { customer, event, at } of events) {
    if (at > asOf || (cohortEvent !== null && event !== cohortEvent)) continue
    const known = first.get(customer)
    if (known === undefined || at < known) first.set(customer, at)
  }
  const members = new Map<string, Member>()
  const dayFor = new Map<string, (at: number) => number>()
  for (const [customer, t0] of first) {
    const zone = (question.days === 'customerZone' ? question.customerZones?.get(customer) : undefined) ?? question.zone
    const label = labelOf(localDay(t0, zone), question.groupBy)
    const day = question.days === 'rolling24h' ? (at: number) => Math.floor((at - t0) / dayMilliseconds) : daysSince(t0, zone)
    dayFor.set(customer, day)
    // The day asOf falls into is not over, in all three ways of counting.
    members.set(customer, { cohort: label, lastFullDay: day(asOf) - 1, returnDays: [] })
  }
  for (const { customer, event, at } of events) {
    const t0 = first.get(customer)
    if (t0 === undefined || at < t0 || at > asOf || (returnEvent !== null && event !== returnEvent)) continue
    members.get(customer)?.returnDays.push(dayFor.get(customer)?.(at) ?? 0)
  }
  return [...members.values()]
}

function daysSince(t0: number, zone: string): (at: number) => number {
  const day0 = localDay(t0, zone)
  return at => localDay(at, zone) - day0
}

function labelOf(day: number, groupBy: CohortQuestion['groupBy']): string {
  switch (groupBy) {
    case undefined:
      return ''
    case 'day':
      return dateOf(day)
    case 'week':
      return dateOf(mondayOf(day))
    case 'month':
      return dateOf(day).slice(0, 7)
  }
}

interface Column<Key> {
  key: Key
  /** The day that must be over. */
  due: number
  holds: (day: number) => boolean
  valid: boolean
}

function tabulate<Key>(
  members: readonly Member[],
  question: CohortQuestion,
  columns: readonly Column<Key>[],
): RetentionTable<Key> {
  const row = (of: readonly Member[]) => columns.map(column => cellOf(of, column))
  const overall = row(members)
  if (question.groupBy === undefined) return { size: members.length, overall, cohorts: [] }
  const byCohort = new Map<string, Member[]>()
  for (const member of members) {
    const group = byCohort.get(member.cohort)
    if (group) group.push(member)
    else byCohort.set(member.cohort, [member])
  }
  const cohorts = [...byCohort]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([cohort, of]) => ({ cohort, size: of.length, cells: row(of) }))
  return { size: members.length, overall, cohorts }
}

function cellOf<Key>(members: readonly Member[], column: Column<Key>): Cell<Key> {
  if (!column.valid) return { ...column.key, eligible: 0, retained: 0, ...undefinedFor('invalid_input') }
  const eligible = members.filter(member => member.lastFullDay >= column.due)
  const retained = eligible.filter(member => member.returnDays.some(column.holds)).length
  return {
    ...column.key,
    eligible: eligible.length,
    retained,
    ...retentionRate({ size: members.length, eligible: eligible.length, retained }),
  }
}

/** The rate of one cell from counts, however they were made. */
export function retentionRate(counts: { size: number; eligible: number; retained: number }): Result {
  if (counts.size === 0) return undefinedFor('empty_cohort')
  if (counts.eligible === 0) return undefinedFor('not_matured')
  return defined((counts.retained / counts.eligible) * 100)
}
