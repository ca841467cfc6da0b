import { metricKind } from '../metric-kind.ts'
import { takes } from '../parameters.ts'
import { overRevenue } from '../revenue.ts'

export const grr = metricKind({
  key: 'grr',
  parameters: takes(),
  describe:
    'Gross revenue retention: of the recurring revenue at the start, what is left of each customer at the end, growth not counted; in percent.',
  begins: '30 days before',
  answer: (_, facts, question) =>
    overRevenue(facts, question, { definition: 'grr.mrr', rate: 'grr', numerator: sums => sums.kept }),
})
