import { metricKind, overWindows } from '../metric-kind.ts'
import { orderMetrics } from '../orders.ts'
import { takes } from '../parameters.ts'

export const repeatRate = metricKind({
  key: 'repeatRate',
  parameters: takes(),
  describe: t => t.metrics.repeatRate,
  begins: 'with the first event',
  answer: (_, facts, question) =>
    overWindows(question, async window => ({
      definition: 'repeatRate.orders',
      unit: 'percent',
      rows: (await facts.orderCounts(window)).map(({ group, total, customers, repeaters, orders }) => ({
        group,
        total,
        ...orderMetrics({ customers, repeaters, orders }).repeatRate,
        numerator: repeaters,
        denominator: customers,
        orders,
      })),
    })),
})
