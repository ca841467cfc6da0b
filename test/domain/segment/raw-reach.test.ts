import { expect, test } from 'vitest'
import { reachWarnings } from '../../../domain/segment/raw-reach.ts'
import type { Rule } from '../../../domain/segment/rule.ts'

const order = { event: 'Order Completed' }

test.each<[string, Rule]>([
  ['once within any time', { ...order, within: '900d' }],
  ['how often ever', { ...order, count: { gte: 5 } }],
  ['what was spent ever', { ...order, sum: { property: 'revenue', gte: 100 } }],
  ['how often within what is kept', { ...order, count: { gte: 5 }, within: '400d' }],
])('%s needs no more than is kept', (_, rule) => {
  expect(reachWarnings(rule, '400d')).toEqual([])
})

test.each<[string, Rule]>([
  ['how often within longer', { ...order, count: { gte: 5 }, within: '401d' }],
  ['a filter over all time', { ...order, where: [{ property: 'category', is: 'shoes' }] }],
  ['a sum of another property', { ...order, sum: { property: 'items', gte: 3 } }],
])('%s counts only what is left, and is warned of where it stands', (_, rule) => {
  expect(reachWarnings({ not: rule }, '400d')).toMatchObject([{ path: '/not', code: 'beyondRetention' }])
  expect(reachWarnings(rule, null)).toEqual([])
})
