import { z } from 'zod'
import { type Sql, sql } from '../../sql.ts'
import { durationSchema, milliseconds } from '../../time.ts'
import { always, among, and, never, not } from '../logic.ts'
import type { PredicateKind, RuleContext } from '../predicate-kind.ts'
import { before } from '../window.ts'
import { eventNameSchema } from './event.ts'

/** Who was last seen longer ago than that: `{"inactive": {"event": "Login", "for": "14d"}}`. */
export interface InactiveRule {
  inactive: {
    /** Any track, page or screen call when absent. */
    event?: string | undefined
    for: string
    /** Whether those who never did it count as inactive. */
    neverCounts?: boolean | undefined
  }
}

export const inactive: PredicateKind<InactiveRule> = {
  key: 'inactive',
  schema: z.strictObject({
    inactive: z.strictObject({ event: eventNameSchema.optional(), for: durationSchema, neverCounts: z.boolean().optional() }),
  }),

  holds: ({ inactive }, profile, context) => {
    const times = profile.events
      .filter(e => (inactive.event === undefined || e.name === inactive.event) && (!context.rewind || e.at <= context.at))
      .map(e => e.at.getTime())
    if (times.length === 0) return inactive.neverCounts === true
    return Math.max(...times) <= before(inactive.for, context.at).getTime()
  },

  where: ({ inactive }, context) => {
    const line = before(inactive.for, context.at)
    const name = inactive.event === undefined ? undefined : context.eventId(inactive.event)
    if (inactive.event !== undefined && name === undefined) return inactive.neverCounts ? always : never
    if (context.rewind) return rewound(name, line, inactive.neverCounts === true, context)
    return inactive.neverCounts
      ? not(among(lastTime(name, sql`> ${line}::timestamptz`)))
      : among(lastTime(name, sql`<= ${line}::timestamptz`))
  },

  counted: ({ inactive }, context) => {
    const name = inactive.event === undefined ? undefined : context.eventId(inactive.event)
    if (name === undefined || context.rewind) return undefined
    const line = before(inactive.for, context.at)
    return { name, where: sql`s.last_at <= ${line}::timestamptz`, none: inactive.neverCounts === true }
  },

  ids: ({ inactive }, context) => {
    const name = inactive.event === undefined ? undefined : context.eventId(inactive.event)
    if (inactive.neverCounts || context.rewind || (inactive.event !== undefined && name === undefined)) return undefined
    return lastTime(name, sql`<= ${before(inactive.for, context.at)}::timestamptz`)
  },

  // Whose last time the line went over.
  crossed: ({ inactive }, { from, to }, context) => {
    const name = inactive.event === undefined ? undefined : context.eventId(inactive.event)
    if (inactive.event !== undefined && name === undefined) return []
    const [after, upTo] = [before(inactive.for, from), before(inactive.for, to)]
    const line = name === undefined ? sql`s.at` : sql`s.last_at`
    return [lastTime(name, sql`> ${after}::timestamptz AND ${line} <= ${upTo}::timestamptz`)]
  },

  // Whoever did it for the first time, and so long ago by the next look, is inactive then and was not before.
  recent: ({ inactive }, context) => {
    const name = inactive.event === undefined ? undefined : context.eventId(inactive.event)
    const events = inactive.event === undefined ? always : name === undefined ? never : sql`e.name = ${name}::int`
    const enough = (count: Sql) => sql`${count} > 0`
    const lately = { events, forMs: milliseconds(inactive.for), enough }
    return inactive.neverCounts ? [lately] : [lately, { events, forMs: null, enough }]
  },

  describe: ({ inactive }, { rules, everywhere }) =>
    rules.inactive(inactive.event, everywhere.duration(inactive.for), inactive.neverCounts ?? false),
}

/** Those whose last time is so, as it is kept for each customer: of one event, or of any. */
const lastTime = (name: number | undefined, so: Sql): Sql =>
  name === undefined
    ? sql`SELECT s.customer AS id FROM last_seen s WHERE s.at ${so}`
    : sql`SELECT s.customer AS id FROM event_stat s WHERE s.name = ${name}::int AND s.last_at ${so}`

/** Seen from a moment in the past: what came after it has not happened yet, so the rollups do not help. */
function rewound(name: number | undefined, line: Date, neverCounts: boolean, context: RuleContext): Sql {
  const named = name === undefined ? always : sql`e.name = ${name}::int`
  const any = (time: Sql) => sql`EXISTS (SELECT 1 FROM event e WHERE ${and([sql`e.customer = c.id`, named, time])})`
  const silent = not(any(sql`e.at > ${line}::timestamptz AND e.at <= ${context.at}::timestamptz`))
  return neverCounts ? silent : and([silent, any(sql`e.at <= ${line}::timestamptz`)])
}
