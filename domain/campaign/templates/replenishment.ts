import { email, morning, type Template, wait } from './template.ts'

export const replenishment: Template = {
  key: 'replenishment',
  goal: 'crossSell',
  document: {
    name: 'Replenishment',
    trigger: { kind: 'event', event: 'Order Completed' },
    reentry: 'always',
    goals: [
      {
        key: 'buy-again',
        kind: 'crossSell',
        success: { event: 'Order Completed', within: '45d' },
        journey: [
          wait('25d'),
          morning,
          email('running-out', 'Running low?', ['Most people reorder about now. One click and it is on its way.'], {
            button: { url: 'https://example.com/reorder', label: 'Order again' },
          }),
        ],
      },
    ],
  },
}
