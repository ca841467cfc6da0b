import { Temporal as TemporalTime } from 'temporal-polyfill'
import { isTimeZone } from './time.ts'

/** A time of day as the contract writes it: `"09:00"`. */
export const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d$/
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

/** What a memory here keeps at most: every zone with a few times of day. */
const remembered = 5_000
const memo = <T>() => {
  const map = new Map<string, T>()
  return {
    get: (key: string) => map.get(key),
    set: (key: string, value: T): T => {
      if (map.size >= remembered) map.clear()
      map.set(key, value)
      return value
    },
  }
}

const knownZones = memo<boolean>()

/** The customer's zone; the fallback, marked as such, where there is none or nobody knows it. */
export function zoneOf(zone: string | null | undefined, fallback: string): { zone: string; fellBack: boolean } {
  if (!zone) return { zone: fallback, fellBack: true }
  return (knownZones.get(zone) ?? knownZones.set(zone, isTimeZone(zone)))
    ? { zone, fellBack: false }
    : { zone: fallback, fellBack: true }
}

const local = (at: number, zone: string) => TemporalTime.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

/** The answer holds for every moment in [from, to). */
interface Stretch<T> {
  from: number
  to: number
  answer: T
}

const nextTimes = memo<Stretch<Date>>()

/**
 * The next moment after `at` when clocks in the zone show `time` (on one of the weekdays, when they are named). A time
 * that a change to summer time leaves out comes as much later as the clocks jump; one that comes twice counts once, the first.
 */
export function nextLocalTime(at: Date, zone: string, time: string, days?: readonly Weekday[]): Date {
  const moment = at.getTime()
  const key = `${zone} ${time} ${days?.join() ?? ''}`
  const last = nextTimes.get(key)
  if (last && moment >= last.from && moment < last.to) return last.answer
  const plain = TemporalTime.PlainTime.from(time)
  const today = local(moment, zone).toPlainDate()
  // A jump over midnight can carry yesterday's time into today; eight days on, every weekday has come, and was not left out.
  for (let day = -1; day <= 15; day++) {
    const next = today.add({ days: day }).toZonedDateTime({ timeZone: zone, plainTime: plain })
    if (next.epochMilliseconds <= moment) continue
    if (days && days.length > 0 && !days.includes(weekdays[next.dayOfWeek - 1]!)) continue
    const answer = new Date(next.epochMilliseconds)
    nextTimes.set(key, { from: moment, to: next.epochMilliseconds, answer })
    return answer
  }
  throw new Error(`no ${time} in ${zone} after ${at.toISOString()}`)
}

/** Whether clocks in the zone show a time within [from, until), over midnight when `from` is the later. */
export function isQuiet(at: Date, zone: string, from: string, until: string): boolean {
  return within(local(at.getTime(), zone), minutes(from), minutes(until))
}

function within(time: { hour: number; minute: number }, from: number, until: number): boolean {
  const now = time.hour * 60 + time.minute
  return from <= until ? now >= from && now < until : now >= from || now < until
}

const windows = memo<Stretch<boolean>[]>()

/** The stretch around `at` during which it stays quiet, or stays not quiet; `to` is its exact end. */
function stretchAt(at: Date, zone: string, from: string, until: string): Stretch<boolean> {
  const moment = at.getTime()
  const key = `${zone} ${from} ${until}`
  // A few stretches for each key: whoever asks for tonight's end asks for tomorrow's beginning too.
  const stretches = windows.get(key) ?? windows.set(key, [])
  const known = stretches.find(stretch => moment >= stretch.from && moment < stretch.to)
  if (known) return known
  const now = local(moment, zone)
  const quiet = within(now, minutes(from), minutes(until))
  const changes = (time: TemporalTime.ZonedDateTime) => within(time, minutes(from), minutes(until)) !== quiet
  const to = nextBoundaries(now, zone, quiet ? until : from).find(changes)
  const stretch = { from: moment, to: to?.epochMilliseconds ?? moment + 86_400_000, answer: quiet }
  if (stretches.unshift(stretch) > 4) stretches.pop()
  return stretch
}

/** The moments after `now` when the clocks show `time` or jump, in order: quiet hours can begin and end nowhere else. */
function nextBoundaries(now: TemporalTime.ZonedDateTime, zone: string, time: string): TemporalTime.ZonedDateTime[] {
  const plain = TemporalTime.PlainTime.from(time)
  const moments: TemporalTime.ZonedDateTime[] = []
  for (let day = -1; day <= 3; day++) {
    const wall = now.toPlainDate().add({ days: day }).toPlainDateTime(plain)
    for (const disambiguation of ['earlier', 'later'] as const) moments.push(wall.toZonedDateTime(zone, { disambiguation }))
  }
  const jump = now.getTimeZoneTransition('next')
  if (jump) moments.push(jump)
  return moments
    .filter(moment => moment.epochMilliseconds > now.epochMilliseconds)
    .sort((a, b) => a.epochMilliseconds - b.epochMilliseconds)
}

/** The end of the quiet hours in which `at` lies, by the clocks of the zone; undefined when it lies in none. */
export function quietUntil(at: Date, zone: string, from: string, until: string): Date | undefined {
  const { answer, to } = stretchAt(at, zone, from, until)
  return answer ? new Date(to) : undefined
}

/** When the next quiet hours begin: `at` itself when they are on. */
export function quietFrom(at: Date, zone: string, from: string, until: string): Date {
  const { answer, to } = stretchAt(at, zone, from, until)
  return answer ? at : new Date(to)
}
