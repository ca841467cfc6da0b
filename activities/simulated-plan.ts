import type { Campaign } from '../domain/campaign/campaign.ts'
import { compileProgram } from '../domain/journey/program.ts'
import type { RuleContext } from '../domain/segment/predicate-kind.ts'
import { writtenOut } from '../domain/segment/rule.ts'
import type { FactsAsked } from '../prisma/queries/simulated-past.ts'

const minute = 60_000
/** Stretches a period is looked at in: sweeps and what happened come at the end of each. */
const stretches = 720
/** Of more than so many customers a past is looked at in fewer: three hours in thirty days. */
const many = 20_000
const fewerStretches = 240
/** So many minutes, of which whole numbers make a day: then what comes with a stretch and who is due then go together. */
const lengths = [1, 2, 3, 5, 10, 15, 30, 60, 120, 180, 240, 360]

/** How long one stretch is, in milliseconds. */
export function stretchOf(spanMs: number, { past, customers }: { past: boolean; customers: number }): number {
  const least = spanMs / (past && customers > many ? fewerStretches : stretches)
  const longest = 360 * minute
  return lengths.map(minutes => minutes * minute).find(one => one >= least) ?? Math.ceil(least / longest) * longest
}

/** What is played back comes a stretch late: how old an event may be is asked when it was received, and no more when it is read. */
export const withLateEvents = (document: Campaign): Campaign =>
  document.trigger.kind === 'event' ? { ...document, trigger: { ...document.trigger, maxAge: '3650d' } } : document

/** Whether rules or the trigger ask of everybody what they have done, again and again, and not of a few who are enrolled or under way. */
export const asksEverybody = ({ audience, goals, exit, trigger }: Campaign): boolean =>
  (trigger.kind === 'inactivity' && trigger.event !== undefined) ||
  /"(event|inactive|segment)"/.test(JSON.stringify([audience, exit ?? null, goals.map(goal => goal.when ?? null)]))

/** Strings that stand under a key anywhere in a document. */
const under = (key: string, text: string): string[] =>
  [...text.matchAll(new RegExp(`"${key}":("(?:[^"\\\\]|\\\\.)*")`, 'g'))].map(([, one]) => JSON.parse(one ?? '""') as string)

/** What of the past need be told of the simulated, because something asks for it, by way of saved segments too. */
export function factsAsked(document: Campaign, context: RuleContext): FactsAsked {
  const text = JSON.stringify(document)
  const named = under('segment', text).filter(key => context.segment(key))
  const all = text + JSON.stringify(named.map(segment => writtenOut({ segment }, context)))
  const silence = /"(inactive|inactivity)"/.test(all)
  return {
    silence,
    subscriptions: /"(subscription|trialEnd)"/.test(all),
    // Whoever is asked when they were last seen is asked of whatever they did.
    events: silence ? null : [...new Set(under('event', all).flatMap(name => context.eventId(name) ?? []))],
  }
}

/** Whether nothing is shared between the customers of a run: no budget, no pace, no offer of which there are only so many. */
export function apart({ limits, goals }: Campaign): boolean {
  const { steps } = compileProgram(goals)
  return (
    !limits.budget && limits.perMinute === undefined && !steps.some(({ body }) => body.kind === 'offer' && body.budget !== null)
  )
}
