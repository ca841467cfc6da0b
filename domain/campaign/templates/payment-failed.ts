import { email, type Template, wait } from './template.ts'

export const paymentFailed: Template = {
  key: 'payment-failed',
  goal: 'recovery',
  document: {
    name: 'Payment failed',
    trigger: { kind: 'event', event: 'Payment Failed' },
    reentry: 'always',
    goals: [
      {
        key: 'pay',
        kind: 'recovery',
        success: { event: 'Payment Succeeded', within: '21d' },
        journey: [
          email('failed', 'Your payment did not go through', ['Nothing is lost. Please check your card.'], {
            transactional: true,
            button: { url: 'https://example.com/billing', label: 'Check my card' },
          }),
          {
            kind: 'await',
            on: { event: 'Payment Succeeded' },
            within: '3d',
            else: [
              email('again', 'We will try again tomorrow', ['If your card has changed, tell us the new one and all goes on.'], {
                transactional: true,
                button: { url: 'https://example.com/billing', label: 'Change my card' },
              }),
              wait('4d'),
              { kind: 'task', title: 'Payment still open: call', due: '2d', assignee: 'billing' },
            ],
          },
        ],
      },
    ],
  },
}
