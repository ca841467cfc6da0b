import { type Fault, fault } from '../errors.ts'
import { limits } from './limits.ts'
import type { PredicateKind } from './predicate-kind.ts'
import { predicates } from './predicates/index.ts'
import type { Predicate, Rule } from './rule.ts'

/** Every rule within a rule, itself first, with the JSON pointer that leads to it and how deep it stands. */
export function* walk(rule: Rule, path = '', depth = 1): Generator<readonly [path: string, rule: Rule, depth: number]> {
  yield [path, rule, depth]
  if ('all' in rule) for (const [i, part] of rule.all.entries()) yield* walk(part, `${path}/all/${i}`, depth + 1)
  else if ('any' in rule) for (const [i, part] of rule.any.entries()) yield* walk(part, `${path}/any/${i}`, depth + 1)
  else if ('not' in rule) yield* walk(rule.not, `${path}/not`, depth + 1)
}

const kindOf = (rule: Rule) => predicates.find(({ key }) => key in rule) as unknown as PredicateKind<Predicate> | undefined

/** The segments that a rule names itself, each once. */
export const segmentsOf = (rule: Rule): string[] => [
  ...new Set([...walk(rule)].flatMap(([, part]) => ('segment' in part ? [part.segment] : []))),
]

/**
 * What a well-formed rule cannot mean: a segment that is not there or leads back to itself, more than can be asked at once
 * with all segments written out, a comparison that nothing passes. `self` is the key of the segment whose rule this is.
 */
export function checkRule(rule: Rule, saved: { segment(key: string): Rule | undefined }, self?: string): Fault[] {
  const faults: Fault[] = []
  const sizes = new Map<string, Size | { fault: Fault }>()
  let terms = 0
  let depth = 0
  for (const [path, part, level] of walk(rule)) {
    terms += 1
    if ('segment' in part) {
      const size = expand(part.segment, saved, self === undefined ? [] : [self], sizes)
      if ('fault' in size) {
        faults.push({ ...size.fault, path: `${path}/segment` })
        continue
      }
      terms += size.terms
      depth = Math.max(depth, level + size.depth)
    } else for (const each of kindOf(part)?.check?.(part as Predicate) ?? []) faults.push({ ...each, path: path + each.path })
  }
  if (terms > limits.expandedTerms)
    faults.push(
      fault(
        '',
        'tooLarge',
        t => t.ruleFaults.tooManyExpanded(limits.expandedTerms),
        t => t.ruleFaults.fewerSegments,
      ),
    )
  if (depth > limits.expandedDepth)
    faults.push(
      fault(
        '',
        'tooDeep',
        t => t.ruleFaults.tooDeepExpanded(limits.expandedDepth),
        t => t.ruleFaults.fewerSegments,
      ),
    )
  return faults
}

interface Size {
  terms: number
  depth: number
}

/** How large a segment is with its own segments written out; each is worked out once, however often it is named. */
function expand(
  key: string,
  saved: { segment(key: string): Rule | undefined },
  within: readonly string[],
  sizes: Map<string, Size | { fault: Fault }>,
): Size | { fault: Fault } {
  if (within.includes(key)) return { fault: fault('', 'cycle', t => t.ruleFaults.cycle([...within, key])) }
  const known = sizes.get(key)
  if (known) return known
  const rule = saved.segment(key)
  if (!rule) {
    return {
      fault: fault(
        '',
        'unknownSegment',
        ({ ruleFaults }) => (within.length > 0 ? ruleFaults.needsSegment(within.at(-1), key) : ruleFaults.noSegment(key)),
        t => t.ruleFaults.seeSegments,
      ),
    }
  }
  let size: Size | { fault: Fault } = { terms: 0, depth: 0 }
  for (const [, part, level] of walk(rule)) {
    const inner = 'segment' in part ? expand(part.segment, saved, [...within, key], sizes) : { terms: 0, depth: 0 }
    if ('fault' in inner) {
      size = inner
      break
    }
    size = { terms: size.terms + 1 + inner.terms, depth: Math.max(size.depth, level + inner.depth) }
  }
  sizes.set(key, size)
  return size
}
