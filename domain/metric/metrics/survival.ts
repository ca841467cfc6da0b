import type { Grouped, LifeCount } from '../facts.ts'
import { logRank } from '../logrank.ts'
import { isWhole, metricKind, periodsFor, within } from '../metric-kind.ts'
import { takes } from '../parameters.ts'
import { kaplanMeier, type LifeTable, medianSurvival, survivalAt } from '../survival.ts'

/** As many points as a curve can show. */
const maxPoints = 120

export const survival = metricKind({
  key: 'survival',
  parameters: takes('until'),
  describe: t => t.metrics.survival,
  begins: 'with the first event',
  answer: async ({ until }, facts, question) => {
    const ending = until ?? ((await facts.hasSubscriptions()) ? 'churn' : 'secondOrder')
    const rows = await facts.lives(question.window, ending)
    const all = curve(rows.filter(row => row.total))
    const answer = {
      definition: `survival.${ending}`,
      unit: 'days',
      ...all.median,
      numerator: all.events,
      denominator: all.customers,
      series: all.points,
    }
    if (question.period !== undefined) {
      // The series is the curve: those who began in each period stand in a table.
      const table: unknown[] = []
      for (const period of periodsFor(question, question.period)) {
        const window = within(period, question.window)
        const { median, customers, events } = curve((await facts.lives(window, ending)).filter(row => row.total))
        table.push({
          period: period.label,
          ...window,
          complete: isWhole(period, question),
          ...median,
          numerator: events,
          denominator: customers,
        })
      }
      return { ...answer, table }
    }
    if (!question.grouped) return answer
    const groups = new Map<string | null, Grouped<LifeCount>[]>()
    for (const row of rows) if (!row.total) groups.set(row.group, [...(groups.get(row.group) ?? []), row])
    const test = logRank(Object.fromEntries([...groups].map(([group, lives]) => [String(group), tableOf(lives)])))
    const table = [...groups].map(([group, lives]) => {
      const { median, points, ...counts } = curve(lives)
      return { group, ...median, numerator: counts.events, denominator: counts.customers, ...counts, series: points }
    })
    return { ...answer, table, logRank: test }
  },
})

const tableOf = (rows: readonly Grouped<LifeCount>[]): LifeTable => rows.toSorted((a, b) => a.time - b.time)

function curve(rows: readonly Grouped<LifeCount>[]) {
  const table = tableOf(rows)
  const km = kaplanMeier(table)
  const last = table.at(-1)?.time ?? 0
  const stride = Math.max(1, Math.ceil(last / maxPoints))
  const times = km.reason === null ? Array.from({ length: Math.floor(last / stride) + 1 }, (_, i) => i * stride) : []
  let [customers, events] = [0, 0]
  for (const row of rows) {
    customers += row.events + row.censored
    events += row.events
  }
  return { median: medianSurvival(km), points: times.map(t => survivalAt(km, t)), customers, events }
}
