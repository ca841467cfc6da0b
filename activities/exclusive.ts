import { forOthers, type Sql, sql } from '../domain/sql.ts'
import type { Queryable } from '../prisma/client.ts'
import { rivals } from '../prisma/queries/exclusive.ts'
import type { Published } from './versions.ts'

/** Over `c`: nobody enters who is under way in a campaign of the same group that is as important or more so. */
export function notTaken({ campaign, document: { exclusive } }: Published): Sql {
  if (!exclusive) return sql`true`
  return sql`NOT EXISTS (SELECT 1 FROM enrollment x WHERE x.customer = c.id AND x.state <> 'ended'
    AND x.run = ANY(ARRAY(SELECT g.id FROM (${rivals(campaign, exclusive.group)}) g WHERE g.priority >= ${exclusive.priority})))`
}

/**
 * Enrolls under the rules of a campaign's group: one campaign of a group enrolls at a time, and whoever enters leaves the less important
 * ones at once. Holdouts take nobody away from others. In the transaction that enrolls.
 */
export async function enterExclusively<T>(
  tx: Queryable,
  { campaign, document: { exclusive } }: Published,
  run: number,
  at: Date,
  enroll: () => Promise<T>,
): Promise<T> {
  if (!exclusive) return await enroll()
  await tx.run(forOthers(sql`SELECT pg_advisory_xact_lock(hashtext('exclusive'), hashtext(${exclusive.group}))`))
  const result = await enroll()
  await tx.run(sql`
    WITH gone AS (
      UPDATE enrollment e SET state = 'ended', ended_at = ${at}, reason = 'exited', due = NULL, wave = NULL, awaiting = false, watching = '{}'
      FROM enrollment mine
      WHERE mine.run = ${run} AND mine.entered_at = ${at} AND mine.state <> 'ended' AND e.customer = mine.customer AND e.state <> 'ended'
        AND e.run = ANY(ARRAY(SELECT g.id FROM (${rivals(campaign, exclusive.group)}) g WHERE g.priority < ${exclusive.priority}))
      RETURNING e.id
    )
    INSERT INTO decision (enrollment, kind, outcome, reason, facts, at)
    SELECT id, 'exit', 'displaced', 'exclusive', ${JSON.stringify({ group: exclusive.group, by: campaign })}::jsonb, ${at}::timestamptz FROM gone`)
  return result
}
