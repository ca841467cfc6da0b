import { email, morning, type Template, wait } from './template.ts'

export const crossSell: Template = {
  key: 'cross-sell',
  name: 'Cross-sell after a purchase',
  goal: 'crossSell',
  description: 'A week after an order: what goes with it, to those who have not bought it meanwhile.',
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
