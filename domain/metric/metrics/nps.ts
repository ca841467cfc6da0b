import { metricKind, overWindows } from '../metric-kind.ts'
import { takes } from '../parameters.ts'
import { npsOf } from '../survey.ts'

export const nps = metricKind({
  key: 'nps',
  parameters: takes(),
  describe: t => t.metrics.nps,
  begins: 'with the first event',
  answer: (_, facts, question) =>
    overWindows(question, async window => ({
      definition: 'nps.latestAnswer',
      unit: 'points',
      rows: (await facts.survey(window, { survey: 'nps', min: 0, max: 10, highFrom: 9, lowTo: 6 })).map(
        ({ group, total, n, invalid, high, low }) => ({
          group,
          total,
          ...npsOf({ n, invalid, promoters: high, detractors: low }),
          numerator: high - low,
          denominator: n,
        }),
      ),
    })),
})
