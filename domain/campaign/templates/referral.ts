import { email, inApp, morning, type Template, wait } from './template.ts'

export const referral: Template = {
  key: 'referral',
  goal: 'advocacy',
  document: {
    name: 'Referral',
    trigger: {
      kind: 'event',
      event: 'Survey Answered',
      where: [
        { property: 'survey', is: 'nps' },
        { property: 'score', gte: 9 },
      ],
    },
    reentry: { after: '180d' },
    goals: [
      {
        key: 'refer',
        kind: 'advocacy',
        success: { event: 'Referral Completed', within: '60d' },
        journey: [
          wait('1d'),
          morning,
          email('ask', 'Know somebody who would like it too?', ['Your friend gets ten per cent off, you get 200 points.'], {
            button: { url: 'https://example.com/refer', label: 'Invite a friend' },
          }),
          {
            kind: 'await',
            on: { event: 'Friend Joined' },
            within: '30d',
            do: [
              { kind: 'award', points: 200, reason: 'a friend came' },
              inApp('thanks', 'Thank you', 'Your friend has come: 200 points are yours.'),
            ],
          },
        ],
      },
    ],
  },
}
