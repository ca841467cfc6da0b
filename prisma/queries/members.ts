import { unprocessable } from '../../domain/errors.ts'
import type { RuleContext } from '../../domain/segment/predicate-kind.ts'
import { type Rule, ruleMembers, ruleWhere } from '../../domain/segment/rule.ts'
import { sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'

/** How long a question about everybody may take, in milliseconds. */
const patienceMs = 8_000

/** Runs questions about everybody with memory for large joins and an end to patience. Throws `unprocessable` when that is over. */
export async function patiently<T>(db: Db, ask: (tx: Queryable) => Promise<T>, patience = patienceMs): Promise<T> {
  try {
    return await db.transaction(async tx => {
      // One snapshot, so that a count and its sample agree. Joins of a million customers want more than the usual 4 MB.
      await tx.run(sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`)
      await tx.run(
        sql`SELECT set_config('statement_timeout', ${`${patience}ms`}, true), set_config('work_mem', '64MB', true), set_config('jit', 'off', true)`,
      )
      return await ask(tx)
    })
  } catch (error) {
    if ((error as { code?: unknown }).code !== '57014') throw error
    throw unprocessable(
      '/rule',
      'tooSlow',
      t => t.refusals.ruleTooSlow(patience / 1_000),
      t => t.refusals.narrowRule,
    )
  }
}

/** How many customers the rule means, and out of how many. */
export const countMembers = (
  db: Db,
  rule: Rule,
  context: RuleContext,
  patience?: number,
): Promise<{ count: number; of: number }> => patiently(db, tx => count(tx, rule, context), patience)

const count = async (tx: Queryable, rule: Rule, context: RuleContext): Promise<{ count: number; of: number }> =>
  (await tx.row<{ count: number; of: number }>(
    sql`SELECT (SELECT count(*) FROM (${ruleMembers(rule, context)}) AS member) AS count, (SELECT count(*) FROM customer) AS of`,
  )) ?? { count: 0, of: 0 }

/** The count with up to ten of those it counts, as of one moment. */
export const previewMembers = (
  db: Db,
  rule: Rule,
  context: RuleContext,
  patience?: number,
): Promise<{ count: number; of: number; sample: string[] }> =>
  patiently(
    db,
    async tx => {
      const counted = await count(tx, rule, context)
      const rows =
        counted.count === 0
          ? []
          : await tx.rows<{ id: string }>(
              sql`SELECT c.external_id AS id FROM customer c WHERE ${ruleWhere(rule, context)} LIMIT 10`,
            )
      return { ...counted, sample: rows.map(row => row.id) }
    },
    patience,
  )

export interface Member {
  id: number
  externalId: string
  email: string | null
  firstName: string | null
  lastName: string | null
}

/** Those whom the rule means, by customer number, beginning after `after`. */
export const listMembers = (db: Db, rule: Rule, context: RuleContext, limit: number, after = 0): Promise<Member[]> =>
  patiently(db, tx =>
    tx.rows<Member>(sql`SELECT c.id, c.external_id AS "externalId", c.email, c.first_name AS "firstName", c.last_name AS "lastName"
      FROM customer c WHERE c.id > ${after} AND ${ruleWhere(rule, context)} ORDER BY c.id LIMIT ${limit}`),
  )
