import type { Grouped, RfmCount } from '../facts.ts'
import { isWhole, metricKind, periodsFor, within } from '../metric-kind.ts'
import { takes } from '../parameters.ts'

const parts = ['recency', 'frequency', 'monetary'] as const

export const rfm = metricKind({
  key: 'rfm',
  parameters: takes('method'),
  describe: t => t.metrics.rfm,
  begins: 'with the first event',
  answer: async ({ method = 'rank' }, facts, question) => {
    const rows = await facts.rfm(question.window, method)
    const all = rows.filter(row => row.total)
    const customers = count(all)
    const series: unknown[] = []
    for (const period of question.period === undefined ? [] : periodsFor(question, question.period)) {
      const window = within(period, question.window)
      const own = (await facts.rfm(window, method)).filter(row => row.total)
      series.push({
        period: period.label,
        ...window,
        complete: isWhole(period, question),
        value: count(own),
        scores: scoresOf(own),
      })
    }
    const unrated = await facts.ordersWithoutRate(question.window)
    return {
      definition: `rfm.${method}`,
      unit: 'customers',
      value: customers,
      reason: null,
      numerator: customers,
      denominator: customers,
      scores: scoresOf(all),
      // Orders whose currency has no rate count for recency and frequency, and bring nothing to what was spent.
      ...(unrated > 0 ? { ordersWithoutRate: unrated } : {}),
      // Where all are equal a score says nothing.
      noSpread: Object.fromEntries(parts.map(part => [part, customers > 0 && new Set(all.map(row => row[part])).size === 1])),
      table: (question.grouped ? rows.filter(row => !row.total) : all)
        .toSorted((a, b) => b.customers - a.customers)
        .map(({ group, total: _, ...row }) => (question.grouped ? { group, ...row } : row)),
      ...(question.period === undefined ? {} : { series }),
    }
  },
})

/** How many have each score from 1 to 5, of each part. */
const scoresOf = (rows: readonly Grouped<RfmCount>[]) =>
  Object.fromEntries(parts.map(part => [part, [1, 2, 3, 4, 5].map(score => count(rows.filter(row => row[part] === score)))]))

const count = (rows: readonly Grouped<RfmCount>[]) => rows.reduce((sum, row) => sum + row.customers, 0)
