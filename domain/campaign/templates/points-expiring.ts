import { email, inApp, morning, type Template } from './template.ts'

export const pointsExpiring: Template = {
  key: 'points-expiring',
  goal: 'loyaltyReward',
  document: {
    name: 'Points expiring, tier near',
    trigger: { kind: 'event', event: 'Points Expiring' },
    reentry: { after: '20d' },
    goals: [
      {
        key: 'redeem',
        kind: 'loyaltyReward',
        success: { event: 'Points Redeemed', within: '30d' },
        journey: [
          morning,
          email(
            'expiring',
            'Your {{ points }} points expire at the end of the month',
            [
              'They are worth something until then: this is what others chose.',
              '{% if nextTier.name and nextTier.missing %}And {{ nextTier.missing }} more take you to {{ nextTier.name }}.{% endif %}',
            ],
            { button: { url: 'https://example.com/rewards', label: 'Use my points' } },
          ),
          {
            kind: 'await',
            on: { event: 'Loyalty Tier Changed' },
            within: '20d',
            do: [inApp('tier', 'Welcome to {{ tier | default: "your new tier" }}', 'See what is yours from now on.')],
          },
        ],
      },
    ],
  },
}
