import { becauseIn, type KeptDecision } from '../domain/experiment/because-again.ts'
import type { Judgement } from '../domain/experiment/judge.ts'
import { horizonOf, type Measure, unitMs } from '../domain/experiment/measure.ts'
import { curves, lifeTables } from '../domain/experiment/outcome.ts'
import type { Texts } from '../domain/texts/texts.ts'
import type { Edition, Outcomes } from '../prisma/queries/outcome-read.ts'
import type { Results } from './results-schema.ts'

export const pair = (interval: readonly [number, number] | null): [number, number] | null =>
  interval && [interval[0], interval[1]]

type Shown = Judgement['arms'][number]

export function armView(
  arm: Shown,
  outcomes: Outcomes,
  shares: readonly { key: string; share: number }[],
): Results['arms'][number] {
  const { revenueVariance: _, ...rest } = arm
  const known = outcomes.currency !== null
  return {
    ...rest,
    share: shares.find(each => each.key === arm.key)?.share ?? null,
    interval: pair(arm.interval),
    revenue: known ? arm.revenue : null,
    revenuePerCustomer: known ? arm.revenuePerCustomer : null,
    stopped: outcomes.evidence.stopped.includes(arm.key),
  }
}

export function comparisonView(comparison: Judgement['comparisons'][number]): Results['comparisons'][number] {
  const { fixed, cuped, ...rest } = comparison
  return {
    ...rest,
    interval: pair(comparison.interval),
    relative: { lift: comparison.relative.lift, interval: pair(comparison.relative.interval) },
    fixed:
      fixed.test === 'none'
        ? { interval: null, p: null, test: 'none', because: fixed.because }
        : { interval: pair(fixed.interval), p: fixed.p, test: fixed.test },
    ...(cuped === undefined ? {} : { cuped: cuped && { ...cuped, interval: pair(cuped.interval) } }),
  }
}

/** A decision once made stays; only a broken sample ratio or a changed experiment undoes it. */
export function decisionView(
  now: Judgement['decision'],
  standing: (KeptDecision & { number: number; at: Date; action: string }) | undefined,
  texts: Texts,
): Results['decision'] {
  if (!standing || now.state === 'invalid') return now
  return {
    state: standing.state as Results['decision']['state'],
    ...(standing.arm === null ? {} : { arm: standing.arm }),
    because: becauseIn(standing, texts),
    recorded: { number: standing.number, at: standing.at.toISOString(), action: standing.action },
    now: { state: now.state, ...('arm' in now ? { arm: now.arm } : {}), because: now.because },
  }
}

export function curveView(outcomes: Outcomes, measure: Measure, error: number): Omit<Results['retention'], 'meaning'> {
  const horizon = Math.floor(horizonOf(measure) / unitMs[outcomes.unit])
  const events = [...new Set(measure.goals.flatMap(goal => (goal.counted?.event ? [goal.counted.event] : [])))]
  const { arms, logRank } = curves(lifeTables(outcomes.base, outcomes.cells), horizon, error)
  return {
    event: events.join(' or '),
    unit: outcomes.unit,
    curves: arms.map(({ arm, points, median }) => ({ arm, points, median: median.value })),
    logRank:
      logRank.reason === null
        ? { chi2: logRank.chi2, df: logRank.df, p: logRank.p, reason: null }
        : { chi2: null, df: null, p: null, reason: logRank.reason },
  }
}

const zero = () => ({ reached: 0, sent: 0, delivered: 0, opened: 0, clicked: 0 })

/** Every message step in reading order; steps of several versions with one id are one step to a reader. */
export function funnelView(outcomes: Outcomes, editions: readonly Edition[]): Results['funnel'] {
  const steps = new Map<string, Results['funnel'][number]>()
  const idOf = (version: number, step: number) => editions.find(edition => edition.version === version)?.program.steps[step]?.id
  const stood = new Set(outcomes.funnel.map(row => row.version))
  for (const edition of editions)
    if (stood.has(edition.version) || edition === editions.at(-1))
      for (const { id, goal, body } of edition.program.steps)
        if (body.kind === 'message') steps.set(id, { step: id, channel: body.channel, goal, ...zero(), converted: 0, byArm: {} })
  const keys = ['reached', 'sent', 'delivered', 'opened', 'clicked'] as const
  for (const row of outcomes.funnel) {
    const id = idOf(row.version, row.step)
    if (id === undefined) continue
    const step = steps.get(id) ?? { step: id, channel: null, goal: '', ...zero(), converted: 0, byArm: {} }
    steps.set(id, step)
    const arm = step.byArm[row.arm] ?? zero()
    step.byArm[row.arm] = arm
    for (const key of keys) {
      step[key] += row[key]
      arm[key] += row[key]
    }
  }
  for (const row of outcomes.convertedBySteps) {
    const step = steps.get(idOf(row.version, row.step) ?? '')
    if (step) step.converted += row.n
  }
  return [...steps.values()]
}
