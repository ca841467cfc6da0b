import { email, morning, type Template, wait } from './template.ts'

export const replenishment: Template = {
  key: 'replenishment',
  name: 'Replenishment',
  goal: 'crossSell',
  description: 'When what was bought runs out: a reminder, unless it was bought again before.',
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
