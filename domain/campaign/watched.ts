import type { Program } from '../journey/program.ts'
import { awaitingAt } from '../journey/steps/await.ts'
import type { Campaign } from './campaign.ts'
import { triggerKinds } from './triggers/index.ts'

/** A campaign and its compiled journeys, as far as they say what is listened to. */
export interface Listening {
  document: Pick<Campaign, 'goals' | 'trigger'>
  program: Program
}

/** The event names a goal's customers listen to: its success, and everything its journey may await. */
export function listensTo(campaign: Listening, goalKey: string): string[] {
  const goal = campaign.document.goals.find(g => g.key === goalKey)
  const names = new Set<string>()
  if (goal?.success) names.add(goal.success.event)
  for (const step of campaign.program.steps)
    if (step.goal === goalKey) for (const on of awaitingAt(step.body)?.on ?? []) if ('event' in on) names.add(on.event)
  return [...names]
}

/** Every event name a run must hear of. */
export function watchedBy(campaign: Listening): string[] {
  const { document } = campaign
  const entry = triggerKinds[document.trigger.kind].entry(document.trigger)
  const names = new Set(document.goals.flatMap(goal => listensTo(campaign, goal.key)))
  if (entry.by === 'event') names.add(entry.event)
  return [...names]
}
