import { email, morning, type Template } from './template.ts'

export const winBack: Template = {
  key: 'win-back',
  goal: 'winBack',
  document: {
    name: 'Win-back',
    trigger: { kind: 'inactivity', for: '30d' },
    reentry: { after: '90d' },
    experiment: { holdout: 0.1, variants: [{ key: 'a', weight: 1 }] },
    goals: [
      {
        key: 'return',
        kind: 'winBack',
        success: { event: 'Order Completed', within: '30d' },
        journey: [
          morning,
          email('news', 'A lot has happened since you were here', ['These are the three things people liked most lately.'], {
            button: { url: 'https://example.com/news', label: 'Have a look' },
          }),
          {
            kind: 'await',
            on: { event: 'Order Completed' },
            within: '5d',
            else: [
              { kind: 'offer', key: 'come-back', value: '10%', expires: '7d' },
              email(
                'offer',
                'Ten per cent, for seven days',
                ['Your next order costs ten per cent less, until next week: {{ offer.code }}.'],
                {
                  button: { url: 'https://example.com/offer', label: 'Use it' },
                },
              ),
            ],
          },
        ],
      },
    ],
  },
}
