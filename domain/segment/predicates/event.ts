import { z } from 'zod'
import { type Sql, sql } from '../../sql.ts'
import { durationSchema, milliseconds } from '../../time.ts'
import { type Counted, countedIds, countedWhere, uncounted } from '../counted.ts'
import { describeFilters, type Filter, filterHolds, filterSchema, filterWhere, pathSchema } from '../filter.ts'
import { always, among, and, never, not } from '../logic.ts'
import type { PredicateKind, Profile, RuleContext } from '../predicate-kind.ts'
import {
  describeRange,
  isBounded,
  type Range,
  rangeFields,
  rangeHolds,
  rangeMessage,
  rangeSchema,
  rangeWhere,
  rounded,
} from '../range.ts'
import { jsonAt, valueAt } from '../value.ts'
import { before, describeLast, isIn, lastOf, type Window } from '../window.ts'

/** How often, or how much, somebody did something: `{"event": "Order Completed", "count": {"gte": 2}, "within": "30d"}`. */
export interface EventRule {
  event: string
  /** At least once when absent. Bounds that 0 passes include those who never did it. */
  count?: Range | undefined
  /** Without it, all that was ever stored. */
  within?: string | undefined
  where?: Filter[] | undefined
  /** Numbers only; a missing property adds nothing. Compared as money is: 0.1 + 0.2 reaches 0.3. */
  sum?: (Range & { property: string }) | undefined
}

/** Names the amount that ingest keeps of each event in `event.value` and sums up in `event_stat.sum`. */
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
    const counts = countsOf(name, body, context)
    if (counts) return countedWhere(counts)
    if (context.few && !isOnce(body)) return oneByOne(name, body, none, context)
    // Having none is enough: then it is all but those who did it and whose events are not enough.
    if (none) return not(among(matching(name, body, context, not(enoughOf(body, context))).query))
    return among(matching(name, body, context, enoughOf(body, context)).query)
  },

  counted: (body, context) => {
    const name = context.eventId(body.event)
    if (name === undefined) return undefined
    const once = isNever(body) ? countsOf(name, { ...body, count: atLeastOnce }, context) : undefined
    return once ? uncounted(once) : countsOf(name, body, context)
  },

  ids: (body, context) => {
    const name = context.eventId(body.event)
    if (name === undefined || suffices(body, 0, 0)) return undefined
    const counts = countsOf(name, body, context)
    if (counts) return countedIds(counts)
    const { query, repeats } = matching(name, body, context, enoughOf(body, context))
    return repeats ? sql`SELECT q.id FROM (${query}) AS q GROUP BY q.id` : query
  },

  // Who has such an event that left the window, or one that came: it may have been known before.
  crossed: (body, { from, to }, context) => {
    const name = context.eventId(body.event)
    if (body.within === undefined || name === undefined) return []
    const passed = (after: Date, upTo: Date) =>
      sql`SELECT e.customer AS id FROM event e WHERE e.name = ${name}::int AND e.at > ${after}::timestamptz AND e.at <= ${upTo}::timestamptz`
    return [passed(before(body.within, from), before(body.within, to)), passed(from, to)]
  },

  recent: (body, context) => [
    {
      events: ofKind(context.eventId(body.event), body),
      forMs: body.within === undefined ? null : milliseconds(body.within),
      enough: body.sum ? null : count => rangeWhere(body.count ?? atLeastOnce, count, 'bigint'),
    },
  ],

  describe: (body, texts) =>
    texts.rules.did(
      body.event,
      body.count && !isOnce({ count: body.count }) ? describeRange(body.count, texts) : undefined,
      body.where?.length ? describeFilters(body.where, texts) : '',
      body.within ? describeLast(body.within, texts) : '',
      body.sum ? texts.rules.total(body.sum.property, describeRange(body.sum, texts)) : '',
    ),
}

const suffices = (body: EventRule, count: number, sum: number): boolean =>
  rangeHolds(body.count ?? atLeastOnce, count) && (!body.sum || rangeHolds(rounded(body.sum), sum))

/** The time that counts; undefined when all of it does. A future event never counts within a window. */
function windowOf(body: EventRule, context: RuleContext): Window | undefined {
  if (body.within !== undefined) return lastOf(body.within, context.at)
  return context.rewind ? { from: new Date(0), to: context.at } : undefined
}

function sumOf(events: Profile['events'], property: string): number {
  const numbers = events.map(e => (property === moneyProperty ? e.value : valueAt(e.properties, property)))
  return numbers.reduce<number>((total, number) => total + (typeof number === 'number' ? number : 0), 0)
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
function enoughOf(body: EventRule, context: RuleContext): Sql {
  const stat = isRolledUp(body, context)
  const parts: Sql[] = isOnce({ count: body.count })
    ? []
    : [rangeWhere(body.count ?? atLeastOnce, stat ? sql`s.count` : sql`count(*)`, 'bigint')]
  if (body.sum?.property === moneyProperty)
    parts.push(rangeWhere(rounded(body.sum), stat ? sql`s.sum` : sql`coalesce(sum(e.value), 0)`, 'float8'))
  else if (body.sum) {
    const number = jsonAt(sql`e.properties`, body.sum.property)
    const sum = sql`coalesce(sum(CASE jsonb_typeof(${number}) WHEN 'number' THEN (${number})::numeric END), 0)`
    parts.push(rangeWhere(rounded(body.sum), sum, 'numeric'))
  }
  return and(parts)
}

/** Where the counts that are kept know the answer: of all that was ever stored, and whether the last time lies in a window. */
function countsOf(name: number, body: EventRule, context: RuleContext): Counted | undefined {
  if (isRolledUp(body, context)) return { name, where: enoughOf(body, context), none: suffices(body, 0, 0) }
  const window = windowOf(body, context)
  if (!isOnce(body) || !window || body.where?.length || context.rewind) return undefined
  // Where the last time lies in the window, that is the answer without a look at the events; few have one that lies behind it.
  const where = sql`(s.last_at > ${window.from}::timestamptz AND (s.last_at <= ${window.to}::timestamptz
    OR did_within(s.customer, s.name, ${window.from}::timestamptz, ${window.to}::timestamptz)))`
  return { name, where, none: false }
}

/** Customers as a query of `id`; `repeats` when one may come several times. */
interface Matching {
  query: Sql
  repeats?: true
}

/** Those who did it at all, and whose events are `enough`, in one pass over the events. */
function matching(name: number, body: EventRule, context: RuleContext, enough: Sql): Matching {
  const query = sql`SELECT e.customer AS id ${source(name, body, context)}`
  return isOnce(body) ? { query, repeats: true } : { query: sql`${query} GROUP BY e.customer HAVING ${enough}` }
}

/** Counts and sums of few customers, each looked up. Without a group there is always one row, also for those who have no such event. */
function oneByOne(name: number, body: EventRule, none: boolean, context: RuleContext): Sql {
  const enough = enoughOf(body, context)
  return sql`(SELECT ${none ? enough : and([sql`count(*) > 0`, enough])} ${source(name, body, context)} AND e.customer = c.id)`
}

/** Where events are read: by name and time, or for few customers by customer. */
function source(name: number, body: EventRule, context: RuleContext): Sql {
  const window = windowOf(body, context)
  const inTime = window ? sql`e.at > ${window.from}::timestamptz AND e.at <= ${window.to}::timestamptz` : always
  return sql`FROM event e WHERE ${and([ofKind(name, body), inTime])}`
}

/** Which events count, whenever they were. */
const ofKind = (name: number | undefined, { where = [] }: EventRule): Sql =>
  name === undefined ? never : and([sql`e.name = ${name}::int`, filterWhere(where, sql`e.properties`)])
