import { z } from 'zod'
import { ruleMembers, ruleWhere } from '../../segment/rule.ts'
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
  entry: trigger => ({ by: 'sweep', existing: trigger.existing }),
  describe: trigger => `when a customer enters the segment "${trigger.segment}"`,
  past: (trigger, context) => sql`SELECT m.id AS customer FROM (${ruleMembers({ segment: trigger.segment }, context)}) m`,
  // A segment has no line to look up: whoever is in it now and was not at the last sweep has entered.
  begin: (trigger, run, context) =>
    trigger.existing
      ? sql`SELECT 1`
      : sql`INSERT INTO segment_presence (run, customer, since)
          SELECT ${run}::int, m.id, ${context.at}::timestamptz FROM (${ruleMembers({ segment: trigger.segment }, context)}) m`,
  remember: (trigger, { run, to, context }) => sql`
    WITH member AS MATERIALIZED (SELECT m.id FROM (${ruleMembers({ segment: trigger.segment }, context)}) m),
    gone AS (DELETE FROM segment_presence p WHERE p.run = ${run} AND NOT EXISTS (SELECT 1 FROM member m WHERE m.id = p.customer))
    INSERT INTO segment_presence (run, customer, since) SELECT ${run}::int, m.id, ${to}::timestamptz FROM member m
      WHERE NOT EXISTS (SELECT 1 FROM segment_presence p WHERE p.run = ${run} AND p.customer = m.id)`,
  crossing: (_, { run, to }) =>
    sql`SELECT p.customer, p.since AS at FROM segment_presence p WHERE p.run = ${run} AND p.since = ${to}::timestamptz`,
  facts: (trigger, context) => sql`jsonb_build_object('inSegment', (${ruleWhere({ segment: trigger.segment }, context)}))`,
  check: (trigger, context) =>
    context.segmentExists(trigger.segment)
      ? []
      : [
          {
            path: '/segment',
            code: 'unknownSegment',
            message: `there is no segment "${trigger.segment}"`,
            hint: 'Make it first, or correct its key.',
          },
        ],
  runs: true,
}
