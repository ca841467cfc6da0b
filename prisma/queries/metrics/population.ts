import type { RuleContext } from '../../../domain/segment/predicate-kind.ts'
import { type Rule, ruleWhere } from '../../../domain/segment/rule.ts'
import { jsonAt } from '../../../domain/segment/value.ts'
import { raw, type Sql, sql } from '../../../domain/sql.ts'

/** Which customers a metric is about and how they are told apart: pieces of a statement over rows `x` with `x.customer`. */
export interface Population {
  /** Whether it is all customers, however they are told apart. */
  everybody: boolean
  /** Joins the customer where it matters; empty where everybody counts and nobody is told apart. */
  join: Sql
  /** The first two columns of every answer. */
  keys: Sql
  /** Makes one row for all and one for each group; also where there is nothing to count. With `also`, for each value of that. */
  groupBy(also?: Sql): Sql
}

/** The value customers are grouped by: the plan, a field of the profile, or an attribute by its dotted path. */
function groupValue(path: string): Sql {
  if (path === 'timezone' || path === 'locale') return raw(`c.${path}`)
  const json = jsonAt(sql`c.attributes`, path)
  const attribute = sql`(${json} #>> '{}')`
  return path === 'plan' ? sql`coalesce(${attribute}, (SELECT s.plan FROM subscription s WHERE s.customer = c.id))` : attribute
}

/** As many groups as one answer tells apart; the rest are one more. */
const maxGroups = 100

/** The group of a customer: a common value as it is, a rarer one with all other rare ones. */
function groupOf(path: string): Sql {
  const value = sql`left(${groupValue(path)}, 200)`
  const common = sql`ARRAY(SELECT ${value} FROM customer c WHERE ${value} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT ${maxGroups})`
  return sql`CASE WHEN ${value} = ANY(${common}) THEN ${value} WHEN ${value} IS NOT NULL THEN '(other)' END`
}

export function populationOf(rule: Rule | undefined, path: string | undefined, context: RuleContext): Population {
  const group = path === undefined ? raw('NULL::text') : groupOf(path)
  const conditions = rule === undefined ? raw('') : sql` WHERE ${ruleWhere(rule, context)}`
  const join =
    rule === undefined && path === undefined
      ? raw('CROSS JOIN (SELECT NULL::text AS "group") who')
      : sql`JOIN (SELECT c.id, ${group} AS "group" FROM customer c${conditions}) who ON who.id = x.customer`
  return {
    everybody: rule === undefined,
    join,
    keys:
      path === undefined ? raw('NULL::text AS "group", true AS total') : raw('who."group", grouping(who."group") = 1 AS total'),
    groupBy: also => {
      if (path === undefined) return also ? sql`GROUP BY ${also}` : raw('GROUP BY ()')
      return also
        ? sql`GROUP BY GROUPING SETS ((${also}), (${also}, who."group"))`
        : raw('GROUP BY GROUPING SETS ((), (who."group"))')
    },
  }
}
