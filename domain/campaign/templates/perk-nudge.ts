import { daily, email, inApp, type Template, wait } from './template.ts'

export const perkNudge: Template = {
  key: 'perk-nudge',
  goal: 'loyaltyReward',
  document: {
    name: 'Perk nudge',
    trigger: daily,
    audience: {
      all: [{ subscription: { status: 'active' } }, { not: { event: 'Perk Used', count: { gte: 1 }, within: '60d' } }],
    },
    reentry: { after: '60d' },
    goals: [
      {
        key: 'use-it',
        kind: 'loyaltyReward',
        success: { event: 'Perk Used', within: '30d' },
        journey: [
          inApp('perk', 'This is yours already', 'Your plan has a benefit you have not used yet.'),
          wait('3d'),
          email(
            'perk-letter',
            'You pay for this already',
            ['Your plan has a benefit you have not used yet. It takes a minute.'],
            { button: { url: 'https://example.com/perks', label: 'Use it' } },
          ),
        ],
      },
    ],
  },
}
