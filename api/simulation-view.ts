import { z } from 'zod'
import type { Simulated } from '../activities/simulate.ts'
import type { Campaign } from '../domain/campaign/campaign.ts'
import type { Settings } from '../domain/settings.ts'
import type { Texts } from '../domain/texts/texts.ts'

export const simulationSchema = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    past: z.boolean(),
    sample: z.object({
      customers: z.int().meta({ description: 'Customers who were simulated.' }),
      of: z.int().meta({ description: 'Customers there are to simulate.' }),
      scale: z.number().meta({ description: 'What every count is to be multiplied with to speak of all of them.' }),
    }),
    entries: z.array(z.object({ day: z.string(), entered: z.int() })).meta({ description: 'By day, in UTC.' }),
    messages: z.array(z.object({ channel: z.string(), sent: z.int(), skipped: z.int(), segments: z.int(), cost: z.number() })),
    skipped: z.record(z.string(), z.int()).meta({ description: 'By reason.' }),
    sms: z.object({ segments: z.int(), cost: z.number(), currency: z.string() }),
    cost: z.object({ amount: z.number(), currency: z.string() }),
    capsHit: z.int().meta({ description: 'Messages that a frequency cap kept back.' }),
    quietHoursHit: z.int().meta({ description: 'Messages that quiet hours put off, whether they left later or not.' }),
    stillDeferred: z.int(),
    goals: z.object({
      byGoal: z.record(z.string(), z.int()).meta({ description: 'Whose goal it is: the first that matches.' }),
      none: z.int().meta({ description: 'In the audience, but no goal matches: they would not be enrolled.' }),
      several: z.int().meta({ description: 'More than one goal matches: the first is theirs.' }),
      conflicts: z.array(z.object({ goals: z.array(z.string()), customers: z.int() })),
    }),
    exclusive: z
      .object({ taken: z.int(), displaced: z.int() })
      .nullable()
      .meta({ description: 'Of a campaign in a group: who stays in another of the group, and who would be taken from one.' }),
    finished: z.boolean().meta({ description: 'Whether the run ended by itself within the period.' }),
    endedAt: z.iso.datetime(),
    assumes: z.array(z.string()),
  })
  .meta({ id: 'Simulation' })

/** A simulation as its reader sees it. All counts are of the simulated customers; `sample.scale` speaks of all. */
export function showSimulation(
  result: Simulated,
  document: Campaign,
  settings: Settings,
  { from, to, past }: { from: Date; to: Date; past: boolean },
  texts: Texts,
): z.infer<typeof simulationSchema> {
  const currency = settings.currencies.reporting
  const sms = result.channels.find(({ channel }) => channel === 'sms')
  const sum = (of: (channel: Simulated['channels'][number]) => number) => result.channels.reduce((all, one) => all + of(one), 0)
  const skipped: Record<string, number> = {}
  for (const { status, reason, n } of result.messages)
    if (status === 'skipped') skipped[reason ?? 'other'] = (skipped[reason ?? 'other'] ?? 0) + n
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    past,
    sample: {
      customers: result.customers,
      of: result.of,
      scale: result.customers === 0 ? 1 : Number((result.of / result.customers).toFixed(4)),
    },
    entries: result.entries,
    messages: result.channels.map(({ capped: _, ...channel }) => channel),
    skipped,
    sms: { segments: sms?.segments ?? 0, cost: sms?.cost ?? 0, currency },
    cost: { amount: sum(({ cost }) => cost), currency },
    capsHit: sum(({ capped }) => capped),
    quietHoursHit: result.deferred.messages,
    stillDeferred: result.deferred.still,
    goals: goalsOf(result.goals, document),
    exclusive: result.rivals,
    finished: result.ended === 'completed',
    endedAt: result.endedAt.toISOString(),
    assumes: assumptions(result, past, texts),
  }
}

function goalsOf(matched: Simulated['goals'], document: Campaign) {
  const keys = document.goals.map(goal => goal.key)
  const byGoal: Record<string, number> = Object.fromEntries(keys.map(key => [key, 0]))
  let none = 0
  let several = 0
  const conflicts: { goals: string[]; customers: number }[] = []
  for (const { matches, customers } of matched) {
    const [first] = matches
    if (first === undefined) {
      none += customers
      continue
    }
    const key = keys[first]
    if (key !== undefined) byGoal[key] = (byGoal[key] ?? 0) + customers
    if (matches.length < 2) continue
    several += customers
    conflicts.push({ goals: matches.flatMap(i => keys[i] ?? []), customers })
  }
  return { byGoal, none, several, conflicts: conflicts.slice(0, 50) }
}

function assumptions({ stretchMs, customers, of, rivals }: Simulated, past: boolean, { simulation }: Texts): string[] {
  return [
    ...(customers < of ? [simulation.share(customers, of)] : []),
    ...(past ? [simulation.playedBack(Math.round(stretchMs / 60_000)), simulation.asOfToday] : [simulation.nobodyActs]),
    ...(rivals ? [simulation.rivals] : []),
  ]
}
