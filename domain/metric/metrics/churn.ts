import { activeOf, namedBy } from '../activity.ts'
import { metricKind, overWindows } from '../metric-kind.ts'
import { takes } from '../parameters.ts'
import { churn as rate } from '../retention.ts'

export const churn = metricKind({
  key: 'churn',
  parameters: takes('active', 'activeEvent', 'activeWithin', 'kind'),
  describe: t => t.metrics.churn,
  begins: '30 days before',
  answer: async ({ kind = 'net', ...parameters }, facts, question) => {
    const active = await activeOf(parameters, facts)
    return overWindows(question, async window => ({
      definition: namedBy(`churn.${kind}`, active),
      unit: 'percent',
      rows: (await facts.movement(window, active)).map(({ group, total, ...moved }) => {
        const lost = kind === 'net' ? moved.lostNet : moved.lostGross
        return {
          group,
          total,
          ...rate({ start: moved.start, lost }),
          numerator: lost,
          denominator: moved.start,
          active,
          counts: moved,
        }
      }),
    }))
  },
})
