import type { Campaign } from '../domain/campaign/campaign.ts'
import { hashUnit } from '../domain/experiment/assign.ts'
import { runIds } from '../domain/ids.ts'
import type { Program } from '../domain/journey/program.ts'
import { awaitingAt } from '../domain/journey/steps/await.ts'
import { describeRule } from '../domain/segment/rule.ts'
import type { Settings } from '../domain/settings.ts'
import type { Texts } from '../domain/texts/texts.ts'
import { isTimeZone } from '../domain/time.ts'
import type { Queryable } from '../prisma/client.ts'
import { decisionsOf, type messagesOf, type StayRow } from '../prisma/queries/message-list.ts'
import type { RunRow } from '../prisma/queries/runs.ts'
import { factsOfSent, localTime } from './explain-verdict.ts'
import { stepIdOf } from './routes/messages.ts'

/** One decision about one customer, with the facts it rested on. */
export interface ExplainedDecision {
  at: string
  kind: 'audience' | 'goal' | 'variant' | 'verdict' | 'wait' | 'branch' | 'exit' | 'trigger'
  step?: string
  outcome: string
  reason?: string
  facts: Record<string, unknown>
}

/** The customer who is asked about. */
export interface Asked {
  id: number
  externalId: string
  timezone: string | null
  createdAt: Date
}

/** Every decision taken during a stay, oldest first: how they came in, goal, variant, each verdict and turn, the end. */
export async function storyOf(
  db: Queryable,
  stay: StayRow,
  run: RunRow,
  campaign: Campaign,
  programs: ReadonlyMap<number, Program>,
  messages: Awaited<ReturnType<typeof messagesOf>>,
  customer: Asked,
  settings: Settings,
  now: Date,
  texts: Texts,
): Promise<ExplainedDecision[]> {
  const { externalId } = customer
  const entered = stay.enteredAt.toISOString()
  const goal = campaign.goals.find(g => g.key === stay.goal)
  const story: ExplainedDecision[] = [
    {
      at: entered,
      kind: 'trigger',
      outcome: 'entered',
      facts: {
        run: runIds.show(run.id),
        trigger: campaign.trigger,
        ...(stay.eventName ? { event: stay.eventName, eventAt: stay.eventAt?.toISOString() } : {}),
      },
    },
    { at: entered, kind: 'audience', outcome: 'matches', facts: { rule: describeRule(campaign.audience, texts) } },
    {
      at: entered,
      kind: 'goal',
      outcome: stay.goal,
      facts: { when: goal?.when ? describeRule(goal.when, texts) : texts.rules.everybody },
    },
    {
      at: entered,
      kind: 'variant',
      outcome: stay.variant,
      facts: campaign.experiment
        ? {
            salt: run.salt,
            u: hashUnit(run.salt, externalId),
            holdout: campaign.experiment.holdout,
            variants: campaign.experiment.variants,
            // Where it was not the hash that said so: kept from the first stay, promoted, or replaced for a stopped arm.
            ...(stay.assigned ? { assigned: stay.assigned } : {}),
          }
        : {},
    },
  ]
  // Of one moment, in the order of the journey.
  for (const message of messages.toSorted((a, b) => a.step - b.step)) {
    const given = message.acceptedAt ?? message.sendingAt ?? message.createdAt
    const left = message.acceptedAt !== null || message.sendingAt !== null
    story.push({
      at: given.toISOString(),
      kind: 'verdict',
      step: stepIdOf(programs, message.version, message.step),
      outcome: message.status,
      ...(message.reason ? { reason: message.reason } : {}),
      facts: {
        channel: message.channel,
        message: message.id,
        ...(message.deferredUntil ? { deferredUntil: message.deferredUntil.toISOString() } : {}),
        ...(message.evidence ? { evidence: withClock(message.evidence, given) } : {}),
        ...(left ? await factsOfSent(db, message, customer, given, settings) : {}),
      },
    })
  }
  for (const row of await decisionsOf(db, [stay.id]))
    story.push({
      at: row.at.toISOString(),
      kind: row.kind as ExplainedDecision['kind'],
      ...(row.step === null ? {} : { step: stepIdOf(programs, stay.version, row.step) }),
      outcome: row.outcome,
      ...(row.reason ? { reason: row.reason } : {}),
      facts: row.facts,
    })
  if (stay.endedAt)
    story.push({ at: stay.endedAt.toISOString(), kind: 'exit', outcome: 'ended', reason: stay.reason ?? 'completed', facts: {} })
  else if (stay.due) story.push(waiting(stay, run, programs, now))
  return story.sort((a, b) => a.at.localeCompare(b.at))
}

/** The customer's own clock beside the zone a verdict went by. */
function withClock(evidence: unknown, at: Date): unknown {
  if (typeof evidence !== 'object' || evidence === null) return evidence
  const { zone } = evidence as { zone?: unknown }
  return typeof zone === 'string' && isTimeZone(zone) ? { ...evidence, localTime: localTime(at, zone) } : evidence
}

/** Why nothing comes yet: what they wait for, and until when. */
function waiting(stay: StayRow, run: RunRow, programs: ReadonlyMap<number, Program>, now: Date): ExplainedDecision {
  const body = stay.step === null ? undefined : programs.get(stay.version)?.steps[stay.step]?.body
  const awaited = stay.awaiting && body ? awaitingAt(body)?.on : undefined
  return {
    at: now.toISOString(),
    kind: 'wait',
    ...(stay.step === null ? {} : { step: stepIdOf(programs, stay.version, stay.step) }),
    outcome: run.status === 'paused' ? 'paused' : 'waiting',
    facts: { ...(stay.due ? { due: stay.due.toISOString() } : {}), ...(awaited ? { awaited } : {}) },
  }
}
