import { email, inApp, type Template, wait } from './template.ts'

export const onboarding: Template = {
  key: 'onboarding',
  goal: 'onboarding',
  document: {
    name: 'Onboarding series',
    trigger: { kind: 'event', event: 'Signed Up' },
    goals: [
      {
        key: 'first-step',
        kind: 'onboarding',
        success: { event: 'First Step Completed', within: '14d' },
        journey: [
          email('welcome', 'Welcome', ['Good to have you. The first step takes two minutes.'], {
            button: { url: 'https://example.com/start', label: 'Begin' },
          }),
          {
            kind: 'await',
            on: { event: 'First Step Completed' },
            within: '2d',
            else: [
              email('help', 'Can we help you begin?', ['Most people who get stuck here find the answer in this short guide.'], {
                button: { url: 'https://example.com/guide', label: 'Read the guide' },
              }),
            ],
          },
          wait('4d'),
          inApp('next', 'What others do next', 'Invite a colleague: teams that work together stay.'),
        ],
      },
    ],
  },
}
