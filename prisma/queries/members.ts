import { unprocessable } from '../../domain/errors.ts'
import { ruleCount } from '../../domain/segment/members.ts'
import type { RuleContext } from '../../domain/segment/predicate-kind.ts'
import { type Rule, ruleWhere } from '../../domain/segment/rule.ts'
import { raw, type Sql, sql } from '../../domain/sql.ts'
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
    sql`SELECT ${ruleCount(rule, context)} AS count, (SELECT count(*) FROM customer) AS of`,
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
      return { ...counted, sample: await sampleOf(tx, rule, context, counted) }
    },
    patience,
  )

const inSample = 10
/** How many are looked at one by one for a sample, before everybody is asked. */
const near = 1_000

/** Up to ten whom the rule means. Where they are many, ten are found among the first: asking everybody costs as much as the count. */
async function sampleOf(tx: Queryable, rule: Rule, context: RuleContext, { count, of }: { count: number; of: number }) {
  const wanted = Math.min(count, inSample)
  if (wanted === 0) return []
  const among = (customers: Sql, asked: RuleContext) =>
    tx.rows<{ id: string }>(sql`SELECT c.external_id AS id FROM ${customers} c WHERE ${ruleWhere(rule, asked)} LIMIT ${inSample}`)
  const soon = (count / of) * near > 2 * inSample
  const first = soon ? await among(sql`(SELECT * FROM customer ORDER BY id LIMIT ${near})`, { ...context, few: true }) : []
  const found = first.length === wanted ? first : await among(raw('customer'), context)
  return found.map(row => row.id)
}

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
