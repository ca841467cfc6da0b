import { expect, test } from 'vitest'
import { eventsAsked } from '../../activities/simulated-plan.ts'
import type { Rule } from '../../domain/segment/rule.ts'

const rules: Record<string, Rule> = {
  buyers: {
    all: [
      { event: 'Order "Completed"', count: { gte: 2 }, within: '30d' },
      { attribute: 'plan', is: 'pro' },
    ],
  },
  silent: { inactive: { for: '7d' } },
}
const events = ['Order "Completed"', 'Visited', 'Login']
const context = {
  at: new Date(0),
  segment: (key: string) => rules[key],
  eventId: (name: string) => (events.includes(name) ? events.indexOf(name) : undefined),
}
const asked = (rule: unknown) => eventsAsked(rule as Rule, context).values

test('a rule may change its answer for who did what it names, by way of other segments too, and for anybody who did anything where it asks for silence', () => {
  expect(asked({ any: [{ segment: 'buyers' }, { not: { event: 'Visited' } }] })).toEqual([[0, 1]])
  expect(asked({ attribute: 'plan', is: 'event' })).toEqual([[]])
  expect(eventsAsked({ any: [{ segment: 'silent' }, { event: 'Visited' }] } as Rule, context).pieces).toEqual(['true'])
})
