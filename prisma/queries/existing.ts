import type { Campaign } from '../../domain/campaign/campaign.ts'
import { triggerKinds } from '../../domain/campaign/triggers/index.ts'
import type { RuleContext } from '../../domain/segment/predicate-kind.ts'
import { ruleWhere } from '../../domain/segment/rule.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { zonesOfCustomers } from './zones.ts'

/** How many of the audience are past the trigger's line already: those whom `existing` would bring in. Undefined where there is no line. */
export async function countExisting(
  db: Queryable,
  document: Pick<Campaign, 'trigger' | 'audience'>,
  context: RuleContext,
  defaultZone: string,
): Promise<number | undefined> {
  const { trigger } = document
  const kind = triggerKinds[trigger.kind]
  if (kind.entry(trigger).by !== 'sweep') return undefined
  const zones = kind.byZone ? await zonesOfCustomers(db) : []
  const sweep = { run: 0, from: new Date(0), to: context.at, since: new Date(0), context, zones, defaultZone }
  const past = kind.past?.(trigger, context) ?? kind.crossing?.(trigger, sweep)
  if (!past) return undefined
  const counted = await db.row<{ n: number }>(sql`
    SELECT count(*)::int AS n FROM customer c WHERE c.id IN (SELECT customer FROM (${past}) x) AND ${ruleWhere(document.audience, context)}`)
  return counted?.n ?? 0
}
