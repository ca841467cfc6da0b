import type { Campaign } from '../domain/campaign/campaign.ts'
import { opening } from '../domain/campaign/trigger-kind.ts'
import { triggerKinds } from '../domain/campaign/triggers/index.ts'
import { watchedBy } from '../domain/campaign/watched.ts'
import { fault, PerennialError } from '../domain/errors.ts'
import { compileProgram, type Program } from '../domain/journey/program.ts'
import { ruleRecent, ruleWhere } from '../domain/segment/rule.ts'
import type { Settings } from '../domain/settings.ts'
import { raw, sql } from '../domain/sql.ts'
import { milliseconds } from '../domain/time.ts'
import type { Db } from '../prisma/client.ts'
import { type OneConnection, openOneConnection } from '../prisma/one-connection.ts'
import {
  type EnrollmentCount,
  enrollmentCounts,
  type MessageCount,
  messageCounts,
  passedCounts,
} from '../prisma/queries/run-counts.ts'
import { findRun, openRun, type RunRow } from '../prisma/queries/runs.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { layOutCrossings } from '../prisma/queries/simulated-crossings.ts'
import { happen, hideTheFuture, layOut } from '../prisma/queries/simulated-past.ts'
import * as simulation from '../prisma/queries/simulation.ts'
import { createActivities } from './index.ts'
import { silentChannels } from './simulated-channels.ts'
import { grainOf } from './simulated-grain.ts'
import { type Part, together } from './simulated-parts.ts'
import { apart, asksEverybody, factsAsked, stretchOf, withLateEvents } from './simulated-plan.ts'
import { sweepWhereCrossed } from './simulated-sweeps.ts'
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

/** Beyond so many customers halves of them are worth a connection each; the same for fewer would cost more. */
const worthTwo = 2_000

/** Nothing is kept that a longer wave would have to repeat. */
const waveSize = 5_000

/**
 * What a launch of this document at `from` does until `to`: the same activities, dispatcher and walk as a real run, on a clock that
 * jumps, over temporary tables, with channels that send nothing. Nothing is kept. Throws `unprocessable` when patience ends.
 */
export async function simulate(db: Db, request: SimulationRequest): Promise<Simulated> {
  // Customers meet in what the run has for all of them together; where it has nothing such, halves of them are played side by side.
  const many = Math.min(request.atMost, await simulation.customersUpTo(db, worthTwo + 1)) > worthTwo
  const lanes = many && apart(request.document) ? 2 : 1
  const impatient = performance.now() + request.patienceMs
  let failure: { error: unknown } | undefined
  const patience = () => {
    if (failure) throw failure.error
    if (performance.now() > impatient) throw tooSlow(request.patienceMs)
  }
  const played = await Promise.allSettled(
    Array.from({ length: lanes }, async (_, lane) => {
      const virtual = await openOneConnection(db, { planOnce: request.past || bySweep(request.document), before: patience })
      try {
        return await play(virtual, request, { lane, lanes })
      } catch (error) {
        // One half without the other is nothing: it need not go on.
        failure ??= { error: (error as { code?: unknown }).code === '57014' ? tooSlow(request.patienceMs) : error }
        throw failure.error
      } finally {
        await virtual.close()
      }
    }),
  )
  if (failure) throw failure.error
  return together(played.flatMap(one => (one.status === 'fulfilled' ? [one.value] : [])))
}

const bySweep = ({ trigger }: Campaign): boolean => triggerKinds[trigger.kind].entry(trigger).by === 'sweep'

async function play(db: OneConnection, request: SimulationRequest, part: Part): Promise<Simulated> {
  const { campaign, version, from, to, past } = request
  const document = past ? withLateEvents(request.document) : request.document
  const trigger = triggerKinds[document.trigger.kind]
  const entry = trigger.entry(request.document.trigger)
  await db.run(
    sql`SELECT set_config('work_mem', '64MB', false), set_config('temp_buffers', '512MB', false), set_config('jit', 'off', false), set_config('statement_timeout', ${`${Math.ceil(request.patienceMs)}ms`}, false)`,
  )
  // Everybody at once means those of the audience; who comes by themselves may be anybody.
  const whom = entry.by === 'snapshot' && !past ? ruleWhere(document.audience, await ruleContext(db, from)) : raw('true')
  const { customers, of } = await simulation.chooseCustomers(db, whom, request.atMost, part)
  const { segment, attribute } = entry.by === 'sweep' ? entry : {}
  const context = await ruleContext(db, from)
  const asked = factsAsked(document, context)
  await simulation.shadowTables(db, {
    campaign,
    group: document.exclusive?.group ?? null,
    from,
    past,
    segment: segment !== undefined,
    attribute: attribute ?? null,
    asked,
  })
  const stretchMs =
    request.stretchMs ?? stretchOf(to.getTime() - from.getTime(), { past, customers: Math.min(of, request.atMost) })
  // Where they end on whole hours, what comes with them and who is due then go together.
  const origin = Math.floor(from.getTime() / stretchMs) * stretchMs
  const stretches = { from, to, origin: new Date(origin), stretchMs }
  const told: Awaited<ReturnType<typeof layOut>> = past
    ? await layOut(db, stretches, { everybody: asksEverybody(document), ...asked })
    : new Map()
  const laidOut = past && segment !== undefined
  if (laidOut) await layOutCrossings(db, ruleRecent({ segment }, context), stretches)
  if (past) await hideTheFuture(db, from)
  await simulation.seal(db)

  const program = compileProgram(document.goals)
  const { finite, snapshot, enrolling, sweptTo, entriesOf } = opening(entry, from)
  const watched = watchedBy({ document, program }).flatMap(name => context.eventId(name) ?? [])
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
    watch: watched,
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
    channels: silentChannels(waveSize),
    links: request.links,
    settings: async () => request.settings,
    tell: async () => {},
    outgoing: { post: async () => ({ kind: 'done', code: 200 }) },
    waveSize,
  })
  const tidy = (...tables: Parameters<typeof simulation.tidy>[1]) => db.between(quiet => simulation.tidy(quiet, tables))
  let moved = 0
  const enteredBy =
    entry.by === 'event' ? { event: context.eventId(entry.event) ?? -1, maxAgeMs: milliseconds(entry.maxAge) } : null
  const sweeps = sweepWhereCrossed(db, run, document, request.settings, activities.sweepRuns, laidOut)
  const happenings: Happening[] = []
  const count = Math.ceil((to.getTime() - origin) / stretchMs)
  for (let i = 1; i <= count; i++) {
    const tells = told.get(i)
    if (entry.by !== 'sweep' && !tells) continue
    const at = new Date(Math.min(origin + i * stretchMs, to.getTime()))
    const after = new Date(Math.max(origin + (i - 1) * stretchMs, from.getTime()))
    happenings.push({
      at: at.getTime(),
      happen: async () => {
        // As the tables grow, what was planned for few is planned anew for many.
        if ((i & (i - 1)) === 0) await simulation.analyze(db)
        if (i % 8 === 0) await tidy('nudge')
        if (tells)
          await happen(db, {
            run: run.id,
            stretch: i,
            after,
            upTo: at,
            told: tells,
            entry: enteredBy,
            watched,
          })
        const swept = entry.by === 'sweep' && (await sweeps.sweep(at, i))
        return tells || swept ? undefined : 'nothing'
      },
    })
  }
  const result = await runVirtually({
    activities: {
      ...activities,
      claim: async request => {
        const claimed = await activities.claim(request)
        moved += claimed.waves.reduce((sum, { size }) => sum + size, 0)
        if (moved <= 1.5 * customers) return claimed
        // By now each row of the enrolled has been left behind by another.
        moved = 0
        await tidy('enrollment')
        return claimed
      },
    },
    campaign,
    run: run.id,
    finite,
    snapshot,
    from: from.getTime(),
    until: to.getTime(),
    happenings,
    // All who are ready are claimed at once; one connection takes one statement after the other, and while one wave waits for it another is written.
    window: 64,
    abreast: 2,
    grainMs: grainOf(document, program, request.settings, past),
  })
  if (entry.by === 'sweep') await sweeps.close()
  await db.settle()
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
