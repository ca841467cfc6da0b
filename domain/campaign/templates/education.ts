import { email, type Template } from './template.ts'

export const education: Template = {
  key: 'education',
  goal: 'education',
  document: {
    name: 'Education series',
    trigger: { kind: 'event', event: 'Course Started' },
    goals: [
      {
        key: 'finish',
        kind: 'education',
        success: { event: 'Course Completed', within: '60d' },
        journey: [
          email('lesson-1', 'Lesson 1: the idea', ['Five minutes that make the rest easy.'], {
            button: { url: 'https://example.com/lessons/1', label: 'Begin' },
          }),
          { kind: 'wait', until: '09:00', weekday: ['tue'] },
          email('lesson-2', 'Lesson 2: the first result', ['Today you make something that works.'], {
            button: { url: 'https://example.com/lessons/2', label: 'Go on' },
          }),
          { kind: 'wait', until: '09:00', weekday: ['tue'] },
          email('lesson-3', 'Lesson 3: your own way', ['Three ways to make it yours.'], {
            button: { url: 'https://example.com/lessons/3', label: 'Finish' },
          }),
        ],
      },
    ],
  },
}
