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
const context = { at: new Date(0), segment: (key: string) => rules[key], eventId: () => 1 }
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
  expect(asks({ trigger: { kind: 'segmentEntry', segment: 'far' } })).toEqual({ silence: true, subscriptions: false })
  expect(asks({ trigger: { kind: 'segmentEntry', segment: 'buyers' }, audience: { segment: 'unknown' } })).toMatchObject({
    silence: false,
  })
})

test('what customers pay for is told where it is asked', () => {
  expect(asks({ trigger: { kind: 'trialEnd', before: '3d' } })).toEqual({ silence: false, subscriptions: true })
  expect(asks({ audience: { segment: 'paying' } })).toMatchObject({ subscriptions: true })
  expect(asks({})).toEqual({ silence: false, subscriptions: false })
})
