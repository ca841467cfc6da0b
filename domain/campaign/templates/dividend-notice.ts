import { email, type Template } from './template.ts'

export const dividendNotice: Template = {
  key: 'dividend-notice',
  goal: 'loyaltyReward',
  document: {
    name: 'Dividend notice',
    trigger: { kind: 'event', event: 'Dividend Declared' },
    reentry: 'always',
    goals: [
      {
        key: 'informed',
        kind: 'loyaltyReward',
        journey: [
          email(
            'notice',
            'Your dividend',
            [
              'A dividend of {{ event.properties.amount | default: "your share" }} is paid to you on {{ event.properties.payDate | default: "the day stated on your account" }}.',
            ],
            { transactional: true, button: { url: 'https://example.com/account', label: 'My account' } },
          ),
        ],
      },
    ],
  },
}
