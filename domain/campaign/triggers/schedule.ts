import { Cron } from 'croner'
import { z } from 'zod'
import { fault } from '../../errors.ts'
import { isTimeZone } from '../../time.ts'
import type { TriggerKind } from '../trigger-kind.ts'

const schema = z.strictObject({ kind: z.literal('schedule'), cron: z.string().min(9).max(100), timezone: z.string().max(100) })

const cronOf = (trigger: z.infer<typeof schema>): Cron =>
  new Cron(trigger.cron, { timezone: trigger.timezone, paused: true, mode: '5-part' })

/** The first turn after a moment, or null: the expression is wrong, or its day never comes. */
function next(trigger: z.infer<typeof schema>, after: Date): Date | null {
  try {
    return cronOf(trigger).nextRun(after)
  } catch {
    return null
  }
}

export const schedule: TriggerKind<z.infer<typeof schema>> = {
  kind: 'schedule',
  schema,
  entry: trigger => ({ by: 'schedule', next: after => next(trigger, after) }),
  describe: (trigger, { journey }) => journey.triggers.schedule(trigger.cron, trigger.timezone),
  check: trigger => {
    if (!isTimeZone(trigger.timezone))
      return [
        fault(
          '/timezone',
          'unknownZone',
          t => t.check.unknownZone(trigger.timezone),
          t => t.check.ianaName,
        ),
      ]
    // Any moment does to see whether it ever comes round; this one has every leap day of a generation ahead.
    if (next(trigger, new Date(0)) === null)
      return [
        fault(
          '/cron',
          'invalidCron',
          t => t.check.noSchedule(trigger.cron),
          t => t.check.fiveFields,
        ),
      ]
    return []
  },
  runs: true,
}
