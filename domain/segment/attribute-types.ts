import { type Fault, fault } from '../errors.ts'
import { type OperatorName, operatorsOf } from './comparison.ts'
import { type AttributeRule, attribute as attributePredicate } from './predicates/attribute.ts'
import { type EventRule, moneyProperty } from './predicates/event.ts'
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

const isAttribute = (rule: Rule): rule is AttributeRule => attributePredicate.key in rule

/** The attributes by whose values a rule tells customers apart, each once; a profile's own fields have one kind and are checked. */
export const attributesOf = (rule: Rule): string[] => [
  ...new Set([...walk(rule)].flatMap(([, part]) => (isAttribute(part) ? [part.attribute] : []))),
]

/** How many values of each kind an attribute was seen with. */
export type KindCounts = ReadonlyMap<ValueKind, number>

/** A share in percent, never 0 of something. */
const percent = (part: number, of: number): number => Math.max(0.1, Math.round((1_000 * part) / of) / 10)

/**
 * Comparisons that values seen so far cannot pass because of their kind, such as a number with the text "42": all of them, or a
 * share of them, which is told. No fault: the next value may be of another kind. `kindsOf` answers what was seen of an attribute.
 */
export function kindWarnings(rule: Rule, kindsOf: (attribute: string) => KindCounts): Fault[] {
  return [...walk(rule)].flatMap(([path, part]): Fault[] => {
    if (!isAttribute(part)) return []
    const seen = kindsOf(part.attribute)
    const of = [...seen.values()].reduce((sum, n) => sum + n, 0)
    return operatorsOf(part).flatMap((name): Fault[] => {
      const kinds = wanted(name, part[name])
      if (of === 0 || !kinds) return []
      const others = [...seen.keys()].filter(kind => !kinds.includes(kind))
      const unfit = others.reduce((sum, kind) => sum + (seen.get(kind) ?? 0), 0)
      if (unfit === 0) return []
      const at = `${path}/${name}`
      return unfit === of
        ? [fault(at, 'otherKind', t => t.ruleFaults.otherKind(name, kinds, part.attribute, others))]
        : [
            fault(at, 'someOfOtherKind', t =>
              t.ruleFaults.someOfOtherKind(name, kinds, part.attribute, others, percent(unfit, of)),
            ),
          ]
    })
  })
}

const sumsMoney = (part: Rule): part is EventRule => 'event' in part && part.sum?.property === moneyProperty

/** Sums of money that leave out amounts whose currency has no rate. */
export const moneyWarnings = {
  events: (rule: Rule): string[] => [...new Set([...walk(rule)].flatMap(([, part]) => (sumsMoney(part) ? [part.event] : [])))],
  of: (
    rule: Rule,
    seen: (event: string) => { without: number; of: number; currencies: readonly string[] } | undefined,
  ): Fault[] =>
    [...walk(rule)].flatMap(([path, part]): Fault[] => {
      const found = sumsMoney(part) ? seen(part.event) : undefined
      if (!sumsMoney(part) || !found || found.without === 0) return []
      return [
        fault(
          `${path}/sum`,
          'noRate',
          t => t.ruleFaults.noRate(percent(found.without, found.of), part.event, found.currencies),
          t => t.ruleFaults.setCurrencies,
        ),
      ]
    }),
}
