import { clv as lifetimeValue } from '../clv.ts'
import { lifetimeInputs } from '../lifetime-value.ts'
import { metricKind, overWindows } from '../metric-kind.ts'
import { takes } from '../parameters.ts'

export const clv = metricKind({
  key: 'clv',
  parameters: takes('definition', 'margin', 'periods', 'cost', 'active', 'activeEvent', 'activeWithin'),
  describe: t => t.metrics.clv,
  begins: 'with the first event',
  answer: ({ definition = 'totalBusiness', ...given }, facts, question) =>
    overWindows(question, async window => ({
      definition,
      unit: 'money per customer',
      rows: (await lifetimeInputs(facts, question, window, definition, given)).map(
        ({ group, total, input, numerator, denominator, ...rest }) => {
          const { value, reason } = 'reason' in input ? { value: null, reason: input.reason } : lifetimeValue(input)
          return { group, total, value, reason, numerator, denominator, ...rest, ...('reason' in input ? {} : { parts: input }) }
        },
      ),
    })),
})
