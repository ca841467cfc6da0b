import type { Channel, Channels } from '../channels/channel.ts'
import type { Campaign } from '../domain/campaign/campaign.ts'
import { opening } from '../domain/campaign/trigger-kind.ts'
import { triggerKinds } from '../domain/campaign/triggers/index.ts'
import { watchedBy } from '../domain/campaign/watched.ts'
import { fault, PerennialError } from '../domain/errors.ts'
import { compileProgram, type Program } from '../domain/journey/program.ts'
import { type ChannelKind, channelKinds } from '../domain/message/kinds.ts'
import { fill } from '../domain/message/letter.ts'
import { smsSegments } from '../domain/message/sms-segments.ts'
import { ruleWhere } from '../domain/segment/rule.ts'
import type { Settings } from '../domain/settings.ts'
import { raw, sql } from '../domain/sql.ts'
import type { Db } from '../prisma/client.ts'
import { openOneConnection } from '../prisma/one-connection.ts'
import {
  type EnrollmentCount,
  enrollmentCounts,
  type MessageCount,
  messageCounts,
  passedCounts,
} from '../prisma/queries/run-counts.ts'
import { findRun, openRun, type RunRow } from '../prisma/queries/runs.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { happen, layOut } from '../prisma/queries/simulated-past.ts'
import * as simulation from '../prisma/queries/simulation.ts'
import { createActivities } from './index.ts'
import { type Part, together } from './simulated-parts.ts'
import type { Links } from './verdict.ts'
import { createVersions } from './versions.ts'
import { type Happening, runVirtually } from './virtual-clock.ts'

export interface SimulationRequest {
  campaign: number
  version: number
  document: Campaign
  settings: Settings
  links: Links
  from: Date
  to: Date
  /** Whether `from` lies behind us: then what happened since is played back. */
  past: boolean
  /** The most customers to be simulated; of more an even share is. */
  atMost: number
  /** How finely the period is looked at; by default a 720th of it, an hour in thirty days; a 240th of the past of many. */
  stretchMs?: number
  /** After so long it gives up. */
  patienceMs: number
}

export interface Simulated {
  run: RunRow
  program: Program
  customers: number
  of: number
  ended: 'completed' | 'stopped' | 'rolled'
  endedAt: Date
  enrollments: EnrollmentCount[]
  messages: MessageCount[]
  passed: { version: number; step: number; passed: number }[]
  entries: { day: string; entered: number }[]
  channels: simulation.ChannelCount[]
  deferred: { messages: number; still: number }
  goals: { matches: number[]; customers: number }[]
  stretchMs: number
  /** For a campaign of a group: who stays in another of it, and who was taken from one. */
  rivals: { taken: number; displaced: number } | null
}

/** Nothing is kept that a longer wave would have to repeat. */
const waveSize = 5_000

/** Stretches a period is looked at in: sweeps and what happened come at the end of each. */
const stretches = 720
/** Of more than so many customers a past is looked at in fewer: three hours in thirty days. */
const many = 20_000
const fewerStretches = 240

/**
 * What a launch of this document at `from` does until `to`: the same activities, dispatcher and walk as a real run, on a clock that
 * jumps, over temporary tables, with channels that send nothing. Nothing is kept. Throws `unprocessable` when patience ends.
 */
export async function simulate(db: Db, request: SimulationRequest): Promise<Simulated> {
  // Customers meet in what the run has for all of them together; where it has nothing such, halves of them are played side by side.
  const lanes = apart(request.document) ? 2 : 1
  const played = await Promise.allSettled(
    Array.from({ length: lanes }, async (_, lane) => {
      const virtual = await openOneConnection(db, { planOnce: request.past })
      try {
        return await play(virtual, request, { lane, lanes })
      } finally {
        await virtual.close()
      }
    }),
  )
  const failed = played.find(one => one.status === 'rejected')
  if (failed) throw failed.reason
  return together(played.flatMap(one => (one.status === 'fulfilled' ? [one.value] : [])))
}

/** Whether nothing is shared between the customers of a run: no budget, no pace, no offer of which there are only so many. */
function apart({ limits, goals }: Campaign): boolean {
  const { steps } = compileProgram(goals)
  return (
    !limits.budget && limits.perMinute === undefined && !steps.some(({ body }) => body.kind === 'offer' && body.budget !== null)
  )
}

async function play(db: Db, request: SimulationRequest, part: Part): Promise<Simulated> {
  const { campaign, version, document, from, to, past } = request
  const trigger = triggerKinds[document.trigger.kind]
  const entry = trigger.entry(document.trigger)
  await db.run(
    sql`SELECT set_config('work_mem', '64MB', false), set_config('temp_buffers', '512MB', false), set_config('jit', 'off', false), set_config('statement_timeout', '60s', false)`,
  )
  // Everybody at once means those of the audience; who comes by themselves may be anybody.
  const whom = entry.by === 'snapshot' && !past ? ruleWhere(document.audience, await ruleContext(db, from)) : raw('true')
  const { customers, of } = await simulation.chooseCustomers(db, whom, request.atMost, part)
  const noted = entry.by === 'sweep' && (entry.segment ?? entry.attribute) !== undefined
  await simulation.shadowTables(db, { campaign, group: document.exclusive?.group ?? null, from, past, noted })
  const span = to.getTime() - from.getTime()
  const parts = past && Math.min(of, request.atMost) > many ? fewerStretches : stretches
  const stretchMs = request.stretchMs ?? Math.max(60_000, Math.ceil(span / parts))
  const told = past ? await layOut(db, from, to, stretchMs) : []
  await simulation.seal(db)

  const program = compileProgram(document.goals)
  const { finite, snapshot, enrolling, sweptTo, entriesOf } = opening(entry, from)
  const context = await ruleContext(db, from)
  const run = await openRun(db, {
    campaign,
    version,
    document,
    program,
    finite,
    enrolling,
    salt: `campaign-${campaign}`,
    plannedSize: 5_000,
    at: from,
    sweptTo,
    watch: watchedBy({ document, program }).flatMap(name => context.eventId(name) ?? []),
    entriesOf,
  })
  if (!run) throw new Error('the simulated campaign is live already')
  const goals = await simulation.goalsMatched(
    db,
    ruleWhere(document.audience, context),
    document.goals.map(goal => (goal.when ? ruleWhere(goal.when, context) : raw('true'))),
  )

  const activities = createActivities({
    db,
    versions: createVersions(db),
    channels: silentChannels(),
    links: request.links,
    settings: async () => request.settings,
    tell: async () => {},
    outgoing: { post: async () => ({ kind: 'done', code: 200 }) },
    waveSize,
  })
  const happenings: Happening[] = []
  const happened = new Set(told)
  const count = Math.ceil(span / stretchMs)
  for (let i = 1; i <= count; i++) {
    if (entry.by !== 'sweep' && !happened.has(i)) continue
    const at = new Date(Math.min(from.getTime() + i * stretchMs, to.getTime()))
    happenings.push({
      at: at.getTime(),
      happen: async () => {
        // As the tables grow, what was planned for few is planned anew for many.
        if (past && (i & (i - 1)) === 0) await simulation.analyze(db)
        if (happened.has(i)) await happen(db, run.id, i, new Date(from.getTime() + (i - 1) * stretchMs), at)
        if (entry.by === 'sweep') await activities.sweepRuns({ at: at.getTime() })
      },
    })
  }
  const impatient = performance.now() + request.patienceMs
  const result = await runVirtually({
    activities: {
      ...activities,
      claim: (claim: Parameters<typeof activities.claim>[0]) => {
        if (performance.now() > impatient) throw tooSlow(request.patienceMs)
        return activities.claim(claim)
      },
    },
    campaign,
    run: run.id,
    finite,
    snapshot,
    from: from.getTime(),
    until: to.getTime(),
    happenings,
    // One connection takes one statement after the other: many waves at once would only wait.
    window: 2,
    grainMs: 60_000,
  })
  return {
    run: (await findRun(db, run.id)) ?? run,
    program,
    customers,
    of,
    ended: result.ended,
    endedAt: new Date(result.at),
    enrollments: await enrollmentCounts(db, run.id),
    messages: await messageCounts(db, run.id),
    passed: await passedCounts(db, run.id),
    entries: await simulation.enteredByDay(db, run.id),
    channels: await simulation.sentByChannel(db, run.id),
    deferred: await simulation.deferredOf(db, run.id),
    goals,
    stretchMs,
    rivals: document.exclusive ? await simulation.rivalsOf(db, campaign) : null,
  }
}

const tooSlow = (patienceMs: number) =>
  new PerennialError('unprocessable', t => t.refusals.simulationTooSlow(Math.round(patienceMs / 1_000)), {
    faults: [
      fault(
        '/sample',
        'tooSlow',
        t => t.refusals.tooLong,
        t => t.refusals.smallerSample,
      ),
    ],
  })

/** Channels that accept everything and send nothing. */
function silentChannels(): Channels {
  const channel = (kind: ChannelKind): Channel => ({
    kind,
    provider: 'simulation',
    maxBatch: waveSize,
    send: async ({ letter, envelopes }) =>
      envelopes.map(({ values }) =>
        kind === 'sms'
          ? { kind: 'accepted', segments: smsSegments(fill(letter.fields.body ?? [], values)).segments }
          : { kind: 'accepted' },
      ),
  })
  return Object.fromEntries(channelKinds.map(kind => [kind, channel(kind)])) as Channels
}
