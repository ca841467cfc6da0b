import type { Texts } from '../texts/texts.ts'
import { type ArmOutcome, summaryOf } from './arm.ts'
import { holdoutKey } from './assign.ts'
import type { BurnIn } from './burn-in.ts'
import type { Comparison, DecisionPlan } from './compare.ts'

type Kind = ArmOutcome['kind']

const sign = (x: number): string => (x < 0 ? '−' : '+')
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const meanOf = (key: string, arms: readonly ArmOutcome[]): number => {
  const arm = arms.find(one => one.key === key)
  return (arm && summaryOf(arm)?.mean) ?? 0
}

/** How names and numbers are written in these texts. */
const written = ({ decision }: Texts) => {
  const size = (x: number, kind: Kind): string => decision.size(Math.abs(x), kind === 'proportion')
  const unit = (kind: Kind): string => (kind === 'proportion' ? decision.points : '')
  return {
    quoted: (key: string): string => (key === holdoutKey ? decision.holdout : decision.arm(key)),
    level: (x: number, kind: Kind): string => decision.level(x, kind === 'proportion'),
    change: (x: number, kind: Kind): string => `${sign(x)}${size(x, kind)}`,
    full: (x: number, kind: Kind): string => `${sign(x)}${size(x, kind)}${unit(kind)}`,
    amount: (x: number, kind: Kind): string => `${size(x, kind)}${unit(kind)}`,
  }
}

/** The pair seen from one arm: difference and interval turned round where the arm stands second. */
function seenFrom(key: string, pair: Comparison) {
  const [low, high] = pair.interval ?? [0, 0]
  const turn = pair.arm !== key
  return {
    other: turn ? pair.arm : pair.against,
    difference: (turn ? -1 : 1) * (pair.difference ?? 0),
    low: turn ? -high : low,
    high: turn ? -low : high,
  }
}

const pairsWith = (key: string, comparisons: readonly Comparison[]) =>
  comparisons.filter(pair => pair.arm === key || pair.against === key).map(pair => seenFrom(key, pair))

/** The arm that looks best, and the rival that looks nearest to it. */
function front(arms: readonly ArmOutcome[], plan: DecisionPlan, key?: string) {
  const ranked = arms.toSorted((a, b) => (plan.better === 'higher' ? 1 : -1) * (meanOf(b.key, arms) - meanOf(a.key, arms)))
  const best = arms.find(arm => arm.key === key) ?? ranked[0]
  return { best, rival: ranked.find(arm => arm !== best) }
}

function standing(arms: readonly ArmOutcome[], comparisons: readonly Comparison[], plan: DecisionPlan, texts: Texts): string {
  const { decision } = texts
  const { quoted, change, full } = written(texts)
  const { best, rival } = front(arms, plan)
  const view = pairsWith(best?.key ?? '', comparisons).find(pair => pair.other === rival?.key)
  if (!best || !rival || !view) return decision.nothingToCompare
  const kind = best.kind
  const [one, other] = [quoted(best.key), quoted(rival.key)]
  const lead = view.difference === 0 ? decision.areLevel(one, other) : decision.ahead(one, other, full(view.difference, kind))
  return decision.standing(lead, plan.measure, change(view.low, kind), change(view.high, kind))
}

const unknown = (comparisons: readonly Comparison[]): boolean => comparisons.some(pair => pair.interval === null)

/** What is impossible about the input of a decision. */
export type InputFault = keyof Texts['decision']['faults']

/** Every decision in one or two plain sentences of a language, with its numbers. */
export const sentencesIn = (texts: Texts) => {
  const { decision } = texts
  const { quoted, level, change, full, amount } = written(texts)
  return {
    badInput: (fault: InputFault) => decision.badInput(decision.faults[fault]),
    singleArm: () => decision.singleArm,
    sampleRatio: (p: number) => decision.sampleRatio(p < 1e-6 ? null : Math.ceil(1 / p)),
    days: (has: number, needs: number) => decision.days(Math.floor(has), needs),
    burnIn: (heat: Extract<BurnIn, { state: 'open' }>) =>
      heat.of === 'spread'
        ? decision.noSpread(quoted(heat.arm))
        : decision.burnIn(quoted(heat.arm), Math.ceil(heat.has), heat.needs, heat.of),
    winner: (key: string, arms: readonly ArmOutcome[], comparisons: readonly Comparison[], plan: DecisionPlan) => {
      const { best, rival } = front(arms, plan, key)
      const view = pairsWith(key, comparisons).find(pair => pair.other === rival?.key)
      if (!best || !rival || !view) return decision.wins(capital(quoted(key)))
      const kind = best.kind
      const verdict =
        key === holdoutKey
          ? decision.doesHarm(plan.measure)
          : decision.isBetter(quoted(key), arms.length > 2 ? null : quoted(rival.key), plan.measure)
      const said = decision.winner(verdict, {
        mine: level(meanOf(key, arms), kind),
        theirs: level(meanOf(rival.key, arms), kind),
        rival: quoted(rival.key),
        difference: full(view.difference, kind),
        low: change(view.low, kind),
        high: change(view.high, kind),
      })
      return Math.max(Math.abs(view.low), Math.abs(view.high)) <= plan.minimumEffect ? `${said} ${decision.butSmall}` : said
    },
    noDifference: (kind: Kind, comparisons: readonly Comparison[], plan: DecisionPlan) => {
      const most = Math.max(...comparisons.flatMap(pair => (pair.interval ?? []).map(Math.abs)))
      return decision.noDifference(plan.measure, amount(most, kind), amount(plan.minimumEffect, kind))
    },
    evidence: (arms: readonly ArmOutcome[], comparisons: readonly Comparison[], plan: DecisionPlan, neededMore: number | null) =>
      unknown(comparisons)
        ? decision.allTheSame
        : decision.notYet(standing(arms, comparisons, plan, texts), neededMore === null ? null : Math.ceil(neededMore)),
    over: (arms: readonly ArmOutcome[], comparisons: readonly Comparison[], plan: DecisionPlan) =>
      unknown(comparisons) ? decision.overTooLittle : decision.over(capital(standing(arms, comparisons, plan, texts))),
  }
}
