import { email, type Template, wait } from './template.ts'

export const earlyAccess: Template = {
  key: 'early-access',
  goal: 'launch',
  document: {
    name: 'Early access',
    trigger: { kind: 'now' },
    audience: {
      any: [{ rfm: { frequency: { gte: 4 }, monetary: { gte: 4 } } }, { superHealthy: true }, { attribute: 'vip', is: true }],
    },
    goals: [
      {
        key: 'try-first',
        kind: 'launch',
        success: { event: 'Early Access Used', within: '14d' },
        journey: [
          email('invitation', 'Before everybody else', ['You are among the first to see it. It opens to all in two weeks.'], {
            button: { url: 'https://example.com/early', label: 'Come in' },
          }),
          {
            kind: 'await',
            on: { event: 'Early Access Used' },
            within: '10d',
            do: [wait('2d'), { kind: 'survey', id: 'csat', survey: 'csat', channel: 'email' }],
          },
        ],
      },
    ],
  },
}
