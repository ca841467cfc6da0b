import { activeOf, namedBy } from '../activity.ts'
import { metricKind, overWindows } from '../metric-kind.ts'
import { takes } from '../parameters.ts'
import { crr as rate } from '../retention.ts'

export const crr = metricKind({
  key: 'crr',
  parameters: takes('active', 'activeEvent', 'activeWithin'),
  describe: t => t.metrics.crr,
  begins: '30 days before',
  answer: async (parameters, facts, question) => {
    const active = await activeOf(parameters, facts)
    return overWindows(question, async window => ({
      definition: namedBy('crr', active),
      unit: 'percent',
      rows: (await facts.movement(window, active)).map(({ group, total, ...moved }) => {
        const arrived = moved.new + moved.reactivated
        const result = rate({ start: moved.start, arrived, end: moved.end })
        return {
          group,
          total,
          ...result,
          numerator: moved.end - arrived,
          denominator: moved.start,
          active,
          counts: moved,
        }
      }),
    }))
  },
})
