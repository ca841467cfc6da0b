import { z } from 'zod'
import { filterSchema, filterWhere } from '../../segment/filter.ts'
import { raw, sql } from '../../sql.ts'
import { durationSchema } from '../../time.ts'
import type { TriggerKind } from '../trigger-kind.ts'

const schema = z.strictObject({
  kind: z.literal('event'),
  event: z.string().min(1).max(200),
  where: filterSchema.optional(),
  /** An event that arrives later than this after it happened starts nothing: nobody wants yesterday's welcome. */
  maxAge: durationSchema.default('24h'),
})

export const event: TriggerKind<z.infer<typeof schema>> = {
  kind: 'event',
  schema,
  entry: trigger => ({ by: 'event', event: trigger.event, maxAge: trigger.maxAge }),
  describe: (trigger, { journey }) => journey.triggers.event(trigger.event),
  matches: trigger => filterWhere(trigger.where ?? [], raw('ev.properties')),
  facts: (trigger, context) =>
    sql`(SELECT jsonb_build_object('lastEventAt', max(s.last_at), 'events', coalesce(sum(s.count), 0)) FROM event_stat s WHERE s.customer = c.id AND s.name = ${context.eventId(trigger.event) ?? -1}::int)`,
  runs: true,
}
