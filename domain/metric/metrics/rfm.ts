import type { Grouped, RfmCount } from '../facts.ts'
import { metricKind } from '../metric-kind.ts'
import { takes } from '../parameters.ts'

const parts = ['recency', 'frequency', 'monetary'] as const

export const rfm = metricKind({
  key: 'rfm',
  parameters: takes('method'),
  describe:
    'Customers by their three scores from 1 to 5 over the orders of the window: how lately, how often, how much; 1 + ⌊5 · (customers strictly worse) / all⌋.',
  begins: 'with the first event',
  answer: async ({ method = 'rank' }, facts, question) => {
    const rows = await facts.rfm(question.window, method)
    const all = rows.filter(row => row.total)
    const customers = count(all)
    return {
      definition: `rfm.${method}`,
      unit: 'customers',
      value: customers,
      reason: null,
      numerator: customers,
      denominator: customers,
      scores: Object.fromEntries(
        parts.map(part => [part, [1, 2, 3, 4, 5].map(score => count(all.filter(row => row[part] === score)))]),
      ),
      // Where all are equal a score says nothing.
      noSpread: Object.fromEntries(parts.map(part => [part, customers > 0 && new Set(all.map(row => row[part])).size === 1])),
      table: (question.grouped ? rows.filter(row => !row.total) : all)
        .toSorted((a, b) => b.customers - a.customers)
        .map(({ group, total: _, ...row }) => (question.grouped ? { group, ...row } : row)),
    }
  },
})

const count = (rows: readonly Grouped<RfmCount>[]) => rows.reduce((sum, row) => sum + row.customers, 0)
