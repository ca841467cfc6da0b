import { z } from 'zod'
import { isTimeZone } from '../../time.ts'
import type { TriggerKind } from '../trigger-kind.ts'

const schema = z.strictObject({ kind: z.literal('schedule'), cron: z.string().min(9).max(100), timezone: z.string().max(100) })

export const schedule: TriggerKind<z.infer<typeof schema>> = {
  kind: 'schedule',
  schema,
  entry: () => ({ by: 'snapshot', at: null }),
  describe: trigger => `on the schedule ${trigger.cron} (${trigger.timezone})`,
  check: trigger =>
    isTimeZone(trigger.timezone)
      ? []
      : [
          {
            path: '/timezone',
            code: 'unknownZone',
            message: `there is no time zone "${trigger.timezone}"`,
            hint: 'Use an IANA name such as "Europe/Stockholm".',
          },
        ],
  runs: false,
}
