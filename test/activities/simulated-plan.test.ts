import { expect, test } from 'vitest'
import { factsAsked } from '../../activities/simulated-plan.ts'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import type { Rule } from '../../domain/segment/rule.ts'

const rules: Record<string, Rule> = {
  buyers: { event: 'Order Completed', count: { gte: 2 }, within: '30d' },
  'the "silent"': { all: [{ inactive: { for: '7d' } }] },
  paying: { not: { subscription: { status: 'trialing' } } },
  far: { not: { segment: 'the "silent"' } },
}
const context = {
  at: new Date(0),
  segment: (key: string) => rules[key],
  eventId: (name: string) => ({ 'Order Completed': 1, Login: 2, Visited: 3, 'He said "so"': 4 })[name],
}
const asks = (more: object) =>
  factsAsked(
    campaignSchema.parse({
      name: 'Asked',
      trigger: { kind: 'event', event: 'Visited' },
      goals: [{ key: 'g', kind: 'winBack', journey: [{ kind: 'exit' }] }],
      ...more,
    }),
    context,
  )

test('when somebody was last seen is laid out where a trigger or a rule asks for it, by way of other segments too', () => {
  expect(asks({ trigger: { kind: 'inactivity', for: '7d' } })).toMatchObject({ silence: true })
  expect(asks({ audience: { any: [{ inactive: { for: '7d' } }] } })).toMatchObject({ silence: true })
  expect(asks({ audience: { segment: 'the "silent"' } })).toMatchObject({ silence: true })
  expect(asks({ trigger: { kind: 'segmentEntry', segment: 'far' } })).toEqual({
    silence: true,
    subscriptions: false,
    events: null,
  })
  expect(asks({ trigger: { kind: 'segmentEntry', segment: 'buyers' }, audience: { segment: 'unknown' } })).toMatchObject({
    silence: false,
  })
})

test('what customers pay for is told where it is asked', () => {
  expect(asks({ trigger: { kind: 'trialEnd', before: '3d' } })).toMatchObject({ silence: false, subscriptions: true })
  expect(asks({ audience: { segment: 'paying' } })).toMatchObject({ subscriptions: true })
  expect(asks({})).toEqual({ silence: false, subscriptions: false, events: [3] })
})

test('of what customers did only the events are told that something names', () => {
  const goal = (more: object) => [{ key: 'g', kind: 'winBack', journey: [{ kind: 'exit' }], ...more }]
  expect(
    asks({
      audience: { segment: 'buyers' },
      goals: goal({ success: { event: 'He said "so"', within: '3d' } }),
    }).events?.toSorted(),
  ).toEqual([1, 3, 4])
  expect(asks({ goals: goal({ when: { event: 'Never Seen' } }) }).events).toEqual([3])
})
