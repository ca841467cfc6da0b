import { email, type Template, wait } from './template.ts'

export const feedback: Template = {
  key: 'feedback',
  goal: 'feedback',
  document: {
    name: 'Feedback: recommendation score',
    trigger: { kind: 'event', event: 'Order Completed' },
    reentry: { after: '90d' },
    goals: [
      {
        key: 'answer',
        kind: 'feedback',
        journey: [
          wait('7d'),
          { kind: 'survey', id: 'nps', survey: 'nps', channel: 'email' },
          {
            kind: 'await',
            on: { event: 'Survey Answered', where: [{ property: 'survey', is: 'nps' }] },
            within: '14d',
            do: [
              {
                kind: 'branch',
                cases: [
                  {
                    when: { event: 'Survey Answered', count: { gte: 1 }, within: '15d', where: [{ property: 'score', gte: 9 }] },
                    do: [
                      email('review', 'Would you tell others?', ['Thank you. A short review helps people like you to find us.'], {
                        button: { url: 'https://example.com/review', label: 'Write a review' },
                      }),
                    ],
                  },
                  {
                    when: { event: 'Survey Answered', count: { gte: 1 }, within: '15d', where: [{ property: 'score', lte: 6 }] },
                    do: [
                      email('sorry', 'Thank you for telling us', ['Somebody of us reads your answer today and writes back.'], {
                        transactional: true,
                      }),
                    ],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  },
}
