import { localDay } from '../calendar.ts'
import { type LifecycleStage, lifecycleStage } from '../lifecycle.ts'
import { metricKind, periodsFor } from '../metric-kind.ts'
import { takes } from '../parameters.ts'
import { medianOf } from '../score-model.ts'

const stages = ['new', 'active', 'atRisk', 'lapsed', 'wonBack'] as const
/** More would keep a reader waiting: each is judged for every customer. */
const maxPeriods = 60

export const lifecycle = metricKind({
  key: 'lifecycle',
  parameters: takes(),
  describe: t => t.metrics.lifecycle,
  begins: 'with the first event',
  answer: async (_, facts, question) => {
    const { window, zone, period } = question
    const periods = period === undefined ? [] : periodsFor(question, period).slice(-maxPeriods)
    const ends = periods.map(each => new Date(Math.min(each.to.getTime(), window.to.getTime())))
    if (ends.length === 0) ends.push(window.to)
    const days = ends.map(end => localDay(end.getTime() - 1, zone))
    const gaps = await facts.gaps(days)
    const usual = days.map((_, i) =>
      medianOf(
        gaps.filter(gap => gap.period <= i),
        30,
      ),
    )
    const counts = days.map(() => tally())
    const flows = days.map(() => new Map<string, number>())
    const groups = new Map<string | null, Tally>()
    for await (const part of facts.purchases())
      for (const { group, days: purchases } of part) {
        let before: LifecycleStage | null = null
        for (const [i, day] of days.entries()) {
          const { stage } = lifecycleStage(purchases, day, usual[i] ?? null)
          if (stage) {
            add(counts[i], stage)
            if (i === days.length - 1 && question.grouped) add(groups.get(group) ?? groups.set(group, tally()).get(group), stage)
          }
          if (i > 0 && stage) {
            const move = `${before ?? 'none'}>${stage}`
            flows[i]?.set(move, (flows[i]?.get(move) ?? 0) + 1)
          }
          before = stage
        }
      }
    const last = counts.at(-1) ?? tally()
    const gap = usual.at(-1) ?? null
    const answer = {
      definition: 'lifecycle.ownRhythm',
      unit: 'customers',
      ...kept(last),
      pooledGapDays: gap,
      table: question.grouped
        ? [...groups].map(([group, each]) => ({ group, ...kept(each), customers: total(each), ...each }))
        : shares(last),
    }
    if (period === undefined) return answer
    const series = periods.map(({ label, to }, i) => ({
      period: label,
      complete: to <= window.to,
      ...kept(counts[i] ?? tally()),
      customers: total(counts[i] ?? tally()),
      ...counts[i],
      flow: [...(flows[i] ?? [])].map(([move, n]) => ({ from: fromOf(move), to: move.split('>')[1], customers: n })),
    }))
    return { ...answer, series }
  },
})

type Tally = Record<LifecycleStage, number>
const tally = (): Tally => ({ new: 0, active: 0, atRisk: 0, lapsed: 0, wonBack: 0 })
const add = (to: Tally | undefined, stage: LifecycleStage) => {
  if (to) to[stage] += 1
}
const total = (each: Tally) => stages.reduce((sum, stage) => sum + each[stage], 0)
/** All who bought, and of them those who have not lapsed. */
const kept = (each: Tally) => ({
  value: total(each),
  reason: null,
  numerator: total(each) - each.lapsed,
  denominator: total(each),
})
const shares = (each: Tally) =>
  stages.map(stage => ({ stage, customers: each[stage], share: total(each) === 0 ? null : (each[stage] / total(each)) * 100 }))

/** Whence: null are those who had not bought before. */
function fromOf(move: string): string | null {
  const [from = ''] = move.split('>')
  return from === 'none' ? null : from
}
