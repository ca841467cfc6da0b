import { daily, email, type Template } from './template.ts'

export const renewal: Template = {
  key: 'renewal',
  goal: 'renewal',
  document: {
    name: 'Renewal notice',
    trigger: daily,
    audience: { subscription: { status: 'active', renewsWithin: '14d' } },
    reentry: { after: '25d' },
    goals: [
      {
        key: 'renew',
        kind: 'renewal',
        success: { event: 'Subscription Renewed', within: '30d' },
        journey: [
          email('notice', 'Your subscription renews in two weeks', ['You need do nothing. To change or end it, use this page.'], {
            transactional: true,
            button: { url: 'https://example.com/subscription', label: 'My subscription' },
          }),
        ],
      },
    ],
  },
}
