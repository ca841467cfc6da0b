import { metricKind, overWindows } from '../metric-kind.ts'
import { orderMetrics } from '../orders.ts'
import { takes } from '../parameters.ts'

export const purchaseFrequency = metricKind({
  key: 'purchaseFrequency',
  parameters: takes(),
  describe: t => t.metrics.purchaseFrequency,
  begins: 'with the first event',
  answer: (_, facts, question) =>
    overWindows(question, async window => ({
      definition: 'purchaseFrequency.orders',
      unit: 'orders per customer',
      rows: (await facts.orderCounts(window)).map(({ group, total, customers, repeaters, orders }) => ({
        group,
        total,
        ...orderMetrics({ customers, repeaters, orders }).purchaseFrequency,
        numerator: orders,
        denominator: customers,
      })),
    })),
})
