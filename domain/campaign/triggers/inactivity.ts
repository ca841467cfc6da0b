import { z } from 'zod'
import { sql } from '../../sql.ts'
import { durationSchema, milliseconds } from '../../time.ts'
import type { TriggerKind } from '../trigger-kind.ts'

const schema = z.strictObject({
  kind: z.literal('inactivity'),
  for: durationSchema,
  event: z.string().min(1).max(200).optional(),
  existing: z.boolean().default(false),
})

export const inactivity: TriggerKind<z.infer<typeof schema>> = {
  kind: 'inactivity',
  schema,
  entry: trigger => ({ by: 'sweep', existing: trigger.existing }),
  describe: (trigger, { journey, everywhere }) => journey.triggers.inactivity(trigger.event, everywhere.duration(trigger.for)),
  crossing: (trigger, { from, to, context }) => {
    const span = milliseconds(trigger.for)
    const low = new Date(from.getTime() - span)
    const high = new Date(to.getTime() - span)
    // The line of a customer is their last activity plus the span, so those who crossed are one range of an index.
    if (trigger.event === undefined)
      return sql`SELECT s.customer, s.at + ${span} * interval '1 millisecond' AS at FROM last_seen s WHERE s.at > ${low} AND s.at <= ${high}`
    const name = context.eventId(trigger.event) ?? -1
    return sql`SELECT s.customer, s.last_at + ${span} * interval '1 millisecond' AS at FROM event_stat s
      WHERE s.name = ${name} AND s.last_at > ${low} AND s.last_at <= ${high}`
  },
  facts: (trigger, context) => {
    const span = sql`${milliseconds(trigger.for)} * interval '1 millisecond'`
    const last =
      trigger.event === undefined
        ? sql`(SELECT s.at FROM last_seen s WHERE s.customer = c.id)`
        : sql`(SELECT s.last_at FROM event_stat s WHERE s.customer = c.id AND s.name = ${context.eventId(trigger.event) ?? -1}::int)`
    return sql`(SELECT jsonb_build_object('lastSeenAt', l.at, 'lineAt', l.at + ${span}) FROM (SELECT ${last} AS at) l)`
  },
  runs: true,
}
