import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

export interface VersionRow {
  version: number
  document: unknown
  publishedAt: Date
}

/** What customers of a run stand on or have ended on, and what new ones enter on: the documents as they were published. */
export const versionsOfRun = (db: Queryable, run: { id: number; campaign: number; version: number }) =>
  db.rows<VersionRow>(sql`
    SELECT v.version, v.document, v.published_at AS "publishedAt" FROM campaign_version v
    WHERE v.campaign = ${run.campaign} AND v.version <= ${run.version}
      AND (v.version = ${run.version} OR EXISTS (SELECT 1 FROM enrollment e WHERE e.run = ${run.id} AND e.version = v.version))
    ORDER BY v.version DESC`)
