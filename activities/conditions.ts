import type { Goal } from '../domain/campaign/goal.ts'
import { filterWhere } from '../domain/segment/filter.ts'
import type { RuleContext } from '../domain/segment/predicate-kind.ts'
import { ruleWhere } from '../domain/segment/rule.ts'
import { raw, type Sql, sql } from '../domain/sql.ts'
import { milliseconds } from '../domain/time.ts'
import type { LeaveWhen } from '../prisma/queries/enrollments.ts'
import type { Published } from './versions.ts'

/** The goal was reached: its event happened after the entry and within the window. Over `e` and `c`. */
export function converted(goal: Goal, context: RuleContext): Sql | null {
  if (!goal.success) return null
  const name = context.eventId(goal.success.event)
  if (name === undefined) return null
  const window = milliseconds(goal.success.within)
  // The count row is asked first: for nearly everybody it says "no" with one probe.
  return sql`(EXISTS (SELECT 1 FROM event_stat es WHERE es.customer = e.customer AND es.name = ${name} AND es.last_at > e.entered_at)
    AND EXISTS (SELECT 1 FROM event ev WHERE ev.customer = e.customer AND ev.name = ${name} AND ev.at > e.entered_at AND ev.at <= ${context.at}
      AND ev.at <= e.entered_at + ${window} * interval '1 millisecond' AND (${filterWhere(goal.success.where ?? [], raw('ev.properties'))})))`
}

/** Said stop since entering, on every channel this goal would still use: nothing is left that may be said. */
function unsubscribed(published: Published, goal: Goal): Sql | null {
  const channels = new Set<string>()
  for (const step of published.program.steps)
    if (step.goal === goal.key && step.body.kind === 'message' && step.body.class === 'marketing') channels.add(step.body.channel)
  const transactional = published.program.steps.some(
    s => s.goal === goal.key && s.body.kind === 'message' && s.body.class === 'transactional',
  )
  if (channels.size === 0 || transactional) return null
  return sql`(SELECT count(*) FROM consent k WHERE k.customer = e.customer AND k.topic = '' AND k.status = 'unsubscribed' AND k.at > e.entered_at
    AND k.channel = ANY(${[...channels]}::text[])) = ${channels.size}`
}

/** Everything that ends a stay of this goal before its next step. */
export function leaveWhen(published: Published, goalKey: string, context: RuleContext): LeaveWhen {
  const goal = published.goal(goalKey)
  return {
    converted: converted(goal, context),
    unsubscribed: unsubscribed(published, goal),
    exited: published.document.exit ? ruleWhere(published.document.exit, context) : null,
  }
}
