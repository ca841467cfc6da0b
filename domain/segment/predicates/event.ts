import { z } from 'zod'
import { raw, type Sql, sql } from '../../sql.ts'
import { durationSchema } from '../../time.ts'
import { describeFilters, type Filter, filterHolds, filterSchema, filterWhere, pathSchema } from '../filter.ts'
import { always, and, never, not } from '../logic.ts'
import type { PredicateKind, Profile, RuleContext } from '../predicate-kind.ts'
import { describeRange, isBounded, type Range, rangeFields, rangeHolds, rangeMessage, rangeSchema, rangeWhere } from '../range.ts'
import { jsonAt, valueAt } from '../value.ts'
import { describeLast, isIn, lastOf, type Window } from '../window.ts'

/** How often, or how much, somebody did something: `{"event": "Order Completed", "count": {"gte": 2}, "within": "30d"}`. */
export interface EventRule {
  event: string
  /** At least once when absent. Bounds that 0 passes include those who never did it. */
  count?: Range | undefined
  /** Without it, all that was ever stored. */
  within?: string | undefined
  where?: Filter[] | undefined
  /** Numbers only; a missing property adds nothing. Rounded to six decimals, so that 0.1 + 0.2 reaches 0.3. */
  sum?: (Range & { property: string }) | undefined
}

/** The property whose numbers ingest keeps in `event.value` and sums up in `event_stat.sum`. */
export const moneyProperty = 'revenue'

export const eventNameSchema = z.string().min(1).max(200)
const atLeastOnce: Range = { gte: 1 }

export const event: PredicateKind<EventRule> = {
  key: 'event',
  schema: z.strictObject({
    event: eventNameSchema,
    count: rangeSchema(z.int().min(0)).optional(),
    within: durationSchema.optional(),
    where: filterSchema.optional(),
    sum: z
      .strictObject({ property: pathSchema, ...rangeFields(z.number()) })
      .refine(isBounded, rangeMessage)
      .optional(),
  }),
  events: body => [body.event],

  holds: (body, profile, context) => {
    const window = windowOf(body, context)
    const events = profile.events.filter(
      e => e.name === body.event && (!window || isIn(window, e.at)) && filterHolds(body.where ?? [], e.properties),
    )
    return suffices(body, events.length, body.sum ? sumOf(events, body.sum.property) : 0)
  },

  where: (body, context) => {
    const name = context.eventId(body.event)
    // What nobody has done also counts as zero.
    const none = suffices(body, 0, 0)
    if (name === undefined) return none ? always : never
    if (isNever(body)) return not(event.where({ ...body, count: atLeastOnce }, context))
    if (isRolledUp(body, context)) {
      const enough = enoughWhere(body, sql`s.count`, sql`s.sum`)
      return whoever(
        none,
        enough,
        wanted => sql`EXISTS (SELECT 1 FROM event_stat s WHERE s.customer = c.id AND s.name = ${name}::int AND ${wanted})`,
      )
    }
    if (isOnce(body) && body.within !== undefined && !context.rewind) return lately(name, body, context)
    return counted(name, body, none, context)
  },

  describe: body => {
    const what = [`"${body.event}"`]
    if (body.where?.length) what.push(`where ${describeFilters(body.where)}`)
    const often = body.count && !isOnce({ count: body.count }) ? `did ${describeRange(body.count)} times` : 'did'
    if (body.within) what.push(describeLast(body.within))
    if (body.sum) what.push(`with a total ${body.sum.property} of ${describeRange(body.sum)}`)
    return `${often} ${what.join(' ')}`
  },
}

const suffices = (body: EventRule, count: number, sum: number): boolean =>
  rangeHolds(body.count ?? atLeastOnce, count) && (!body.sum || rangeHolds(body.sum, sum))

/** The time that counts; undefined when all of it does. A future event never counts within a window. */
function windowOf(body: EventRule, context: RuleContext): Window | undefined {
  if (body.within !== undefined) return lastOf(body.within, context.at)
  return context.rewind ? { from: new Date(0), to: context.at } : undefined
}

function sumOf(events: Profile['events'], property: string): number {
  const numbers = events.map(e => (property === moneyProperty ? e.value : valueAt(e.properties, property)))
  const sum = numbers.reduce<number>((total, number) => total + (typeof number === 'number' ? number : 0), 0)
  return Math.round(sum * 1e6) / 1e6
}

/** Whether the question is only: at all? */
const isOnce = (body: Pick<EventRule, 'count' | 'sum'>): boolean => {
  const { gte, gt, eq, lt, lte } = body.count ?? atLeastOnce
  return (
    !body.sum &&
    (gte === 1 || gt === 0) &&
    (gte ?? 1) <= 1 &&
    (gt ?? 0) <= 0 &&
    eq === undefined &&
    lt === undefined &&
    lte === undefined
  )
}

const isNever = ({ count = atLeastOnce, sum }: EventRule): boolean =>
  !sum && rangeHolds(count, 0) && (count.eq === 0 || count.lt === 1 || count.lte === 0)

const isRolledUp = (body: EventRule, context: RuleContext): boolean =>
  body.within === undefined && !body.where?.length && !context.rewind && (!body.sum || body.sum.property === moneyProperty)

/** A condition on the number and sum of somebody's events; TRUE when being there is enough. */
function enoughWhere(body: EventRule, count: Sql, sum: Sql): Sql {
  const parts: Sql[] = isOnce({ count: body.count }) ? [] : [rangeWhere(body.count ?? atLeastOnce, count, 'bigint')]
  if (body.sum) parts.push(rangeWhere(body.sum, sql`round((${sum})::numeric, 6)`, 'numeric'))
  return and(parts)
}

/**
 * Those whose events satisfy `enough`; or, where having none is enough too, all but those whose events do not. Both are joins
 * to PostgreSQL, whatever the size of either side.
 */
const whoever = (none: boolean, enough: Sql, exists: (wanted: Sql) => Sql): Sql =>
  none ? not(exists(not(enough))) : exists(enough)

/** Where events are read: by name and time, or for few customers by customer. */
function source(name: number, body: EventRule, context: RuleContext): Sql {
  const conditions = [sql`e.name = ${name}::int`]
  const window = windowOf(body, context)
  if (window) conditions.push(sql`e.at > ${window.from}::timestamptz AND e.at <= ${window.to}::timestamptz`)
  const filtered = filterWhere(body.where ?? [], sql`e.properties`)
  if (filtered !== always) conditions.push(filtered)
  return sql`FROM event e WHERE ${and(conditions)}`
}

/**
 * At least once within a window. The last time is kept for each customer: where it lies in the window, that is the answer
 * without a look at the events; where it lies in the future, or filters apply, the events are looked at.
 */
function lately(name: number, body: EventRule, context: RuleContext): Sql {
  if (body.where?.length) return sql`EXISTS (SELECT 1 ${source(name, body, context)} AND e.customer = c.id)`
  const { from, to } = lastOf(body.within ?? '', context.at)
  return sql`EXISTS (SELECT 1 FROM event_stat s WHERE s.customer = c.id AND s.name = ${name}::int AND s.last_at > ${from}::timestamptz
    AND (s.last_at <= ${to}::timestamptz OR EXISTS (SELECT 1 ${source(name, body, context)} AND e.customer = s.customer)))`
}

/** Counts and sums over the events themselves: for everybody in one pass, or for few customers one by one. */
function counted(name: number, body: EventRule, none: boolean, context: RuleContext): Sql {
  const from = source(name, body, context)
  const enough = enoughWhere(body, sql`count(*)`, sumWhere(body))
  if (isOnce(body)) return sql`EXISTS (SELECT 1 ${from} AND e.customer = c.id)`
  // Without a group there is always one row, also for those who have no such event.
  if (context.few) return sql`(SELECT ${none ? enough : and([sql`count(*) > 0`, enough])} ${from} AND e.customer = c.id)`
  return whoever(
    none,
    enough,
    wanted =>
      sql`EXISTS (SELECT 1 FROM (SELECT e.customer ${from} GROUP BY e.customer HAVING ${wanted}) AS did WHERE did.customer = c.id)`,
  )
}

function sumWhere(body: EventRule): Sql {
  if (!body.sum) return raw('0')
  if (body.sum.property === moneyProperty) return sql`coalesce(sum(e.value), 0)`
  const number = jsonAt(sql`e.properties`, body.sum.property)
  return sql`coalesce(sum(CASE jsonb_typeof(${number}) WHEN 'number' THEN (${number})::numeric END), 0)`
}
