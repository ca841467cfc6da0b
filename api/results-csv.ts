import type { Results, ResultsQuery } from './results-schema.ts'

type Cell = string | number | boolean | null | undefined

/** A spreadsheet runs a text that begins like a formula: such a one gets an apostrophe in front. */
function cell(value: Cell): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const table = (header: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [header, ...rows].map(row => `${row.map(cell).join(',')}\r\n`).join('')

/** One table of the results as RFC 4180 lines with a header. */
export function resultsCsv(results: Results, which: ResultsQuery['table']): string {
  const { metric, asOf } = results
  switch (which) {
    case 'arms':
      return table(
        [
          'campaign',
          'metric',
          'asOf',
          'arm',
          'enrolled',
          'exposed',
          'matured',
          'maturing',
          'converted',
          'rate',
          'low',
          'high',
          'revenue',
          'revenuePerCustomer',
          'currency',
          'stopped',
        ],
        results.arms.map(arm => [
          results.campaign,
          metric,
          asOf,
          arm.key,
          arm.enrolled,
          arm.exposed,
          arm.matured,
          arm.maturing,
          arm.converted,
          arm.rate,
          arm.interval?.[0],
          arm.interval?.[1],
          arm.revenue,
          arm.revenuePerCustomer,
          results.revenue.currency,
          arm.stopped,
        ]),
      )
    case 'comparisons':
      return table(
        [
          'metric',
          'asOf',
          'arm',
          'against',
          'difference',
          'low',
          'high',
          'lift',
          'p',
          'method',
          'nStar',
          'alpha',
          'fixedLow',
          'fixedHigh',
          'fixedP',
          'fixedTest',
        ],
        results.comparisons.map(each => [
          metric,
          asOf,
          each.arm,
          each.against,
          each.difference,
          each.interval?.[0],
          each.interval?.[1],
          each.relative.lift,
          each.p,
          each.method.name,
          each.method.nStar,
          each.method.alpha,
          each.fixed.interval?.[0],
          each.fixed.interval?.[1],
          each.fixed.p,
          each.fixed.test,
        ]),
      )
    case 'funnel':
      return table(
        ['step', 'channel', 'goal', 'reached', 'sent', 'delivered', 'opened', 'clicked', 'converted'],
        results.funnel.map(each => [
          each.step,
          each.channel,
          each.goal,
          each.reached,
          each.sent,
          each.delivered,
          each.opened,
          each.clicked,
          each.converted,
        ]),
      )
    case 'retention':
      return table(
        ['arm', results.retention.unit, 'survival', 'low', 'high'],
        results.retention.curves.flatMap(({ arm, points }) =>
          points.map(point => [arm, point.t, point.survival, point.lower, point.upper]),
        ),
      )
  }
}
