import { z } from 'zod'
import { sql } from '../../sql.ts'
import { field } from '../../texts/field.ts'
import { durationSchema, milliseconds } from '../../time.ts'
import type { TriggerKind } from '../trigger-kind.ts'

const schema = z
  .strictObject({
    kind: z.literal('trialEnd'),
    before: durationSchema.optional(),
    after: durationSchema.optional(),
    existing: z.boolean().default(false),
  })
  .refine(trigger => (trigger.before === undefined) !== (trigger.after === undefined), {
    error: field(t => t.fields.eitherSide),
    path: ['before'],
  })

/** A trial that begins on its line is told of a little after it: so far back a sweep looks for those it could not know of yet. */
const lateMs = 15 * 60_000

export const trialEnd: TriggerKind<z.infer<typeof schema>> = {
  kind: 'trialEnd',
  schema,
  entry: trigger => ({ by: 'sweep', existing: trigger.existing }),
  describe: (trigger, { journey, everywhere }) =>
    trigger.before
      ? journey.triggers.trialEnds(everywhere.duration(trigger.before))
      : journey.triggers.trialEnded(everywhere.duration(trigger.after ?? '0s')),
  crossing: (trigger, { run, from, to, since }) => {
    // The line is the end of the trial plus this; who has converted or cancelled is no longer trialing and has no line.
    const shift = trigger.before ? -milliseconds(trigger.before) : milliseconds(trigger.after ?? '0s')
    const low = new Date(Math.max(from.getTime() - lateMs, since.getTime()) - shift)
    const high = new Date(to.getTime() - shift)
    const line = sql`s.trial_ends_at + ${shift} * interval '1 millisecond'`
    // A reminder that comes after the end, because nobody swept for days, reminds of nothing.
    const stillAhead = trigger.before ? sql`s.trial_ends_at > ${to}` : sql`true`
    return sql`SELECT s.customer, ${line} AS at FROM subscription s
      WHERE s.status = 'trialing' AND s.trial_ends_at > ${low} AND s.trial_ends_at <= ${high} AND ${stillAhead}
        AND (s.trial_ends_at > ${new Date(from.getTime() - shift)}
          OR NOT EXISTS (SELECT 1 FROM enrollment x WHERE x.run = ${run} AND x.customer = s.customer AND x.entered_at >= ${line}))`
  },
  facts: trigger => {
    const shift = trigger.before ? -milliseconds(trigger.before) : milliseconds(trigger.after ?? '0s')
    return sql`(SELECT jsonb_build_object('subscription', max(s.status), 'trialEndsAt', max(s.trial_ends_at), 'lineAt', max(s.trial_ends_at) + ${shift} * interval '1 millisecond')
      FROM subscription s WHERE s.customer = c.id)`
  },
  runs: true,
}
