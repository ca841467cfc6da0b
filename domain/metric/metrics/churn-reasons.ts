import type { Grouped, ReasonCount } from '../facts.ts'
import { isWhole, metricKind, periodsFor, within } from '../metric-kind.ts'
import { takes } from '../parameters.ts'

export const churnReasons = metricKind({
  key: 'churnReasons',
  parameters: takes(),
  describe: t => t.metrics.churnReasons,
  begins: 'with the first event',
  answer: async (_, facts, question) => {
    const rows = await facts.churnReasons(question.window)
    const all = rows.filter(row => row.total)
    const cancelled = sum(all)
    const table = question.grouped
      ? [...new Set(rows.filter(row => !row.total).map(row => row.group))].flatMap(group =>
          shares(rows.filter(row => !row.total && row.group === group)).map(row => ({ group, ...row })),
        )
      : shares(all)
    const series: unknown[] = []
    for (const period of question.period === undefined ? [] : periodsFor(question, question.period)) {
      const window = within(period, question.window)
      const own = (await facts.churnReasons(window)).filter(row => row.total)
      series.push({
        period: period.label,
        ...window,
        complete: isWhole(period, question),
        value: sum(own),
        reasons: shares(own),
      })
    }
    const told = sum(all.filter(row => row.reason !== null))
    return {
      definition: 'churnReasons.lastCancellation',
      unit: 'customers',
      value: cancelled,
      reason: null,
      numerator: told,
      denominator: cancelled,
      table,
      ...(question.period === undefined ? {} : { series }),
    }
  },
})

const sum = (rows: readonly Grouped<ReasonCount>[]) => rows.reduce((total, row) => total + row.customers, 0)

function shares(rows: readonly Grouped<ReasonCount>[]) {
  const all = sum(rows)
  return rows
    .toSorted((a, b) => b.customers - a.customers)
    .map(({ reason, customers }) => ({ reason, customers, share: (customers / all) * 100 }))
}
