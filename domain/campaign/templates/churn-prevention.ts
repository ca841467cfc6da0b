import { daily, email, type Template } from './template.ts'

export const churnPrevention: Template = {
  key: 'churn-prevention',
  goal: 'churnPrevention',
  document: {
    name: 'Churn prevention on falling use',
    trigger: daily,
    audience: { all: [{ subscription: { status: 'active' } }, { churnRisk: { gte: 0.7 } }] },
    reentry: { after: '60d' },
    experiment: { holdout: 0.1, variants: [{ key: 'a', weight: 1 }], metric: { kind: 'churn', within: '60d' } },
    goals: [
      {
        key: 'stay',
        kind: 'churnPrevention',
        success: { event: 'Login', within: '14d' },
        journey: [
          email('help', 'Can we make it easier?', [
            'You use us less than you used to. What gets in your way? An answer to this letter reaches a person.',
          ]),
          {
            kind: 'await',
            on: [{ event: 'Login' }, { message: 'replied' }],
            within: '7d',
            else: [{ kind: 'task', title: 'Call: use has fallen', due: '3d', assignee: 'success' }],
          },
        ],
      },
    ],
  },
}
