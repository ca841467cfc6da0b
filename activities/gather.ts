import { triggerKinds } from '../domain/campaign/triggers/index.ts'
import { hitOf } from '../domain/journey/program.ts'
import { type Awaited, awaitingAt } from '../domain/journey/steps/await.ts'
import { answered } from '../domain/message/engagement.ts'
import { filterWhere } from '../domain/segment/filter.ts'
import type { RuleContext } from '../domain/segment/predicate-kind.ts'
import { raw, type Sql, sql } from '../domain/sql.ts'
import { milliseconds } from '../domain/time.ts'
import type { Queryable } from '../prisma/client.ts'
import { enroll } from '../prisma/queries/enroll.ts'
import { leave } from '../prisma/queries/enrollments.ts'
import { deleteNudges, entryCandidates, type NudgeRow, pendingNudges, wake } from '../prisma/queries/nudges.ts'
import type { RunRow } from '../prisma/queries/runs.ts'
import { taskDone } from '../prisma/queries/tasks.ts'
import { converted } from './conditions.ts'
import { isOver } from './entering.ts'
import { enterExclusively } from './exclusive.ts'
import { enrollmentPlan } from './plan.ts'
import type { Published, Versions } from './versions.ts'

const atOnce = 10_000

/** When an engagement was, however late we were told of it. */
const engagedAt = raw(
  "coalesce(CASE n.engagement WHEN 'delivered' THEN m.delivered_at WHEN 'clicked' THEN m.clicked_at WHEN 'replied' THEN m.replied_at ELSE m.opened_at END, n.at)",
)

/**
 * The condition under which a nudge (`n`, its event `ev`, its message `m`) is what a stay (`e`) that awaits until `e.due` waits for:
 * what came after its time was over is none, though nobody looked in between, nor is late news of what happened before it began.
 * What parking found to have come since the step was due was stored before that.
 */
function matchOf(awaited: Awaited, within: string, context: RuleContext): Sql {
  if ('task' in awaited) return sql`(n.engagement = ${taskDone} AND n.at <= e.due)`
  if ('message' in awaited)
    return sql`(m.step = ${awaited.step} AND n.engagement = ANY(${answered[awaited.message]}::text[]) AND ${engagedAt} <= e.due)`
  const name = context.eventId(awaited.event)
  if (name === undefined) return sql`false`
  const begun = sql`e.due - ${milliseconds(within)} * interval '1 millisecond'`
  return sql`(ev.name = ${name} AND ev.at <= e.due AND (ev.at > ${begun} - interval '1 minute' OR ev.received_at <= ${begun})
    AND (${filterWhere(awaited.where, raw('ev.properties'))}))`
}

/** How long engagements are gathered into one wave: a wait of hours moves within a second, one of days within a minute. */
export function reactWithin(body: { within: string; reactWithin?: string }): number {
  if (body.reactWithin) return milliseconds(body.reactWithin)
  return milliseconds(body.within) <= 3_600_000 ? 1_000 : 60_000
}

/** The next tick: everybody who engages before it goes on with it. */
const tick = (at: Date, gather: number): Date => (gather === 0 ? at : new Date(Math.ceil(at.getTime() / gather) * gather))

/**
 * Reads what happened for a run since it last looked and acts on it: entries by event, goals reached, awaited things.
 * In the caller's transaction; what it has read is gone with it.
 */
export async function gather(tx: Queryable, versions: Versions, run: RunRow, context: RuleContext, at: Date): Promise<void> {
  const nudges = await pendingNudges(tx, run.id, atOnce)
  if (nudges.length === 0) return
  const published = await versions(run.campaign, run.version)

  const entries = nudges.filter(nudge => nudge.enrollment === null && nudge.event !== null)
  if (entries.length > 0 && !isOver(published.document, at)) await enter(tx, published, run, entries, context, at)

  const moves = nudges.filter(nudge => nudge.enrollment !== null && nudge.state === 'waiting')
  for (const group of groups(moves)) {
    const of = await versions(run.campaign, group.version)
    const events = group.nudges.filter(nudge => nudge.event !== null)
    if (events.length > 0 && group.goal) {
      const reached = converted(of.goal(group.goal), context)
      if (reached) {
        const whom = sql`e.id = ANY(${events.map(nudge => nudge.enrollment)}::bigint[]) AND e.state = 'waiting'`
        await leave(tx, whom, { converted: reached, unsubscribed: null, exited: null }, at)
      }
    }
    await wakeGroup(tx, of, group, context, at)
  }
  await deleteNudges(
    tx,
    nudges.map(nudge => nudge.id),
  )
}

async function enter(
  tx: Queryable,
  published: Published,
  run: RunRow,
  entries: readonly NudgeRow[],
  context: RuleContext,
  at: Date,
): Promise<void> {
  const trigger = published.document.trigger
  const kind = triggerKinds[trigger.kind]
  const entry = kind.entry(trigger)
  if (entry.by !== 'event') return
  const oldest = new Date(at.getTime() - milliseconds(entry.maxAge))
  const name = context.eventId(entry.event) ?? -1
  const matches = sql`ev.name = ${name} AND (${kind.matches?.(trigger) ?? raw('true')})`
  const candidates = entryCandidates(
    entries.map(nudge => nudge.id),
    matches,
    oldest,
  )
  const plan = enrollmentPlan(published, run, context)
  await enterExclusively(tx, published, run.id, at, () => enroll(tx, plan, candidates, at))
}

interface Group {
  version: number
  step: number | null
  goal: string | null
  nudges: NudgeRow[]
}

/** Customers at the same step of the same version are moved by one statement. */
function groups(nudges: readonly NudgeRow[]): Group[] {
  const found = new Map<string, Group>()
  for (const nudge of nudges) {
    if (nudge.version === null) continue
    const key = `${nudge.version}/${nudge.goal}/${nudge.step}`
    const group = found.get(key) ?? { version: nudge.version, step: nudge.step, goal: nudge.goal, nudges: [] }
    group.nudges.push(nudge)
    found.set(key, group)
  }
  return [...found.values()]
}

async function wakeGroup(tx: Queryable, published: Published, group: Group, context: RuleContext, at: Date): Promise<void> {
  if (group.step === null) return
  const awaiting = awaitingAt(published.step(group.step).body)
  if (!awaiting) return
  const target = hitOf(published.program, group.step)
  if (!target) return
  await wake(tx, {
    nudges: group.nudges.filter(nudge => nudge.awaiting).map(nudge => nudge.id),
    version: group.version,
    step: group.step,
    matches: awaiting.on.map(awaited => matchOf(awaited, awaiting.within, context)),
    hit: target.hit,
    due: tick(at, reactWithin(awaiting)),
    at,
  })
}
