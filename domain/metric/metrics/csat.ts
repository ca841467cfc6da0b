import { metricKind, overWindows } from '../metric-kind.ts'
import { takes } from '../parameters.ts'
import { csatOf } from '../survey.ts'

export const csat = metricKind({
  key: 'csat',
  parameters: takes('scale'),
  describe: t => t.metrics.csat,
  begins: 'with the first event',
  answer: ({ scale = '1-5' }, facts, question) => {
    const [max, satisfiedFrom] = scale === '1-5' ? [5, 4] : [7, 6]
    return overWindows(question, async window => ({
      definition: `csat.${scale}.latestAnswer`,
      unit: 'percent',
      rows: (await facts.survey(window, { survey: 'csat', min: 1, max, highFrom: satisfiedFrom, lowTo: 0 })).map(
        ({ group, total, n, invalid, high }) => ({
          group,
          total,
          ...csatOf({ n, invalid, satisfied: high }),
          numerator: high,
          denominator: n,
        }),
      ),
    }))
  },
})
