import { expect, test } from 'vitest'
import { reachWarnings } from '../../../domain/segment/raw-reach.ts'
import type { Rule } from '../../../domain/segment/rule.ts'

const order = { event: 'Order Completed' }
const long: Rule = {
  all: [
    { ...order, count: { gte: 5 }, within: '401d' },
    { ...order, count: { gte: 6 }, within: '402d' },
  ],
}
const saved = { segment: (key: string): Rule | undefined => (key === 'long' ? long : undefined) }

test.each<[string, Rule]>([
  ['once within any time', { ...order, within: '900d' }],
  ['how often ever', { ...order, count: { gte: 5 } }],
  ['what was spent ever', { ...order, sum: { property: 'revenue', gte: 100 } }],
  ['how often within what is kept', { ...order, count: { gte: 5 }, within: '400d' }],
])('%s needs no more than is kept', (_, rule) => {
  expect(reachWarnings(rule, '400d', saved)).toEqual([])
})

test.each<[string, Rule]>([
  ['how often within longer', { ...order, count: { gte: 5 }, within: '401d' }],
  ['a filter over all time', { ...order, where: [{ property: 'category', is: 'shoes' }] }],
  ['a sum of another property', { ...order, sum: { property: 'items', gte: 3 } }],
])('%s counts only what is left, and is warned of where it stands', (_, rule) => {
  expect(reachWarnings({ not: rule }, '400d', saved)).toMatchObject([{ path: '/not', code: 'beyondRetention' }])
  expect(reachWarnings(rule, null, saved)).toEqual([])
})

test('a segment that is named is warned of where it is named, once', () => {
  expect(reachWarnings({ any: [order, { segment: 'long' }] }, '400d', saved)).toMatchObject([
    { path: '/any/1', code: 'beyondRetention', message: expect.stringContaining('401d') },
  ])
})
