import { z } from 'zod'
import { raw, type Sql, sql } from '../../sql.ts'
import { describeDuration, durationSchema, milliseconds } from '../../time.ts'
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
    message: 'either "before" or "after", not both',
    path: ['before'],
  })

const year = 365 * 86_400_000

/** The date as it was written: an attribute by its dotted path, or when the customer was made. */
const writtenIn = (attribute: string): Sql =>
  attribute === 'createdAt' ? raw('to_jsonb(c.created_at)') : sql`(c.attributes #> ${attribute.split('.')}::text[])`

/**
 * A day without a time begins at midnight where the customer lives; a time with an offset is that instant. The day of a yearly
 * date is the day as written, and 29 February is kept on the 28th where there is none.
 */
function crossing(trigger: z.infer<typeof schema>, sweep: Sweep): Sql {
  const shift = sql`${trigger.before ? -milliseconds(trigger.before) : milliseconds(trigger.after ?? '0s')} * interval '1 millisecond'`
  // Within a year everybody's day has come once: who asks for those already past it means the last time.
  const from = trigger.yearly ? new Date(Math.max(sweep.from.getTime(), sweep.to.getTime() - year)) : sweep.from
  const zones = [...new Set([sweep.defaultZone, ...sweep.zones])]
  const lows = zones.map(zone => wallAt(from, zone))
  const highs = zones.map(zone => wallAt(sweep.to, zone))
  const dated = sql`
    SELECT c.id AS customer, w.low, w.high, CASE WHEN moment_of(v.value) IS NOT NULL THEN left(v.value #>> '{}', 10)::date END AS day, length(v.value #>> '{}') > 10 AS timed, moment_of(v.value) AS moment
    FROM customer c CROSS JOIN LATERAL (SELECT ${writtenIn(trigger.attribute)} AS value) v
    JOIN unnest(${zones}::text[], ${lows}::timestamp[], ${highs}::timestamp[]) AS w(zone, low, high)
      ON w.zone = CASE WHEN c.timezone = ANY(${zones}::text[]) THEN c.timezone ELSE ${sweep.defaultZone} END
    WHERE moment_of(v.value) IS NOT NULL`
  if (!trigger.yearly)
    return sql`SELECT d.customer, ${sweep.to}::timestamptz AS at FROM (${dated}) d
      WHERE CASE WHEN d.timed THEN d.moment + ${shift} > ${from} AND d.moment + ${shift} <= ${sweep.to}
        ELSE d.day + ${shift} > d.low AND d.day + ${shift} <= d.high END`
  return sql`SELECT d.customer, ${sweep.to}::timestamptz AS at FROM (${dated}) d
    CROSS JOIN LATERAL generate_series(greatest(extract(year FROM d.low - ${shift})::int, extract(year FROM d.day)::int), extract(year FROM d.high - ${shift})::int) AS y
    CROSS JOIN LATERAL (SELECT make_date(y, extract(month FROM d.day)::int, 1) AS first) m
    CROSS JOIN LATERAL (SELECT least(m.first + (extract(day FROM d.day)::int - 1), (m.first + interval '1 month' - interval '1 day')::date) + ${shift} AS line) l
    WHERE l.line > d.low AND l.line <= d.high`
}

export const date: TriggerKind<z.infer<typeof schema>> = {
  kind: 'date',
  schema,
  entry: trigger => ({ by: 'sweep', existing: trigger.existing }),
  describe: trigger => {
    const shift = trigger.before
      ? `${describeDuration(trigger.before)} before`
      : trigger.after
        ? `${describeDuration(trigger.after)} after`
        : 'on'
    return `${shift} ${trigger.attribute}${trigger.yearly ? ', every year' : ''}`
  },
  byZone: true,
  crossing,
  facts: trigger => sql`jsonb_build_object(${trigger.attribute}::text, ${writtenIn(trigger.attribute)})`,
  runs: true,
}
