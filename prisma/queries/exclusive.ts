import { type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** Runs under way of other campaigns of a group, with the priority their version names: a query of `id`, `campaign`, `priority`. */
export const rivals = (campaign: number, group: string): Sql => sql`
  SELECT r.id, r.campaign, coalesce((v.document -> 'exclusive' ->> 'priority')::int, 0) AS priority
  FROM run r JOIN campaign_version v ON v.campaign = r.campaign AND v.version = r.version
  WHERE r.status IN ('enrolling', 'running', 'paused') AND r.campaign <> ${campaign} AND v.document -> 'exclusive' ->> 'group' = ${group}`

/** The campaign of a group, as important or more so, in which a customer is under way. */
export const takenBy = (db: Queryable, campaign: number, group: string, priority: number, customer: number) =>
  db.row<{ campaign: number; priority: number; since: Date }>(sql`
    SELECT g.campaign, g.priority, x.entered_at AS since FROM (${rivals(campaign, group)}) g
    JOIN enrollment x ON x.run = g.id AND x.customer = ${customer} AND x.state <> 'ended'
    WHERE g.priority >= ${priority} ORDER BY g.priority DESC, x.id LIMIT 1`)
