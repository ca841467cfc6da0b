import { clv, ltvCac as ratio } from '../clv.ts'
import { lifetimeInputs } from '../lifetime-value.ts'
import { metricKind, overWindows } from '../metric-kind.ts'
import { takes } from '../parameters.ts'

export const ltvCac = metricKind({
  key: 'ltvCac',
  parameters: takes('definition', 'margin', 'periods', 'cost', 'active', 'activeEvent', 'activeWithin'),
  describe: t => t.metrics.ltvCac,
  begins: 'with the first event',
  answer: ({ definition = 'basket', cost = 0, ...given }, facts, question) =>
    overWindows(question, async window => {
      const won = new Map((await facts.firstOrders(window)).map(row => [row.total ? undefined : row.group, row.customers]))
      return {
        definition: `ltvCac.${definition}`,
        unit: 'ratio',
        rows: (await lifetimeInputs(facts, question, window, definition, given)).map(({ group, total, input, currency }) => {
          const acquired = won.get(total ? undefined : group) ?? 0
          const ltv = 'reason' in input ? { value: null, reason: input.reason } : clv(input)
          const result = ltv.value === null ? ltv : ratio({ ltv: ltv.value, acquisitionSpend: cost, acquired })
          const cac = acquired > 0 ? cost / acquired : null
          const { value, reason } = result
          return {
            group,
            total,
            value,
            reason,
            numerator: ltv.value,
            denominator: cac,
            acquired,
            ...(currency ? { currency } : {}),
          }
        }),
      }
    }),
})
