import type { Program } from '../../domain/journey/program.ts'
import type { Rule } from '../../domain/segment/rule.ts'
import { join, type Sql, sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'
import type { RunStatus } from './runs.ts'

export interface CampaignRow {
  id: number
  name: string
  document: unknown
  version: number
  createdAt: Date
  updatedAt: Date
}

export const insertCampaign = (db: Db, campaign: { name: string; document: unknown; at: Date }): Promise<CampaignRow> =>
  db.prisma.campaign.create({
    data: { name: campaign.name, document: campaign.document as object, createdAt: campaign.at, updatedAt: campaign.at },
  })

export const findCampaign = (db: Db, id: number): Promise<CampaignRow | null> => db.prisma.campaign.findUnique({ where: { id } })

export type CampaignStanding = 'draft' | 'ran' | 'live' | 'ended'

export interface ListedCampaign extends CampaignRow {
  /** Of the last run; null when there was none. */
  status: RunStatus | null
}

const standings: Record<CampaignStanding, Sql> = {
  draft: sql`NOT EXISTS (SELECT 1 FROM run r WHERE r.campaign = c.id)`,
  ran: sql`EXISTS (SELECT 1 FROM run r WHERE r.campaign = c.id)`,
  live: sql`c.id IN (SELECT campaign FROM run WHERE status IN ('enrolling', 'running', 'paused'))`,
  ended: sql`EXISTS (SELECT 1 FROM run r WHERE r.campaign = c.id)
    AND c.id NOT IN (SELECT campaign FROM run WHERE status IN ('enrolling', 'running', 'paused'))`,
}

/**
 * Campaigns, newest first, beginning below `before`, with how their last run stands: those whose name holds `text`, whatever its case,
 * and that stand as `standing` says. `brief` leaves out journeys and their letters: of each goal only its key and kind are there.
 */
export function listCampaigns(
  db: Queryable,
  limit: number,
  { before, text, standing, brief }: { before?: number; text?: string; standing?: CampaignStanding; brief?: boolean } = {},
): Promise<ListedCampaign[]> {
  const goals = sql`coalesce((SELECT jsonb_agg(jsonb_build_object('key', g -> 'key', 'kind', g -> 'kind') ORDER BY n)
    FROM jsonb_array_elements(c.document -> 'goals') WITH ORDINALITY AS x (g, n)), '[]')`
  const document = brief ? sql`(c.document - 'audience' - 'exit') || jsonb_build_object('goals', ${goals})` : sql`c.document`
  const conditions = [
    ...(before === undefined ? [] : [sql`c.id < ${before}`]),
    ...(text ? [sql`strpos(lower(c.name), lower(${text})) > 0`] : []),
    ...(standing ? [standings[standing]] : []),
  ]
  return db.rows<ListedCampaign>(sql`SELECT c.id, c.name, ${document} AS document, c.version, c.created_at AS "createdAt", c.updated_at AS "updatedAt",
      (SELECT status FROM run WHERE campaign = c.id ORDER BY number DESC LIMIT 1) AS status
    FROM campaign c WHERE ${join(conditions, ' AND ', sql`true`)} ORDER BY c.id DESC LIMIT ${limit}`)
}

/** Stores a new draft over the one its author has read; undefined when somebody else was quicker. */
export async function updateCampaign(
  db: Db,
  id: number,
  change: { name: string; document: unknown; from: number; at: Date },
): Promise<CampaignRow | undefined> {
  const rows = await db.prisma.campaign.updateManyAndReturn({
    where: { id, version: change.from },
    data: { name: change.name, document: change.document as object, version: { increment: 1 }, updatedAt: change.at },
  })
  return rows[0]
}

/** Deletes a draft that never ran; one with runs stays, because people's histories point to it. */
export async function deleteCampaign(db: Db, id: number): Promise<'deleted' | 'hasRuns' | 'unknown'> {
  const gone = await db.run(sql`DELETE FROM campaign WHERE id = ${id} AND NOT EXISTS (SELECT 1 FROM run WHERE campaign = ${id})`)
  if (gone > 0) return 'deleted'
  return (await findCampaign(db, id)) ? 'hasRuns' : 'unknown'
}

/** The rules of all saved segments, for checks. */
export async function segmentRules(db: Queryable): Promise<Map<string, Rule>> {
  const rows = await db.rows<{ key: string; rule: Rule }>(sql`SELECT key, rule FROM segment`)
  return new Map(rows.map(row => [row.key, row.rule]))
}

/** The programs of a campaign's published versions up to one. */
export async function programsOf(db: Queryable, campaign: number, upTo: number): Promise<Map<number, Program>> {
  const rows = await db.rows<{ version: number; program: Program }>(
    sql`SELECT version, program FROM campaign_version WHERE campaign = ${campaign} AND version <= ${upTo} ORDER BY version`,
  )
  return new Map(rows.map(row => [row.version, row.program]))
}

/** A published version's document. */
export const documentOf = async (db: Queryable, campaign: number, version: number): Promise<unknown> =>
  (
    await db.row<{ document: unknown }>(
      sql`SELECT document FROM campaign_version WHERE campaign = ${campaign} AND version = ${version}`,
    )
  )?.document
