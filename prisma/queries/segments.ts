import { type Fault, fault, faultIn, PerennialError, refusal, unprocessable } from '../../domain/errors.ts'
import { campaignIds } from '../../domain/ids.ts'
import type { RuleContext } from '../../domain/segment/predicate-kind.ts'
import { checkRule, type Rule, segmentsOf } from '../../domain/segment/rule.ts'
import { lasting, sql } from '../../domain/sql.ts'
import type { Sentence } from '../../domain/texts/texts.ts'
import type { Db, Queryable } from '../client.ts'
import { forgetHistory } from './segment-history.ts'

export interface SegmentRow {
  key: string
  name: string
  rule: Rule
  version: number
  createdAt: Date
  updatedAt: Date
}

const columns = sql`key, name, rule, version, created_at AS "createdAt", updated_at AS "updatedAt"`

/** Saved segments by key, beginning after `after`: those whose name or key holds `text`, whatever its case. */
export const listSegments = (db: Queryable, limit: number, after?: string, text?: string): Promise<SegmentRow[]> =>
  db.rows<SegmentRow>(sql`SELECT ${columns} FROM segment WHERE ${after === undefined ? sql`true` : sql`key > ${after}`}
      AND ${text ? sql`strpos(lower(name || ' ' || key), lower(${text})) > 0` : sql`true`}
    ORDER BY key LIMIT ${limit}`)

/** Every saved segment's key. */
export const segmentKeys = async (db: Queryable): Promise<string[]> =>
  (await db.rows<{ key: string }>(sql`SELECT key FROM segment ORDER BY key`)).map(({ key }) => key)

export const findSegment = async (db: Db, key: string): Promise<SegmentRow | null> =>
  (await db.prisma.segment.findUnique({ where: { key } })) as unknown as SegmentRow | null

/**
 * What rules are read against as of `at`: every saved segment and every event name there is. `few` for a wave or a part of a
 * snapshot, `rewind` for a moment in the past; see RuleContext.
 */
export async function ruleContext(
  db: Queryable,
  at: Date,
  options: Pick<RuleContext, 'few' | 'rewind'> = {},
): Promise<RuleContext> {
  const row = await db.row<{ segments: Record<string, Rule>; events: Record<string, number> }>(
    lasting(sql`SELECT
    (SELECT coalesce(json_object_agg(key, rule), '{}') FROM segment) AS segments,
    (SELECT coalesce(json_object_agg(name, id), '{}') FROM event_name) AS events`),
  )
  const segments = new Map(Object.entries(row?.segments ?? {}))
  const events = new Map(Object.entries(row?.events ?? {}))
  return { at, segment: key => segments.get(key), eventId: name => events.get(name), ...options }
}

/** What the rule cannot mean beside the saved segments; `self` is the key of the segment whose rule it is to be. */
export async function ruleFaults(db: Queryable, rule: Rule, self?: string): Promise<Fault[]> {
  return checkRule(rule, await ruleContext(db, new Date(0)), self)
}

// Whoever changes segments does so one after the other: two changes at once could close a circle that neither sees.
const oneAtATime = (tx: Queryable) => tx.run(sql`SELECT pg_advisory_xact_lock(hashtext('segment'))`)

/** Keeps a segment from being deleted until the transaction is over; false when it is gone. */
export const keepSegment = async (tx: Queryable, key: string): Promise<boolean> =>
  (await tx.row(sql`SELECT 1 FROM segment WHERE key = ${key} FOR KEY SHARE`)) !== undefined

export interface SegmentDraft {
  key: string
  name: string
  rule: Rule
  at: Date
}

/** Saves a new segment. Throws `conflict` when the key is taken, `unprocessable` when the rule cannot mean anything. */
export async function insertSegment(tx: Queryable, draft: SegmentDraft): Promise<SegmentRow> {
  await oneAtATime(tx)
  await refuseFaults(tx, draft)
  const row = await tx.row<SegmentRow>(sql`INSERT INTO segment (key, name, rule, created_at, updated_at)
    VALUES (${draft.key}, ${draft.name}, ${JSON.stringify(draft.rule)}::jsonb, ${draft.at}, ${draft.at}) ON CONFLICT (key) DO NOTHING RETURNING ${columns}`)
  if (!row) {
    throw refusal('conflict', [
      fault(
        '/key',
        'taken',
        t => t.refusals.segmentTaken(draft.key),
        t => t.refusals.anotherSegmentKey,
      ),
    ])
  }
  return row
}

/**
 * Changes a segment. `mayReplace` sees the version that stands and throws to refuse. Undefined when there is none; throws
 * `unprocessable` when the rule, or a segment that uses this one, would no longer mean anything.
 */
export async function replaceSegment(
  tx: Queryable,
  draft: SegmentDraft,
  mayReplace: (standing: number) => void,
): Promise<SegmentRow | undefined> {
  await oneAtATime(tx)
  const standing = await tx.row<{ version: number }>(sql`SELECT version FROM segment WHERE key = ${draft.key} FOR UPDATE`)
  if (!standing) return undefined
  mayReplace(standing.version)
  await refuseFaults(tx, draft)
  return await tx.row<SegmentRow>(sql`UPDATE segment SET name = ${draft.name}, rule = ${JSON.stringify(draft.rule)}::jsonb, version = version + 1, updated_at = ${draft.at}
    WHERE key = ${draft.key} RETURNING ${columns}`)
}

async function refuseFaults(tx: Queryable, draft: SegmentDraft): Promise<void> {
  const saved = await ruleContext(tx, draft.at)
  const next = { segment: (key: string) => (key === draft.key ? draft.rule : saved.segment(key)) }
  const faults = checkRule(draft.rule, next, draft.key)
  if (faults.length > 0)
    throw refusal(
      'unprocessable',
      faults.map(each => ({ ...each, path: `/rule${each.path}` })),
    )
  for (const { key, rule } of await tx.rows<{ key: string; rule: Rule }>(
    sql`SELECT key, rule FROM segment WHERE key <> ${draft.key} AND rule @? '$.**.segment'`,
  )) {
    const wrong = segmentsOf(rule).length > 0 ? checkRule(rule, next, key)[0] : undefined
    if (wrong)
      throw unprocessable('/rule', wrong.code, t => t.refusals.segmentUsesThis(key, faultIn(wrong, t).message), wrong.says.hint)
  }
}

/** Who uses a segment: other segments, campaigns whose draft names it, and runs that are under way with it. */
export async function usersOf(db: Queryable, key: string): Promise<{ segments: string[]; campaigns: string[]; runs: string[] }> {
  const names = sql`@? ${`$.**.segment ? (@ == ${JSON.stringify(key)})`}::jsonpath`
  const [segments, campaigns, runs] = [
    await db.rows<{ key: string }>(sql`SELECT key FROM segment WHERE key <> ${key} AND rule ${names} ORDER BY key LIMIT 20`),
    await db.rows<{ id: number }>(sql`SELECT id FROM campaign WHERE document ${names} ORDER BY id LIMIT 20`),
    await db.rows<{
      campaign: number
    }>(sql`SELECT DISTINCT r.campaign FROM run r JOIN campaign_version v ON v.campaign = r.campaign AND v.version = r.version
      WHERE r.status IN ('enrolling', 'running', 'paused') AND v.document ${names} ORDER BY r.campaign LIMIT 20`),
  ]
  return {
    segments: segments.map(row => row.key),
    campaigns: campaigns.map(row => campaignIds.show(row.id)),
    runs: runs.map(row => campaignIds.show(row.campaign)),
  }
}

/** Deletes a segment; false when there is none. Throws `conflict` naming who uses it. `mayDelete` sees the version and throws to refuse. */
export async function deleteSegment(tx: Queryable, key: string, mayDelete: (standing: number) => void): Promise<boolean> {
  await oneAtATime(tx)
  const standing = await tx.row<{ version: number }>(sql`SELECT version FROM segment WHERE key = ${key} FOR UPDATE`)
  if (!standing) return false
  mayDelete(standing.version)
  const users = await usersOf(tx, key)
  const running = users.runs.filter(campaign => !users.campaigns.includes(campaign))
  const by: Sentence[] = [
    ...users.segments.map(
      (other): Sentence =>
        t =>
          t.refusals.theSegment(other),
    ),
    ...users.campaigns.map(
      (campaign): Sentence =>
        t =>
          t.refusals.theCampaign(campaign),
    ),
    ...running.map(
      (campaign): Sentence =>
        t =>
          t.refusals.theRunning(campaign),
    ),
  ]
  if (by.length > 0)
    throw new PerennialError(
      'conflict',
      t =>
        t.refusals.segmentUsedBy(
          key,
          by.map(who => who(t)),
        ),
      {
        faults: by.map(who =>
          fault(
            '',
            'inUse',
            t => t.refusals.usesIt(who(t)),
            t => t.refusals.takeOutFirst,
          ),
        ),
      },
    )
  await forgetHistory(tx, key)
  return (await tx.run(sql`DELETE FROM segment WHERE key = ${key}`)) > 0
}
