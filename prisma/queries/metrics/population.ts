import type { RuleContext } from '../../../domain/segment/predicate-kind.ts'
import { type Rule, ruleWhere } from '../../../domain/segment/rule.ts'
import { jsonAt } from '../../../domain/segment/value.ts'
import { raw, type Sql, sql } from '../../../domain/sql.ts'
import type { Queryable } from '../../client.ts'
import { type CustomerRange, within } from '../customer-range.ts'

/** Which customers a metric is about and how they are told apart: pieces of a statement over rows `x` with `x.customer`. */
export interface Population {
  /** Whether it is all customers, however they are told apart. */
  everybody: boolean
  /** Joins the customer where it matters; empty where everybody counts and nobody is told apart. */
  join: Sql
  /** The same where only customers of a part are asked about. */
  joinIn(part: CustomerRange | undefined): Sql
  /** The same with the groups looked up once, for a question that is asked in several statements. */
  settled(tx: Queryable): Promise<Population>
  /** The first two columns of every answer. */
  keys: Sql
  /** Makes one row for all and one for each group; also where there is nothing to count. With `also`, for each value of that. */
  groupBy(also?: Sql): Sql
}

/** The value customers are grouped by: the plan, a field of the profile, or an attribute by its dotted path. */
function groupValue(path: string): Sql {
  if (path === 'timezone' || path === 'locale') return raw(`c.${path}`)
  const attribute = jsonAt(sql`c.attributes`, path, '>>')
  return path === 'plan' ? sql`coalesce(${attribute}, (SELECT s.plan FROM subscription s WHERE s.customer = c.id))` : attribute
}

/** As many groups as one answer tells apart; the rest are one more. */
const maxGroups = 100

const shownOf = (path: string): Sql => sql`left(${groupValue(path)}, 200)`

/** The common values, the commonest first; each customer's is read once: without OFFSET it would be read for the condition too. */
const commonOf = (path: string): Sql =>
  sql`ARRAY(SELECT value FROM (SELECT ${shownOf(path)} AS value, count(*) AS n FROM customer c GROUP BY 1 OFFSET 0) v WHERE value IS NOT NULL ORDER BY n DESC, value LIMIT ${maxGroups})`

/** The group of a customer: a common value as it is, a rarer one with all other rare ones. Where those are known, the value is read once. */
function groupOf(path: string, common: readonly string[] | undefined): Sql {
  const value = shownOf(path)
  const isCommon = common
    ? sql`coalesce((${common}::text[])[array_position(${common}::text[], ${value})], CASE`
    : sql`(CASE WHEN ${value} = ANY(${commonOf(path)}) THEN ${value}`
  return sql`${isCommon} WHEN ${value} IS NOT NULL THEN '(other)' END)`
}

export function populationOf(
  rule: Rule | undefined,
  path: string | undefined,
  context: RuleContext,
  common?: readonly string[],
): Population {
  const group = path === undefined ? raw('NULL::text') : groupOf(path, common)
  const conditions = rule === undefined ? raw('true') : ruleWhere(rule, context)
  const joinIn = (part: CustomerRange | undefined) =>
    rule === undefined && path === undefined
      ? raw('CROSS JOIN (SELECT NULL::text AS "group") who')
      : sql`JOIN (SELECT c.id, ${group} AS "group" FROM customer c WHERE (${conditions})${within('c.id', part)}) who ON who.id = x.customer`
  const population: Population = {
    everybody: rule === undefined,
    join: joinIn(undefined),
    joinIn,
    settled: async tx => {
      if (path === undefined || common) return population
      const row = await tx.row<{ common: string[] }>(sql`SELECT ${commonOf(path)} AS common`)
      return populationOf(rule, path, context, row?.common ?? [])
    },
    keys:
      path === undefined ? raw('NULL::text AS "group", true AS total') : raw('who."group", grouping(who."group") = 1 AS total'),
    groupBy: also => {
      if (path === undefined) return also ? sql`GROUP BY ${also}` : raw('GROUP BY ()')
      return also
        ? sql`GROUP BY GROUPING SETS ((${also}), (${also}, who."group"))`
        : raw('GROUP BY GROUPING SETS ((), (who."group"))')
    },
  }
  return population
}
