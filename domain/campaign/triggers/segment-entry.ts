import { z } from 'zod'
import { fault } from '../../errors.ts'
import { ruleMembers } from '../../segment/members.ts'
import { ruleWhere } from '../../segment/rule.ts'
import { sql } from '../../sql.ts'
import type { TriggerKind } from '../trigger-kind.ts'

const schema = z.strictObject({
  kind: z.literal('segmentEntry'),
  segment: z.string().min(1).max(100),
  existing: z.boolean().default(false),
})

export const segmentEntry: TriggerKind<z.infer<typeof schema>> = {
  kind: 'segmentEntry',
  schema,
  entry: trigger => ({ by: 'sweep', existing: trigger.existing, segment: trigger.segment }),
  describe: (trigger, { journey }) => journey.triggers.segmentEntry(trigger.segment),
  past: (trigger, context) => sql`SELECT m.id AS customer FROM (${ruleMembers({ segment: trigger.segment }, context)}) m`,
  // A segment has no line to look up: its history tells who entered since. Who has left again meanwhile is not meant any more.
  crossing: ({ segment }, { from, to, entries: { after, upTo } }) =>
    from.getTime() === 0
      ? sql`SELECT m.customer, ${to}::timestamptz AS at FROM segment_member m WHERE m.segment = ${segment}`
      : sql`SELECT DISTINCT h.customer, ${to}::timestamptz AS at FROM segment_change h JOIN segment_member m ON m.segment = h.segment AND m.customer = h.customer
          WHERE h.segment = ${segment} AND h.entered AND h.id <= ${upTo}::bigint AND ${after === null ? sql`h.at > ${from}::timestamptz` : sql`h.id > ${after}::bigint`}`,
  facts: (trigger, context) => sql`jsonb_build_object('inSegment', (${ruleWhere({ segment: trigger.segment }, context)}))`,
  check: (trigger, context) =>
    context.segmentExists(trigger.segment)
      ? []
      : [
          fault(
            '/segment',
            'unknownSegment',
            t => t.check.noSegment(trigger.segment),
            t => t.check.makeItFirst,
          ),
        ],
  runs: true,
}
