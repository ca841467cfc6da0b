import type { Rule } from '../../api/contract.ts'

/** A rule as the editor handles it: any JSON of one of the known forms. */
export type AnyRule = Record<string, unknown>

export const isGroup = (rule: AnyRule): boolean => 'all' in rule || 'any' in rule
export const partsOf = (rule: AnyRule): AnyRule[] => (rule.all ?? rule.any ?? []) as AnyRule[]

export const conditionKinds = [
  'attribute',
  'event',
  'inactive',
  'subscription',
  'lifecycle',
  'health',
  'churnRisk',
  'message',
  'consent',
  'segment',
] as const
export type ConditionKind = (typeof conditionKinds)[number]

export const kindOf = (rule: AnyRule): ConditionKind | 'rfm' | undefined =>
  [...conditionKinds, 'rfm' as const].find(kind => kind in rule && !(kind === 'message' && 'event' in rule))

const blanks: Record<ConditionKind, AnyRule> = {
  attribute: { attribute: 'plan', is: 'pro' },
  event: { event: 'Order Completed', count: { gte: 1 }, within: '30d' },
  inactive: { inactive: { for: '30d' } },
  subscription: { subscription: { status: 'active' } },
  lifecycle: { lifecycle: 'atRisk' },
  health: { health: { lt: 30 } },
  churnRisk: { churnRisk: { gte: 0.7 } },
  message: { message: { was: 'clicked' }, within: '30d' },
  consent: { consent: { channel: 'email' } },
  segment: { segment: '' },
}

export const blankCondition = (kind: ConditionKind): AnyRule => structuredClone(blanks[kind])

/** What the editor edits is always a group: anything else stands in one of its own. */
export const asGroup = (rule: Rule | undefined): AnyRule => {
  const any = (rule ?? { all: [] }) as AnyRule
  return isGroup(any) ? any : { all: [any] }
}

export const operators = [
  'is',
  'isNot',
  'in',
  'notIn',
  'contains',
  'startsWith',
  'gt',
  'gte',
  'lt',
  'lte',
  'exists',
  'missing',
  'before',
  'after',
  'withinLast',
  'withinNext',
] as const
export type OperatorName = (typeof operators)[number]

export function operatorOf(rule: AnyRule): OperatorName {
  if (rule.exists === false) return 'missing'
  return operators.find(name => name in rule) ?? 'is'
}

/** What was typed, as JSON means it: numbers and truth values are such unless they stand in quotes. */
export function scalarOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  if (/^".*"$/.test(text)) return text.slice(1, -1)
  return text.trim() !== '' && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

export const textOf = (value: unknown): string =>
  typeof value === 'string' && typeof scalarOf(value) !== 'string' ? `"${value}"` : value === undefined ? '' : String(value)

const numeric: readonly OperatorName[] = ['gt', 'gte', 'lt', 'lte']

/** A comparison with another operator, its value kept where it still makes sense. */
export function withOperator(base: AnyRule, operator: OperatorName, value: unknown): AnyRule {
  const text = Array.isArray(value) ? value.join(', ') : value === undefined || typeof value === 'boolean' ? '' : String(value)
  if (operator === 'exists') return { ...base, exists: true }
  if (operator === 'missing') return { ...base, exists: false }
  if (operator === 'in' || operator === 'notIn') return { ...base, [operator]: listOf(text) }
  if (operator === 'withinLast' || operator === 'withinNext')
    return { ...base, [operator]: /^\d+[smhdw]$/.test(text) ? text : '30d' }
  if (operator === 'before' || operator === 'after')
    return { ...base, [operator]: Number.isNaN(Date.parse(text)) ? '2026-01-01' : text }
  if (numeric.includes(operator)) return { ...base, [operator]: Number.isFinite(Number(text)) && text !== '' ? Number(text) : 0 }
  if (operator === 'contains' || operator === 'startsWith') return { ...base, [operator]: text || 'a' }
  return { ...base, [operator]: scalarOf(text) }
}

export const listOf = (text: string): (string | number | boolean)[] =>
  text
    .split(',')
    .map(each => each.trim())
    .filter(each => each !== '')
    .map(scalarOf)
