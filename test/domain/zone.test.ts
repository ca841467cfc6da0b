import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isQuiet, nextLocalTime, quietFrom, quietUntil, weekdays, zoneOf } from '../../domain/zone.ts'

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Pacific/Apia',
  'Pacific/Chatham',
  'America/Santiago',
  'Africa/Casablanca',
  'Asia/Beirut',
  'UTC',
]
const hour = 3_600_000
const zone = fc.constantFrom(...zones)
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`)
const anyMoment = fc.integer({ min: Date.UTC(2005, 0, 1), max: Date.UTC(2037, 11, 31) })
/** Moments around changes of the clocks, where everything goes wrong. */
const changes = [
  '2026-03-29T01:00Z',
  '2026-10-25T01:00Z',
  '2026-03-08T07:00Z',
  '2026-11-01T06:00Z',
  '2026-10-03T15:30Z',
  '2026-04-04T15:00Z',
  '2011-12-30T10:00Z',
  '2026-09-06T04:00Z',
  '2026-03-28T22:00Z',
]
const nearChange = fc
  .tuple(fc.constantFrom(...changes), fc.integer({ min: -30 * 60, max: 30 * 60 }))
  .map(([at, m]) => Date.parse(at) + m * 60_000)
const moment = fc.oneof(anyMoment, nearChange).map(at => new Date(at))

/** The clocks of a zone by the platform's own Intl: an oracle that shares no code with the project. */
const formats = new Map<string, Intl.DateTimeFormat>()
function clock(at: Date, of: string): string {
  const format =
    formats.get(of) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: of,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      day: '2-digit',
      hourCycle: 'h23',
    })
  formats.set(of, format)
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  return `${parts.weekday?.toLowerCase()} ${parts.hour}:${parts.minute}`
}

describe('the next local time', () => {
  test.each([
    ['an ordinary day', '2026-05-01T10:00Z', 'Europe/Berlin', '09:00', undefined, '2026-05-02T07:00Z'],
    ['later today', '2026-05-01T05:00Z', 'Europe/Berlin', '09:00', undefined, '2026-05-01T07:00Z'],
    ['exactly now means next time', '2026-05-01T07:00Z', 'Europe/Berlin', '09:00', undefined, '2026-05-02T07:00Z'],
    ['over the change to summer time', '2026-03-28T12:00Z', 'Europe/Berlin', '09:00', undefined, '2026-03-29T07:00Z'],
    ['over the change to winter time', '2026-10-24T12:00Z', 'Europe/Berlin', '09:00', undefined, '2026-10-25T08:00Z'],
    [
      'a time that is left out comes an hour later',
      '2026-03-29T00:00Z',
      'Europe/Berlin',
      '02:30',
      undefined,
      '2026-03-29T01:30Z',
    ],
    [
      'a time that comes twice counts the first time',
      '2026-10-24T23:00Z',
      'Europe/Berlin',
      '02:30',
      undefined,
      '2026-10-25T00:30Z',
    ],
    ['and only once', '2026-10-25T00:45Z', 'Europe/Berlin', '02:30', undefined, '2026-10-26T01:30Z'],
    ['half-hour zones', '2026-05-01T00:00Z', 'Asia/Kolkata', '09:00', undefined, '2026-05-01T03:30Z'],
    ['a change of half an hour', '2026-10-03T12:00Z', 'Australia/Lord_Howe', '09:00', undefined, '2026-10-03T22:00Z'],
    ['a day that never was', '2011-12-29T20:00Z', 'Pacific/Apia', '09:00', undefined, '2011-12-30T19:00Z'],
    ['midnight that is left out', '2026-03-28T20:00Z', 'Asia/Beirut', '00:00', undefined, '2026-03-28T22:00Z'],
    ['the next Monday', '2026-05-01T10:00Z', 'Europe/Berlin', '09:00', ['mon'] as const, '2026-05-04T07:00Z'],
    ['today when it is that day', '2026-05-04T05:00Z', 'Europe/Berlin', '09:00', ['mon', 'thu'] as const, '2026-05-04T07:00Z'],
    [
      'the day counts where the customer is',
      '2026-05-03T23:30Z',
      'Pacific/Chatham',
      '13:00',
      ['mon'] as const,
      '2026-05-04T00:15Z',
    ],
  ])('%s', (_, at, of, wanted, days, expected) => {
    expect(nextLocalTime(new Date(at), of, wanted, days)).toEqual(new Date(expected))
  })

  test('is always later, within two days, and what the clocks there show unless they jump over it', () => {
    fc.assert(
      fc.property(moment, zone, time, (at, of, wanted) => {
        const next = nextLocalTime(at, of, wanted)
        expect(next.getTime()).toBeGreaterThan(at.getTime())
        expect(next.getTime() - at.getTime()).toBeLessThanOrEqual(49 * hour)
        const shown = clock(next, of).slice(4)
        // Left out: the clocks jump somewhere in the hours before it.
        if (shown !== wanted) expect(clock(new Date(next.getTime() - 24 * hour), of).slice(4)).toBe(wanted)
      }),
      { numRuns: 1_000 },
    )
  })

  test('falls on a named weekday, within nine days', () => {
    fc.assert(
      fc.property(moment, zone, time, fc.subarray([...weekdays], { minLength: 1 }), (at, of, wanted, days) => {
        const next = nextLocalTime(at, of, wanted, days)
        expect(days).toContain(clock(next, of).slice(0, 3))
        expect(next.getTime() - at.getTime()).toBeLessThan(15 * 24 * hour)
      }),
      { numRuns: 300 },
    )
  })

  test('does not depend on what was asked before', () => {
    const ask = (at: number) => nextLocalTime(new Date(at), 'Europe/Berlin', '09:00').toISOString()
    const late = Date.UTC(2026, 4, 1, 12)
    const early = Date.UTC(2026, 3, 1, 12)
    expect([ask(late), ask(early), ask(late)]).toEqual([
      '2026-05-02T07:00:00.000Z',
      '2026-04-02T07:00:00.000Z',
      '2026-05-02T07:00:00.000Z',
    ])
  })
})

describe('quiet hours', () => {
  test.each([
    ['in the evening', '2026-05-01T19:00Z', '2026-05-02T07:00Z'],
    ['at their first minute', '2026-05-01T18:00Z', '2026-05-02T07:00Z'],
    ['a second before', '2026-05-01T17:59:59Z', undefined],
    ['in the small hours', '2026-05-02T02:00Z', '2026-05-02T07:00Z'],
    ['at their end', '2026-05-02T07:00Z', undefined],
    ['over the change to summer time', '2026-03-28T22:00Z', '2026-03-29T07:00Z'],
    ['over the change to winter time', '2026-10-24T22:00Z', '2026-10-25T08:00Z'],
  ])('from 20:00 until 09:00 in Berlin, %s', (_, at, until) => {
    expect(quietUntil(new Date(at), 'Europe/Berlin', '20:00', '09:00')).toEqual(until ? new Date(until) : undefined)
  })

  test('that end in a time left out end when the clocks have jumped', () => {
    expect(quietUntil(new Date('2026-03-29T00:30Z'), 'Europe/Berlin', '20:00', '02:30')).toEqual(new Date('2026-03-29T01:00Z'))
  })

  test('that end in a time that comes twice begin again with the hour that comes again', () => {
    const until = (at: string) => quietUntil(new Date(at), 'Europe/Berlin', '20:00', '02:30')?.toISOString()
    expect(until('2026-10-25T00:00Z')).toBe('2026-10-25T00:30:00.000Z')
    expect(until('2026-10-25T00:45Z')).toBeUndefined()
    expect(until('2026-10-25T01:10Z')).toBe('2026-10-25T01:30:00.000Z')
  })

  test('end later than now, within two days, and not in quiet hours; until then it stays quiet', () => {
    fc.assert(
      fc.property(moment, zone, time, time, fc.double({ min: 0, max: 1, noNaN: true }), (at, of, from, until, share) => {
        fc.pre(from !== until)
        const quiet = (when: Date) => {
          const now = clock(when, of).slice(4)
          return from <= until ? now >= from && now < until : now >= from || now < until
        }
        expect(isQuiet(at, of, from, until)).toBe(quiet(at))
        const end = quietUntil(at, of, from, until)
        expect(end !== undefined).toBe(quiet(at))
        const border = end ?? quietFrom(at, of, from, until)
        expect(border.getTime()).toBeGreaterThan(at.getTime())
        expect(border.getTime() - at.getTime()).toBeLessThan(48 * hour)
        expect(quiet(border)).toBe(!quiet(at))
        const between = new Date(at.getTime() + Math.floor((border.getTime() - at.getTime() - 1) * share))
        expect(quiet(between)).toBe(quiet(at))
      }),
      { numRuns: 1_500 },
    )
  })
})

describe('a customer’s zone', () => {
  test.each([
    ['Europe/Stockholm', { zone: 'Europe/Stockholm', fellBack: false }],
    ['Mars/Olympus', { zone: 'UTC', fellBack: true }],
    ['', { zone: 'UTC', fellBack: true }],
    [null, { zone: 'UTC', fellBack: true }],
  ])('%s', (of, expected) => {
    expect(zoneOf(of, 'UTC')).toEqual(expected)
    expect(zoneOf(of, 'UTC')).toEqual(expected)
  })
})
