import { metricKind } from '../metric-kind.ts'
import { takes } from '../parameters.ts'
import { overRevenue } from '../revenue.ts'

export const nrr = metricKind({
  key: 'nrr',
  parameters: takes(),
  describe:
    'Net revenue retention: recurring revenue at the end of those who paid at the start / theirs at the start, in percent; new customers left out.',
  begins: '30 days before',
  answer: (_, facts, question) =>
    overRevenue(facts, question, { definition: 'nrr.mrr', rate: 'nrr', numerator: sums => sums.end }),
})
