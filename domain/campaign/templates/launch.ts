import { email, morning, type Template } from './template.ts'

export const launch: Template = {
  key: 'launch',
  goal: 'launch',
  document: {
    name: 'Product launch',
    trigger: { kind: 'now' },
    goals: [
      {
        key: 'try-it',
        kind: 'launch',
        success: { event: 'Order Completed', within: '14d' },
        journey: [
          morning,
          email('announcement', 'It is here', ['What many of you asked for is ready.'], {
            button: { url: 'https://example.com/new', label: 'See it' },
          }),
          {
            kind: 'await',
            on: { message: 'opened' },
            within: '3d',
            else: [
              email('reminder', 'In case you missed it', ['It takes a minute to see what is new.'], {
                button: { url: 'https://example.com/new', label: 'See it' },
              }),
            ],
          },
        ],
      },
    ],
  },
}
