import { z } from 'zod'
import { saidBy, unprocessable } from '../errors.ts'
import { join, type Sql, sql } from '../sql.ts'
import { type Texts, textsIn } from '../texts/texts.ts'
import { type Counted, countedWhere, sameCounts, together, uncounted } from './counted.ts'
import { and, not, or } from './logic.ts'
import type { PredicateKind, Profile, Recent, RuleContext } from './predicate-kind.ts'
import { predicates } from './predicates/index.ts'
import { ruleFaults } from './rule-shape.ts'

export { checkRule, segmentsOf } from './rule-check.ts'

type BodyOf<Kind> = Kind extends { schema: z.ZodType<infer Body> } ? Body : never

/** One question about a customer. */
export type Predicate = BodyOf<(typeof predicates)[number]>

/** Whom a segment, an audience or a branch means: predicates, and what joins them. */
export type Rule = { all: Rule[] } | { any: Rule[] } | { not: Rule } | { segment: string } | Predicate

/**
 * A rule as the contract writes it. What passes is the input itself, unchanged. Each fault stands at its own place; its code
 * (`unknownKind`, `tooDeep`, `ambiguous`, …) travels in the issue's `params`.
 */
export const ruleSchema = z
  .unknown()
  .check(({ value, issues }) => {
    for (const fault of ruleFaults(value))
      issues.push({
        code: 'custom',
        input: value,
        path: fault.path === '' ? [] : fault.path.slice(1).split('/').map(plain),
        message: fault.message,
        params: { code: fault.code, says: saidBy(fault), hint: fault.says.hint },
      })
  })
  .meta({
    id: 'Rule',
    description: 'Whom it means: one predicate, or rules joined by all, any, not; {"segment": key} refers to a saved segment.',
  }) as unknown as z.ZodType<Rule>

const plain = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~')

/** The kind of a predicate, by the one key that names it. */
export const kindOf = (predicate: Predicate): PredicateKind<Predicate> => {
  const kind = predicates.find(({ key }) => key in predicate)
  if (!kind) throw new Error('a rule was read before it was validated')
  return kind as unknown as PredicateKind<Predicate>
}

/** Follows a reference to a saved segment; `within` are the segments that are being read already. */
export function follow<T>(
  key: string,
  context: RuleContext,
  within: readonly string[],
  read: (rule: Rule, within: readonly string[]) => T,
): T {
  if (within.includes(key)) throw unprocessable('', 'cycle', t => t.ruleFaults.cycleOf(key, [...within, key]))
  const rule = context.segment(key)
  if (!rule) throw unprocessable('', 'unknownSegment', t => t.ruleFaults.noSegment(key))
  return read(rule, [...within, key])
}

/**
 * The rule as a condition over the alias `c` of the table `customer`: true or false, never unknown. Throws `unprocessable`
 * for a segment that is unknown or refers to itself; `checkRule` says so beforehand.
 */
export function ruleWhere(rule: Rule, context: RuleContext): Sql {
  const condition = compile(rule, context, false, [])
  // PostgreSQL's protocol counts parameters in 16 bits.
  if (condition.values.length > 60_000) throw unprocessable('', 'tooLarge', t => t.ruleFaults.tooLarge)
  return condition
}

/** `negated` is pushed down to the predicates, because PostgreSQL makes joins only of what stands in a row of ANDs. */
function compile(rule: Rule, context: RuleContext, negated: boolean, within: readonly string[]): Sql {
  const each = (rules: readonly Rule[]) => rules.map(part => compile(part, context, negated, within))
  const every = (rules: readonly Rule[]) => {
    const { counts, others } = sameCounts(rules, part => countedOf(part, context, negated))
    return and([...counts.map(of => countedWhere(together(of))), ...each(others)])
  }
  if ('all' in rule) return negated ? or(each(rule.all)) : every(rule.all)
  if ('any' in rule) return negated ? every(rule.any) : or(each(rule.any))
  if ('not' in rule) return compile(rule.not, context, !negated, within)
  if ('segment' in rule) return follow(rule.segment, context, within, (inner, path) => compile(inner, context, negated, path))
  const condition = kindOf(rule).where(rule, context)
  return negated ? not(condition) : condition
}

/** The part, or what is opposite to it, as a question to the counts of one event. */
export function countedOf(rule: Rule, context: RuleContext, negated = false): Counted | undefined {
  if ('not' in rule) return countedOf(rule.not, context, !negated)
  const count = isPredicate(rule) ? kindOf(rule).counted?.(rule, context) : undefined
  return count && negated ? uncounted(count) : count
}

export const isPredicate = (rule: Rule): rule is Predicate =>
  !('all' in rule || 'any' in rule || 'not' in rule || 'segment' in rule)

/** All questions of a rule about a customer, those of the segments it names too. */
function* questions(rule: Rule, context: RuleContext, within: readonly string[] = []): Generator<Predicate> {
  if ('segment' in rule) yield* follow(rule.segment, context, within, (inner, path) => questions(inner, context, path))
  else if ('not' in rule) yield* questions(rule.not, context, within)
  else if ('all' in rule) for (const part of rule.all) yield* questions(part, context, within)
  else if ('any' in rule) for (const part of rule.any) yield* questions(part, context, within)
  else yield rule
}

/** Queries of `id` that hold everybody whose answer time alone may have changed in (from, to]; with `ruleNext`, of any rule. */
export const ruleCrossers = (rule: Rule, span: { from: Date; to: Date }, context: RuleContext): Sql[] =>
  [...questions(rule, context)].flatMap(part => kindOf(part).crossed?.(part, span, context) ?? [])

/** What decides the parts of a rule that events change, each such part's. */
export const ruleRecent = (rule: Rule, context: RuleContext): Recent[] =>
  [...questions(rule, context)].flatMap(part => kindOf(part).recent?.(part, context) ?? [])

/**
 * The moment after `context.at` at which time alone may next change the answer of the customer `c`, unknown where it never does:
 * for the parts of a rule that `ruleCrossers` does not speak of. Undefined where time changes nothing about them.
 */
export function ruleNext(rule: Rule, context: RuleContext): Sql | undefined {
  const moments = [...questions(rule, context)].flatMap(part => kindOf(part).next?.(part, context) ?? [])
  return moments.length === 0 ? undefined : sql`least(${join(moments, ', ')})`
}

/** The rule with the segments it names written out: the same text as long as it means the same. */
export function writtenOut(rule: Rule, context: RuleContext, within: readonly string[] = []): Rule {
  const each = (rules: readonly Rule[]) => rules.map(part => writtenOut(part, context, within))
  if ('all' in rule) return { all: each(rule.all) }
  if ('any' in rule) return { any: each(rule.any) }
  if ('not' in rule) return { not: writtenOut(rule.not, context, within) }
  if ('segment' in rule) return follow(rule.segment, context, within, (inner, path) => writtenOut(inner, context, path))
  return rule
}

/** The rule on one profile in memory. */
export function ruleHolds(rule: Rule, profile: Profile, context: RuleContext, within: readonly string[] = []): boolean {
  if ('all' in rule) return rule.all.every(part => ruleHolds(part, profile, context, within))
  if ('any' in rule) return rule.any.some(part => ruleHolds(part, profile, context, within))
  if ('not' in rule) return !ruleHolds(rule.not, profile, context, within)
  if ('segment' in rule) return follow(rule.segment, context, within, (inner, path) => ruleHolds(inner, profile, context, path))
  return kindOf(rule).holds(rule, profile, context)
}

/** The rule in plain words: `plan is "pro" and not (in segment "vip")`. */
export function describeRule(rule: Rule, texts: Texts = textsIn.en): string {
  const { rules, everywhere } = texts
  const joined = (parts: readonly Rule[], word: string, other: 'all' | 'any') =>
    parts.map(part => bracketed(part, other, texts)).join(` ${word} `)
  if ('all' in rule) return rule.all.length === 0 ? rules.everybody : joined(rule.all, everywhere.and, 'any')
  if ('any' in rule) return rule.any.length === 0 ? rules.nobody : joined(rule.any, everywhere.or, 'all')
  if ('not' in rule) return rules.not(describeRule(rule.not, texts))
  if ('segment' in rule) return rules.segment(rule.segment)
  return kindOf(rule).describe(rule, texts)
}

/** A part of the other joining word needs brackets, unless it joins nothing. */
function bracketed(rule: Rule, other: 'all' | 'any', texts: Texts): string {
  const parts = other === 'any' ? ('any' in rule ? rule.any : []) : 'all' in rule ? rule.all : []
  const said = describeRule(rule, texts)
  return parts.length > 1 ? `(${said})` : said
}
