import type { Fault } from '../errors.ts'
import { type OperatorName, operatorsOf } from './comparison.ts'
import { type AttributeRule, attribute as attributePredicate } from './predicates/attribute.ts'
import type { Rule } from './rule.ts'
import { walk } from './rule-check.ts'

/** Kinds of values as JSON has them; an attribute has the kinds that its values have. */
export type ValueKind = 'string' | 'number' | 'boolean' | 'array' | 'object'

/** What a comparison can hold for; undefined: for any kind. */
function wanted(name: OperatorName, operand: unknown): readonly ValueKind[] | undefined {
  switch (name) {
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return ['number']
    case 'contains':
      return ['string', 'array']
    case 'startsWith':
    case 'before':
    case 'after':
    case 'withinLast':
    case 'withinNext':
      return ['string']
    case 'is':
      return [typeof operand as ValueKind]
    case 'in':
      return [...new Set((operand as unknown[]).map(each => typeof each as ValueKind))]
    default:
      return undefined
  }
}

const words: Record<ValueKind, string> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}
const say = (kinds: readonly ValueKind[]): string => kinds.map(kind => words[kind]).join(' or ')

const isAttribute = (rule: Rule): rule is AttributeRule => attributePredicate.key in rule

/** The attributes by whose values a rule tells customers apart, each once; a profile's own fields have one kind and are checked. */
export const attributesOf = (rule: Rule): string[] => [
  ...new Set([...walk(rule)].flatMap(([, part]) => (isAttribute(part) ? [part.attribute] : []))),
]

/**
 * Comparisons that no value seen so far can pass because of its kind, such as a number with text. No fault: the next value may be
 * of another kind. `kindsOf` answers the kinds seen for an attribute; none where it was never seen.
 */
export function kindWarnings(rule: Rule, kindsOf: (attribute: string) => readonly ValueKind[]): Fault[] {
  return [...walk(rule)].flatMap(([path, part]): Fault[] => {
    if (!isAttribute(part)) return []
    const seen = kindsOf(part.attribute)
    return operatorsOf(part).flatMap((name): Fault[] => {
      const kinds = wanted(name, part[name])
      if (seen.length === 0 || !kinds || kinds.some(kind => seen.includes(kind))) return []
      return [
        {
          path: `${path}/${name}`,
          code: 'otherKind',
          message: `"${name}" compares ${say(kinds)}, and ${part.attribute} is ${say(seen)} wherever it was looked at`,
        },
      ]
    })
  })
}
