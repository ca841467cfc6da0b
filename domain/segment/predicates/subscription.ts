import { z } from 'zod'
import { type Sql, sql } from '../../sql.ts'
import { field } from '../../texts/field.ts'
import { durationSchema } from '../../time.ts'
import { among, and } from '../logic.ts'
import type { PredicateKind, RuleContext } from '../predicate-kind.ts'
import { describeRange, type Range, rangeHolds, rangeSchema, rangeWhere } from '../range.ts'
import { isIn, nextChangeOfNext, nextOf } from '../window.ts'

/** What somebody pays for: `{"subscription": {"status": "trialing", "trialEndsWithin": "3d"}}`. All that is given must hold. */
export interface SubscriptionRule {
  subscription: {
    status?: string | string[] | undefined
    plan?: string | string[] | undefined
    /** In the subscription's own currency. */
    mrr?: Range | undefined
    trialEndsWithin?: string | undefined
    renewsWithin?: string | undefined
  }
}

const names = z.union([z.string().min(1).max(200), z.array(z.string().min(1).max(200)).min(1).max(100)], {
  error: field(t => t.fields.nameOrList),
})
const list = (names: string | string[]): string[] => (Array.isArray(names) ? names : [names])

export const subscription: PredicateKind<SubscriptionRule> = {
  key: 'subscription',
  schema: z.strictObject({
    subscription: z
      .strictObject({
        status: names.optional(),
        plan: names.optional(),
        mrr: rangeSchema().optional(),
        trialEndsWithin: durationSchema.optional(),
        renewsWithin: durationSchema.optional(),
      })
      .refine(body => Object.values(body).some(value => value !== undefined), {
        error: field(t => t.fields.atLeastOneOf(['status', 'plan', 'mrr', 'trialEndsWithin', 'renewsWithin'])),
      }),
  }),

  holds: ({ subscription: asked }, profile, context) => {
    const has = profile.subscription
    if (!has) return false
    const isNext = (moment: Date | null, duration: string) => moment !== null && isIn(nextOf(duration, context.at), moment)
    return (
      (asked.status === undefined || list(asked.status).includes(has.status)) &&
      (asked.plan === undefined || (has.plan !== null && list(asked.plan).includes(has.plan))) &&
      (asked.mrr === undefined || (has.mrr !== null && rangeHolds(asked.mrr, has.mrr))) &&
      (asked.trialEndsWithin === undefined || isNext(has.trialEndsAt, asked.trialEndsWithin)) &&
      (asked.renewsWithin === undefined || isNext(has.renewsAt, asked.renewsWithin))
    )
  },

  where: (body, context) => among(subscribers(body, context)),
  ids: (body, context) => subscribers(body, context),

  next: ({ subscription: asked }, { at }) =>
    [
      { duration: asked.trialEndsWithin, column: sql`s.trial_ends_at` },
      { duration: asked.renewsWithin, column: sql`s.renews_at` },
    ].flatMap(({ duration, column }) =>
      duration === undefined
        ? []
        : [sql`(SELECT ${nextChangeOfNext(column, duration, at)} FROM subscription s WHERE s.customer = c.id)`],
    ),

  describe: ({ subscription: asked }, texts) => {
    const { rules, everywhere } = texts
    const parts: string[] = []
    if (asked.status !== undefined) parts.push(rules.status(list(asked.status)))
    if (asked.plan !== undefined) parts.push(rules.plan(list(asked.plan)))
    if (asked.mrr !== undefined) parts.push(rules.paying(describeRange(asked.mrr, texts)))
    if (asked.trialEndsWithin !== undefined) parts.push(rules.trialEnds(everywhere.duration(asked.trialEndsWithin)))
    if (asked.renewsWithin !== undefined) parts.push(rules.renews(everywhere.duration(asked.renewsWithin)))
    return rules.subscription(parts)
  },
}

/** One row a customer. */
function subscribers({ subscription: asked }: SubscriptionRule, context: RuleContext): Sql {
  const isNext = (column: Sql, duration: string) => {
    const { from, to } = nextOf(duration, context.at)
    return sql`${column} > ${from}::timestamptz AND ${column} <= ${to}::timestamptz`
  }
  const conditions: Sql[] = []
  if (asked.status !== undefined) conditions.push(sql`s.status = ANY(${list(asked.status)}::text[])`)
  if (asked.plan !== undefined) conditions.push(sql`s.plan = ANY(${list(asked.plan)}::text[])`)
  if (asked.mrr !== undefined) conditions.push(rangeWhere(asked.mrr, sql`s.mrr`, 'float8'))
  if (asked.trialEndsWithin !== undefined) conditions.push(isNext(sql`s.trial_ends_at`, asked.trialEndsWithin))
  if (asked.renewsWithin !== undefined) conditions.push(isNext(sql`s.renews_at`, asked.renewsWithin))
  return sql`SELECT s.customer AS id FROM subscription s WHERE ${and(conditions)}`
}
