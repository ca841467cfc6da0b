import type { RuleContext } from '../domain/segment/predicate-kind.ts'
import { describeRule, type Rule, ruleWhere } from '../domain/segment/rule.ts'
import { join, sql } from '../domain/sql.ts'
import type { Texts } from '../domain/texts/texts.ts'
import type { Queryable } from '../prisma/client.ts'

/** A part of a rule, whether it holds for the customer, and the parts it is made of. */
export interface RulePart {
  part: string
  holds: boolean
  parts?: RulePart[]
}

const deepest = 6

const childrenOf = (rule: Rule, context: RuleContext): readonly Rule[] => {
  if ('all' in rule) return rule.all
  if ('any' in rule) return rule.any
  if ('not' in rule) return [rule.not]
  if ('segment' in rule) {
    const inner = context.segment(rule.segment)
    return inner ? [inner] : []
  }
  return []
}

/** The parts of a rule for one customer, as of the context's moment: an `all` part by part, each down to its single questions. */
export async function partsOf(
  db: Queryable,
  rule: Rule,
  customer: number,
  context: RuleContext,
  texts: Texts,
): Promise<RulePart[]> {
  const asked: Rule[] = []
  interface Node {
    index: number
    children: Node[]
  }
  const lay = (part: Rule, depth: number): Node => {
    const index = asked.push(part) - 1
    return { index, children: depth >= deepest ? [] : childrenOf(part, context).map(child => lay(child, depth + 1)) }
  }
  const roots = ('all' in rule && rule.all.length > 0 ? rule.all : [rule]).map(part => lay(part, 1))
  const conditions = asked.map(part => sql`(${ruleWhere(part, context)})`)
  const answers = await db.row<{ holds: boolean[] }>(
    sql`SELECT ARRAY[${join(conditions, ', ')}] AS holds FROM customer c WHERE c.id = ${customer}`,
  )
  const show = ({ index, children }: Node): RulePart => ({
    part: describeRule(asked[index]!, texts),
    holds: answers?.holds[index] ?? false,
    ...(children.length > 0 ? { parts: children.map(show) } : {}),
  })
  return roots.map(show)
}
