import { email, type Template } from './template.ts'

export const trialEnding: Template = {
  key: 'trial-ending',
  goal: 'onboarding',
  document: {
    name: 'Trial ending',
    trigger: { kind: 'trialEnd', before: '3d' },
    goals: [
      {
        key: 'convert',
        kind: 'onboarding',
        success: { event: 'Trial Converted', within: '14d' },
        journey: [
          email(
            'reminder',
            'Your trial ends in three days',
            ['Keep everything you have set up: choose a plan and nothing changes.'],
            { button: { url: 'https://example.com/plans', label: 'Choose a plan' } },
          ),
          {
            kind: 'await',
            on: { event: 'Trial Converted' },
            within: '2d',
            else: [
              email(
                'last-day',
                'Your trial ends tomorrow',
                ['After that your projects are kept for thirty days, but nobody can open them.'],
                { button: { url: 'https://example.com/plans', label: 'Keep my projects' } },
              ),
            ],
          },
        ],
      },
    ],
  },
}
