import { milliseconds } from '../../time.ts'
import { metricKind, overWindows } from '../metric-kind.ts'
import { takes } from '../parameters.ts'
import { renewalRate as rate } from '../retention.ts'

export const renewalRate = metricKind({
  key: 'renewalRate',
  parameters: takes('grace'),
  describe: t => t.metrics.renewalRate,
  begins: 'with the first event',
  answer: ({ grace = '0d' }, facts, question) =>
    overWindows(question, async window => ({
      definition: `renewalRate.termEnd(grace ${grace})`,
      unit: 'percent',
      rows: (await facts.renewals(window, milliseconds(grace))).map(({ group, total, renewed, cancelled, pending }) => ({
        group,
        total,
        ...rate({ renewed, cancelled }),
        numerator: renewed,
        denominator: renewed + cancelled,
        pending,
      })),
    })),
})
