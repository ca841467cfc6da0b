import type { Campaign } from '../domain/campaign/campaign.ts'
import { triggerKinds } from '../domain/campaign/triggers/index.ts'
import { globalSalt, hashUnit } from '../domain/experiment/assign.ts'
import { campaignIds } from '../domain/ids.ts'
import type { RuleContext } from '../domain/segment/predicate-kind.ts'
import { describeRule } from '../domain/segment/rule.ts'
import { sql } from '../domain/sql.ts'
import type { Texts } from '../domain/texts/texts.ts'
import { milliseconds } from '../domain/time.ts'
import type { Queryable } from '../prisma/client.ts'
import { takenBy } from '../prisma/queries/exclusive.ts'
import type { StayRow } from '../prisma/queries/message-list.ts'
import type { RunRow } from '../prisma/queries/runs.ts'
import type { Asked, ExplainedDecision } from './explain.ts'
import { partsOf } from './explain-parts.ts'

const isOver = ({ status }: RunRow): boolean => status === 'stopped' || status === 'completed'

/** Why somebody who was never enrolled was not: the parts of the audience that fail, then the goals, then whether the global holdout has them, as of now. */
export async function whyNot(
  db: Queryable,
  campaign: Campaign,
  run: RunRow | undefined,
  customer: Asked,
  context: RuleContext,
  globalHoldout: number,
  texts: Texts,
): Promise<ExplainedDecision[]> {
  const at = context.at.toISOString()
  const audience = await partsOf(db, campaign.audience, customer.id, context, texts)
  const inside = audience.every(part => part.holds)
  const decisions: ExplainedDecision[] = [
    {
      at,
      kind: 'audience',
      outcome: inside ? 'matches' : 'fails',
      facts: { rule: describeRule(campaign.audience, texts), parts: audience },
    },
  ]
  for (const goal of campaign.goals) {
    const parts = goal.when ? await partsOf(db, goal.when, customer.id, context, texts) : []
    const holds = parts.every(part => part.holds)
    decisions.push({ at, kind: 'goal', outcome: holds ? 'matches' : 'fails', facts: { goal: goal.key, parts } })
    if (holds) break
  }
  decisions.push(...(await entryOf(db, campaign, run, customer, context, texts)))
  if (globalHoldout > 0 && campaign.limits.globalHoldout !== 'ignore') {
    const u = hashUnit(globalSalt, customer.externalId)
    const held = u < globalHoldout
    const facts = { salt: globalSalt, u, share: globalHoldout }
    decisions.push({ at, kind: 'variant', outcome: held ? 'globalHoldout' : 'contactable', facts })
  }
  return decisions
}

/** Whether somebody whose stay is over may come in again, and what of that is not so yet; nothing where nobody comes in any more. */
export async function whyNotAgain(
  db: Queryable,
  campaign: Campaign,
  run: RunRow,
  stay: StayRow,
  customer: Asked,
  context: RuleContext,
  texts: Texts,
): Promise<ExplainedDecision[]> {
  const { by } = triggerKinds[campaign.trigger.kind].entry(campaign.trigger)
  if (stay.endedAt === null || isOver(run) || (by === 'snapshot' && run.id === stay.run)) return []
  const { reentry } = campaign
  const from =
    reentry === 'never'
      ? null
      : reentry === 'always'
        ? stay.endedAt
        : new Date(stay.enteredAt.getTime() + milliseconds(reentry.after))
  const may = from !== null && from <= context.at
  const facts = { reentry, lastEnteredAt: stay.enteredAt.toISOString(), ...(from ? { from: from.toISOString() } : {}) }
  const at = context.at.toISOString()
  const again: ExplainedDecision = { at, kind: 'trigger', outcome: may ? 'mayAgain' : 'notAgain', facts }
  if (!may) return [again]
  const parts = await partsOf(db, campaign.audience, customer.id, context, texts)
  const outcome = parts.every(part => part.holds) ? 'matches' : 'fails'
  const audience: ExplainedDecision = {
    at,
    kind: 'audience',
    outcome,
    facts: { rule: describeRule(campaign.audience, texts), parts },
  }
  return [again, audience, ...(await entryOf(db, campaign, run, customer, context, texts))]
}

/** What lets somebody in beyond audience and goals, as of now: the campaigns of its group, and the trigger with what it knows of them. */
async function entryOf(
  db: Queryable,
  campaign: Campaign,
  run: RunRow | undefined,
  customer: Asked,
  context: RuleContext,
  texts: Texts,
): Promise<ExplainedDecision[]> {
  const at = context.at.toISOString()
  const found: ExplainedDecision[] = []
  const { exclusive, trigger, endsAt } = campaign
  const rival = exclusive && run && (await takenBy(db, run.campaign, exclusive.group, exclusive.priority, customer.id))
  if (rival)
    found.push({
      at,
      kind: 'audience',
      outcome: 'taken',
      reason: 'exclusive',
      facts: {
        group: exclusive.group,
        priority: exclusive.priority,
        by: campaignIds.show(rival.campaign),
        itsPriority: rival.priority,
        since: rival.since.toISOString(),
      },
    })
  const kind = triggerKinds[trigger.kind]
  const facts = kind.facts?.(trigger, context)
  const row =
    facts &&
    (await db.row<{ facts: Record<string, unknown> }>(sql`SELECT ${facts} AS facts FROM customer c WHERE c.id = ${customer.id}`))
  const over = run && isOver(run)
  const ended = endsAt !== undefined && Date.parse(endsAt) <= context.at.getTime()
  found.push({
    at,
    kind: 'trigger',
    outcome: over || ended ? 'over' : 'notMet',
    ...(over ? { reason: run.status } : ended ? { reason: 'ended' } : run?.status === 'paused' ? { reason: 'paused' } : {}),
    facts: { trigger: kind.describe(trigger, texts), ...momentsOf(campaign, run, customer, context.at), ...row?.facts },
  })
  return found
}

/** When a run looked at everybody, or will; and since when this one has been there. */
function momentsOf({ trigger, endsAt }: Campaign, run: RunRow | undefined, customer: Asked, at: Date): Record<string, unknown> {
  const entry = triggerKinds[trigger.kind].entry(trigger)
  const end = endsAt === undefined ? {} : { endsAt }
  if (!run) return end
  if (entry.by === 'snapshot') {
    const audienceAt = entry.at && entry.at > run.startedAt ? entry.at : run.startedAt
    return { ...end, audienceAt: audienceAt.toISOString(), customerSince: customer.createdAt.toISOString() }
  }
  if (entry.by !== 'schedule') return end
  const next = entry.next(at)
  return { ...end, ...(next ? { nextAt: next.toISOString() } : {}) }
}
