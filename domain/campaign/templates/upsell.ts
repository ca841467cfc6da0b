import { daily, email, inApp, morning, type Template, wait } from './template.ts'

export const upsell: Template = {
  key: 'upsell',
  goal: 'upsell',
  document: {
    name: 'Upsell to the super-healthy',
    trigger: daily,
    audience: { superHealthy: true },
    reentry: { after: '90d' },
    experiment: { holdout: 0.1, variants: [{ key: 'a', weight: 1 }], metric: { kind: 'revenue' } },
    goals: [
      {
        key: 'next-plan',
        kind: 'upsell',
        success: { event: 'Subscription Updated', within: '30d' },
        journey: [
          morning,
          inApp('hint', 'You have outgrown your plan', 'See what the next one adds.'),
          wait('2d'),
          email('plan', 'You get more out of it than most', ['People who work as you do save time with the next plan.'], {
            button: { url: 'https://example.com/plans', label: 'Compare plans' },
          }),
        ],
      },
    ],
  },
}
