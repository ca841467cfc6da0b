import { z } from 'zod'
import { raw, type Sql, sql } from '../../sql.ts'
import { field } from '../../texts/field.ts'
import { durationSchema, isTimeZone, milliseconds } from '../../time.ts'
import type { Sweep, TriggerKind } from '../trigger-kind.ts'
import { wallAt } from './wall.ts'

const schema = z
  .strictObject({
    kind: z.literal('date'),
    attribute: z.string().min(1).max(200),
    before: durationSchema.optional(),
    after: durationSchema.optional(),
    yearly: z.boolean().default(false),
    existing: z.boolean().default(false),
  })
  .refine(trigger => trigger.before === undefined || trigger.after === undefined, {
    error: field(t => t.fields.eitherSideNotBoth),
    path: ['before'],
  })

const year = 365 * 86_400_000
/** A moment that was written this long after it had come still counts; a day, as long as it lasts. */
const lateness = 3_600_000

/** The date as it was written, of the row `c` of `customer`: an attribute by its dotted path, or when the customer was made. */
export const writtenIn = (attribute: string): Sql =>
  attribute === 'createdAt' ? raw('to_jsonb(c.created_at)') : sql`(c.attributes #> ${attribute.split('.')}::text[])`

/**
 * A day without a time begins at midnight where the customer lives; a time with an offset is that instant. The day of a yearly
 * date is the day as written, and 29 February is kept on the 28th where there is none.
 */
function crossing({ attribute, yearly, before, after }: z.infer<typeof schema>, sweep: Sweep): Sql {
  const shift = sql`${before ? -milliseconds(before) : milliseconds(after ?? '0s')} * interval '1 millisecond'`
  const dates = sweep.dates ?? raw('customer_date')
  const always = sweep.from.getTime() === 0
  // Within a year everybody's day has come once: who asks for those already past it means the last time.
  const from = yearly ? new Date(Math.max(sweep.from.getTime(), sweep.to.getTime() - year)) : sweep.from
  const zones = [...sweep.zones]
  const clock = zones.map(zone => (isTimeZone(zone) ? zone : sweep.defaultZone))
  const [lows, highs, firsts] = [wallsOf(clock, from), wallsOf(clock, sweep.to), wallsOf(clock, sweep.since)]
  // What the clocks of each zone show, less the shift: days that begin in between are those whose line was crossed.
  const walls = sql`(SELECT zone, low - ${shift} AS low, high - ${shift} AS high, first - ${shift} AS first
    FROM unnest(${zones}::text[], ${always && !yearly ? lows.map(() => '-infinity') : lows}::timestamp[], ${highs}::timestamp[], ${firsts}::timestamp[]) AS w(zone, low, high, first)) w`
  // A reminder that comes when its day is over, because nobody swept for days, reminds of nothing.
  const stillAhead = (of: Sql): Sql => (before ? sql`${of} > w.high + ${shift} - interval '1 day'` : sql`true`)
  const ofLine = sql`CROSS JOIN LATERAL (SELECT extract(month FROM line)::int * 100 + extract(day FROM line)::int AS kept) k
      JOIN ${dates} d ON d.attribute = ${attribute} AND d.zone = w.zone
        AND d.month_day = ANY(CASE WHEN k.kept = 228 AND extract(day FROM line + interval '1 day') = 1 THEN ARRAY[228, 229] ELSE ARRAY[k.kept] END::smallint[])
      WHERE extract(year FROM d.day) <= extract(year FROM line) AND ${stillAhead(raw('line'))}`
  const crossed = yearly
    ? sql`SELECT d.customer FROM ${walls} CROSS JOIN LATERAL generate_series(date_trunc('day', w.low) + interval '1 day', w.high, interval '1 day') AS line ${ofLine}`
    : sql`SELECT d.customer FROM ${walls}
      JOIN ${dates} d ON d.attribute = ${attribute} AND d.zone = w.zone AND d.day > w.low AND d.day <= w.high AND d.moment IS NULL AND ${stillAhead(raw('d.day'))}
    UNION ALL SELECT d.customer FROM ${dates} d
      WHERE d.attribute = ${attribute} AND d.moment > ${always ? sql`'-infinity'::timestamptz` : sql`${from}::timestamptz - ${shift}`} AND d.moment <= ${sweep.to}::timestamptz - ${shift}
        AND ${before ? sql`d.moment > ${sweep.to}::timestamptz` : sql`true`}`
  // Whoever comes in with a date of this very day, or moment, was not known when its line was crossed.
  const noted = sql`d.noted_at > ${from}::timestamptz`
  const late = yearly
    ? sql`SELECT d.customer FROM ${walls} CROSS JOIN LATERAL (SELECT date_trunc('day', w.low) AS line) l ${ofLine} AND line > w.first AND ${noted}`
    : sql`SELECT d.customer FROM ${walls}
      JOIN ${dates} d ON d.attribute = ${attribute} AND d.zone = w.zone AND d.day > w.low - interval '1 day' AND d.day <= w.low AND d.day > w.first AND d.moment IS NULL AND ${stillAhead(raw('d.day'))} AND ${noted}
    UNION ALL SELECT d.customer FROM ${dates} d
      WHERE d.attribute = ${attribute} AND d.moment > greatest(${new Date(Math.max(0, from.getTime() - lateness))}::timestamptz, ${sweep.since}::timestamptz) - ${shift} AND d.moment <= ${from}::timestamptz - ${shift}
        AND ${before ? sql`d.moment > ${sweep.to}::timestamptz` : sql`true`} AND ${noted}`
  // Days that stand elsewhere than where they are kept tell nothing of when they came.
  const all = always || sweep.dates ? crossed : sql`${crossed} UNION ALL ${late}`
  return sql`SELECT customer, ${sweep.to}::timestamptz AS at FROM (${all}) q`
}

/** What the clocks of each zone show; zones that have the same clock are asked once. */
function wallsOf(zones: readonly string[], at: Date): string[] {
  const known = new Map<string, string>()
  return zones.map(zone => {
    const wall = known.get(zone) ?? wallAt(at, zone)
    known.set(zone, wall)
    return wall
  })
}

export const date: TriggerKind<z.infer<typeof schema>> = {
  kind: 'date',
  schema,
  entry: trigger => ({ by: 'sweep', existing: trigger.existing, attribute: trigger.attribute }),
  describe: (trigger, { journey, everywhere }) => {
    const span = trigger.before ?? trigger.after
    const side = trigger.before ? 'before' : trigger.after ? 'after' : 'on'
    return journey.triggers.date(trigger.attribute, side, span ? everywhere.duration(span) : '', trigger.yearly ?? false)
  },
  crossing,
  facts: trigger => sql`jsonb_build_object(${trigger.attribute}::text, ${writtenIn(trigger.attribute)})`,
  runs: true,
}
