import { email, type Template } from './template.ts'

export const serviceRecovery: Template = {
  key: 'service-recovery',
  goal: 'recovery',
  document: {
    name: 'Service recovery',
    trigger: { kind: 'event', event: 'Complaint Received' },
    reentry: { after: '7d' },
    goals: [
      {
        key: 'put-right',
        kind: 'recovery',
        journey: [
          email('sorry', 'We are sorry', ['We have your message. Somebody looks into it today.'], { transactional: true }),
          {
            kind: 'task',
            title: 'Put it right, then say what came of it',
            due: '1d',
            outcomes: {
              solved: [
                { kind: 'award', points: 100, reason: 'for the trouble' },
                email('solved', 'It is solved', ['Thank you for your patience: there are 100 points on your account.'], {
                  transactional: true,
                }),
              ],
              unsolved: [],
            },
            else: [{ kind: 'task', title: 'Overdue complaint', due: '4h', assignee: 'lead' }],
          },
        ],
      },
    ],
  },
}
