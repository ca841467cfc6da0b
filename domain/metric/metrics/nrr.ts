import { metricKind } from '../metric-kind.ts'
import { takes } from '../parameters.ts'
import { overRevenue } from '../revenue.ts'

export const nrr = metricKind({
  key: 'nrr',
  parameters: takes(),
  describe: t => t.metrics.nrr,
  begins: '30 days before',
  answer: (_, facts, question) =>
    overRevenue(facts, question, { definition: 'nrr.mrr', rate: 'nrr', numerator: sums => sums.end }),
})
