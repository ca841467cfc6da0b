import { join, type Sql, sql } from '../sql.ts'
import { countedIds, together, uncounted } from './counted.ts'
import type { RuleContext } from './predicate-kind.ts'
import { countedOf, follow, isPredicate, kindOf, type Rule, ruleWhere } from './rule.ts'

/**
 * All customers of a rule as a query of `id`, each once: for counts and lists of everybody. Where a part of the rule is a list of
 * customers already and no other reads the profile, the table `customer` is left out, which for a million of them is most of the work.
 */
export function ruleMembers(rule: Rule, context: RuleContext): Sql {
  const parts = conjuncts(rule, context, [])
  if (!parts.some(part => readsProfile(part, context, [])))
    for (const first of parts) {
      const { ids, asked } = idsOf(first, parts, context)
      if (ids)
        return sql`SELECT c.id FROM (${ids}) AS c WHERE ${ruleWhere({ all: parts.filter(part => !asked.includes(part)) }, context)}`
    }
  return sql`SELECT c.id FROM customer c WHERE ${ruleWhere(rule, context)}`
}

/** Those whom `first` means as a query of `id`, where it can be had: with all other parts that ask the counts of the same event. */
function idsOf(first: Rule, parts: readonly Rule[], context: RuleContext): { ids: Sql | undefined; asked: readonly Rule[] } {
  const count = countedOf(first, context)
  const asked = count ? parts.filter(part => countedOf(part, context)?.name === count.name) : [first]
  if (count) {
    const [one = count, ...more] = asked.flatMap(part => countedOf(part, context) ?? [])
    return { ids: countedIds(together([one, ...more])), asked }
  }
  return { ids: isPredicate(first) ? kindOf(first).ids?.(first, context) : undefined, asked }
}

function readsProfile(rule: Rule, context: RuleContext, within: readonly string[]): boolean {
  const some = (rules: readonly Rule[]) => rules.some(part => readsProfile(part, context, within))
  if ('all' in rule) return some(rule.all)
  if ('any' in rule) return some(rule.any)
  if ('not' in rule) return readsProfile(rule.not, context, within)
  if ('segment' in rule) return follow(rule.segment, context, within, (inner, path) => readsProfile(inner, context, path))
  return kindOf(rule).readsProfile === true
}

/** What must all hold: the rule taken apart at its `all`, segments written out. */
function conjuncts(rule: Rule, context: RuleContext, within: readonly string[]): Rule[] {
  if ('all' in rule) return rule.all.flatMap(part => conjuncts(part, context, within))
  if ('segment' in rule) return follow(rule.segment, context, within, (inner, path) => conjuncts(inner, context, path))
  return [rule]
}

/** As many parts as are counted by themselves. */
const mostApart = 3
/** PostgreSQL's protocol counts parameters in 16 bits. */
const mostValues = 60_000

/**
 * How many customers a rule means, as an expression. Of parts of which one must hold, those that the kept counts answer are counted by
 * themselves, and the rest among all others: PostgreSQL makes joins, and divides among processes, only what stands in a row of ANDs.
 */
export function ruleCount(rule: Rule, context: RuleContext): Sql {
  const apart = join(
    disjoint(rule, context, mostApart).map(part => countOf(part, context)),
    ' + ',
  )
  return apart.values.length > mostValues ? countOf(rule, context) : sql`(${apart})`
}

/** Rules that mean the same people together, nobody by two of them. */
function disjoint(rule: Rule, context: RuleContext, atMost: number): Rule[] {
  const parts = alternatives(rule, context, [])
  const first = parts.length > 1 && atMost > 0 ? parts.find(part => countedOf(part, context)) : undefined
  if (!first) return parts.length === 1 ? parts : [rule]
  const others = disjoint({ any: parts.filter(part => part !== first) }, context, atMost - 1)
  return [first, ...others.map(part => ({ all: [{ not: first }, part] }))]
}

/** Of what one must hold: the rule taken apart at its `any`, segments written out. */
function alternatives(rule: Rule, context: RuleContext, within: readonly string[]): Rule[] {
  if ('any' in rule) return rule.any.flatMap(part => alternatives(part, context, within))
  if ('segment' in rule) return follow(rule.segment, context, within, (inner, path) => alternatives(inner, context, path))
  return [rule]
}

function countOf(rule: Rule, context: RuleContext): Sql {
  const counted = countedOf(rule, context)
  // Where having none is enough, it is all but the others.
  const others = counted?.none ? countedIds(uncounted(counted)) : undefined
  return others
    ? sql`((SELECT count(*) FROM customer) - (SELECT count(*) FROM (${others}) AS other))`
    : sql`(SELECT count(*) FROM (${ruleMembers(rule, context)}) AS member)`
}
