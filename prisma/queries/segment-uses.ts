import { campaignIds } from '../../domain/ids.ts'
import { type Rule, segmentsOf } from '../../domain/segment/rule.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

interface Use {
  name: string
  /** Key of the segment it is used by way of; absent where it is named itself. */
  through?: string
}
export interface SegmentUses {
  segments: (Use & { key: string })[]
  /** `draft`: the stored document names it; `running`: the version that is under way does. */
  campaigns: (Use & { id: string; draft: boolean; running: boolean })[]
}

const mostCampaigns = 500

/** Whom a change of a segment touches: other segments and campaigns that name it, and those that do so by way of another segment. */
export async function usesOfSegment(db: Queryable, key: string): Promise<SegmentUses> {
  const saved = await db.rows<{ key: string; name: string; rule: Rule }>(
    sql`SELECT key, name, rule FROM segment WHERE rule @? '$.**.segment' ORDER BY key`,
  )
  // From the segment outwards, so that `through` is the nearest.
  const segments: SegmentUses['segments'] = []
  for (const reached: (string | undefined)[] = [undefined]; reached.length > 0; ) {
    const through = reached.shift()
    for (const row of saved) {
      if (row.key === key || segments.some(each => each.key === row.key)) continue
      if (!segmentsOf(row.rule).includes(through ?? key)) continue
      segments.push({ key: row.key, name: row.name, ...(through === undefined ? {} : { through }) })
      reached.push(row.key)
    }
  }
  const names = [key, ...segments.map(each => each.key)]
  const path = `$.**.segment ? (${names.map(name => `@ == ${JSON.stringify(name)}`).join(' || ')})`
  const rows = await db.rows<{ id: number; name: string; draft: string[] | null; running: string[] | null }>(sql`
    SELECT * FROM (SELECT c.id, c.name,
        (SELECT array_agg(DISTINCT named #>> '{}') FROM jsonb_path_query(c.document, ${path}::jsonpath) named) AS draft,
        (SELECT array_agg(DISTINCT named #>> '{}') FROM run r JOIN campaign_version v ON v.campaign = r.campaign AND v.version = r.version,
          jsonb_path_query(v.document, ${path}::jsonpath) named
          WHERE r.campaign = c.id AND r.status IN ('enrolling', 'running', 'paused')) AS running
      FROM campaign c) u
    WHERE draft IS NOT NULL OR running IS NOT NULL ORDER BY id DESC LIMIT ${mostCampaigns}`)
  const campaigns = rows.map(({ id, name, draft, running }) => {
    const named = new Set([...(draft ?? []), ...(running ?? [])])
    const through = named.has(key) ? undefined : names.find(each => named.has(each))
    return {
      id: campaignIds.show(id),
      name,
      draft: draft !== null,
      running: running !== null,
      ...(through === undefined ? {} : { through }),
    }
  })
  return { segments, campaigns }
}
