import { metricKind } from '../metric-kind.ts'
import { takes } from '../parameters.ts'
import { overRevenue } from '../revenue.ts'

export const grr = metricKind({
  key: 'grr',
  parameters: takes(),
  describe: t => t.metrics.grr,
  begins: '30 days before',
  answer: (_, facts, question) =>
    overRevenue(facts, question, { definition: 'grr.mrr', rate: 'grr', numerator: sums => sums.kept }),
})
