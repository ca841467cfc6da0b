import type { Campaign } from '../../domain/campaign/campaign.ts'
import { triggerKinds } from '../../domain/campaign/triggers/index.ts'
import type { RuleContext } from '../../domain/segment/predicate-kind.ts'
import { ruleWhere } from '../../domain/segment/rule.ts'
import { type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { datesOf } from './dates.ts'

/** Who crossed the line of a campaign's trigger in (from, to], though it may never have run; undefined where only a run can tell. */
export async function crossedOf(
  db: Queryable,
  { trigger }: Pick<Campaign, 'trigger'>,
  span: { from: Date; to: Date },
  context: RuleContext,
  defaultZone: string,
): Promise<Sql | undefined> {
  const kind = triggerKinds[trigger.kind]
  const entry = kind.entry(trigger)
  if (entry.by !== 'sweep' || entry.segment !== undefined) return undefined
  const dates = entry.attribute === undefined ? undefined : datesOf(entry.attribute)
  const zones = dates ? await db.rows<{ zone: string }>(sql`SELECT DISTINCT zone FROM (${dates}) d`) : []
  return kind.crossing?.(trigger, {
    run: 0,
    ...span,
    since: span.from,
    context,
    defaultZone,
    entries: { after: null, upTo: 0 },
    zones: zones.map(({ zone }) => zone),
    ...(dates ? { dates: sql`(${dates})` } : {}),
  })
}

/** How many of the audience are past the trigger's line already: those whom `existing` would bring in. Undefined where there is no line. */
export async function countExisting(
  db: Queryable,
  document: Pick<Campaign, 'trigger' | 'audience'>,
  context: RuleContext,
  defaultZone: string,
): Promise<number | undefined> {
  const { trigger } = document
  const past =
    triggerKinds[trigger.kind].past?.(trigger, context) ??
    (await crossedOf(db, document, { from: new Date(0), to: context.at }, context, defaultZone))
  if (!past) return undefined
  const counted = await db.row<{ n: number }>(sql`
    SELECT count(*)::int AS n FROM customer c WHERE c.id IN (SELECT customer FROM (${past}) x) AND ${ruleWhere(document.audience, context)}`)
  return counted?.n ?? 0
}
