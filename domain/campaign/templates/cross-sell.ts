import { email, morning, type Template, wait } from './template.ts'

export const crossSell: Template = {
  key: 'cross-sell',
  goal: 'crossSell',
  document: {
    name: 'Cross-sell after a purchase',
    trigger: { kind: 'event', event: 'Order Completed' },
    reentry: { after: '60d' },
    goals: [
      {
        key: 'goes-with-it',
        kind: 'crossSell',
        success: { event: 'Order Completed', within: '30d' },
        journey: [
          wait('7d'),
          morning,
          email('goes-with-it', 'What goes well with your order', ['Customers who bought the same chose these next.'], {
            button: { url: 'https://example.com/recommended', label: 'See them' },
          }),
        ],
      },
    ],
  },
}
