import { listensTo } from '../domain/campaign/watched.ts'
import { thresholds } from '../domain/experiment/assign.ts'
import type { RuleContext } from '../domain/segment/predicate-kind.ts'
import { ruleWhere } from '../domain/segment/rule.ts'
import { sql } from '../domain/sql.ts'
import { milliseconds } from '../domain/time.ts'
import type { EnrollmentPlan } from '../prisma/queries/enroll.ts'
import { notTaken } from './exclusive.ts'
import type { Published } from './versions.ts'

/** A published campaign as conditions and numbers that one statement enrolls by. */
export function enrollmentPlan(published: Published, run: { id: number; salt: string }, context: RuleContext): EnrollmentPlan {
  const { document, program } = published
  const { reentry, experiment } = document
  return {
    campaign: published.campaign,
    run: run.id,
    version: published.version,
    salt: run.salt,
    audience: document.exclusive
      ? sql`(${ruleWhere(document.audience, context)}) AND ${notTaken(published)}`
      : ruleWhere(document.audience, context),
    goals: document.goals.map(goal => ({
      key: goal.key,
      when: goal.when ? ruleWhere(goal.when, context) : null,
      place: program.entries[goal.key] ?? 0,
      watching: listensTo(published, goal.key).flatMap(name => context.eventId(name) ?? []),
    })),
    arms: experiment ? thresholds(experiment.holdout, experiment.variants) : null,
    globalHoldout: document.limits.globalHoldout ?? 'respect',
    reentryAfter: reentry === 'never' ? null : reentry === 'always' ? 0 : milliseconds(reentry.after),
  }
}
