import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bracketed,
  type CohortQuestion,
  type CustomerEvent,
  type DayCount,
  nDay,
  unbounded,
} from '../../../domain/metric/n-day.ts'
import { agree, oracle } from '../oracle.ts'

interface Inputs {
  kind: 'nDay' | 'bracketed' | 'unbounded'
  cohortEvent: string
  returnEvent: string | null
  days: DayCount
  zone: string
  asOf: string
  groupBy?: 'day' | 'week' | 'month'
  customerZones?: Record<string, string>
  n: number[]
  brackets: [number, number][]
  events: { customer: string; at: string; event: string }[]
}

describe('retention by day, bracket and from a day on', () => {
  test.each(oracle<Inputs>('nday'))('%s', (_, each) => {
    const { kind, cohortEvent, returnEvent, days, zone, groupBy, customerZones, n, brackets } = each.inputs
    const events = each.inputs.events.map(event => ({ ...event, at: Date.parse(event.at) }))
    const question: CohortQuestion = {
      cohortEvent,
      returnEvent,
      days,
      zone,
      asOf: Date.parse(each.inputs.asOf),
      ...(groupBy && { groupBy }),
      ...(customerZones && { customerZones: new Map(Object.entries(customerZones)) }),
    }
    if (kind === 'bracketed') agree(bracketed(events, question, brackets), each)
    else agree((kind === 'nDay' ? nDay : unbounded)(events, question, n), each)
  })
})

const question: CohortQuestion = {
  cohortEvent: null,
  returnEvent: null,
  days: 'calendar',
  zone: 'Europe/Berlin',
  asOf: Date.parse('2024-06-01T00:00:00Z'),
}
const events: fc.Arbitrary<CustomerEvent[]> = fc.array(
  fc.record({
    customer: fc.constantFrom('a', 'b', 'c'),
    event: fc.constantFrom('open', 'buy'),
    at: fc.integer({ min: Date.parse('2024-03-01T00:00:00Z'), max: Date.parse('2024-06-05T00:00:00Z') }),
  }),
)

test('a bracket of one day is that day', () => {
  fc.assert(
    fc.property(events, fc.nat(60), fc.constantFrom<DayCount>('calendar', 'rolling24h'), (all, n, days) => {
      const [bracket] = bracketed(all, { ...question, days }, [[n, n]]).overall
      const [day] = nDay(all, { ...question, days }, [n]).overall
      expect([bracket?.eligible, bracket?.retained, bracket?.value]).toEqual([day?.eligible, day?.retained, day?.value])
    }),
  )
})
test('who comes back at all comes back on some day: day 0 is 100, and cohorts add up to the whole', () => {
  fc.assert(
    fc.property(events, all => {
      const table = unbounded(all, { ...question, groupBy: 'week' }, [0, 7])
      if (table.overall[0]?.value !== null) expect(table.overall[0]?.value).toBe(100)
      for (const column of [0, 1]) {
        const sum = table.cohorts.reduce((total, cohort) => total + (cohort.cells[column]?.retained ?? 0), 0)
        expect(sum).toBe(table.overall[column]?.retained)
      }
    }),
  )
})
test.each([
  [
    [
      [1, 3],
      [3, 5],
    ],
  ],
  [[[5, 2]]],
  [[[-1, 2]]],
  [[[0.5, 2]]],
])('the brackets %j are refused', brackets => {
  const table = bracketed([], question, brackets as [number, number][])
  expect(table.overall.map(cell => cell.reason)).toEqual(brackets.map(() => 'invalid_input'))
})
