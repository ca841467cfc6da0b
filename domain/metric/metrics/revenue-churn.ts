import { metricKind } from '../metric-kind.ts'
import { takes } from '../parameters.ts'
import { overRevenue } from '../revenue.ts'

export const revenueChurn = metricKind({
  key: 'revenueChurn',
  parameters: takes('kind'),
  describe: t => t.metrics.revenueChurn,
  begins: '30 days before',
  answer: ({ kind = 'gross' }, facts, question) =>
    overRevenue(
      facts,
      question,
      kind === 'gross'
        ? { definition: 'revenueChurn.gross', rate: 'revenueChurn', numerator: sums => sums.start - sums.kept }
        : { definition: 'revenueChurn.net', rate: 'revenueChurnNet', numerator: sums => sums.start - sums.end },
    ),
})
