import { type ArmOutcome, summaryOf } from './arm.ts'
import { holdoutKey } from './assign.ts'
import type { BurnIn } from './burn-in.ts'
import type { Comparison, DecisionPlan } from './compare.ts'

type Kind = ArmOutcome['kind']

const whole = new Intl.NumberFormat('en-US')
const cents = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const count = (n: number): string => whole.format(Math.ceil(n))
const plain = (x: number): string => cents.format(x)
const level = (x: number, kind: Kind): string => (kind === 'proportion' ? `${(100 * x).toFixed(1)} %` : plain(x))
const sign = (x: number): string => (x < 0 ? '−' : '+')
const change = (x: number, kind: Kind): string =>
  `${sign(x)}${kind === 'proportion' ? (100 * Math.abs(x)).toFixed(1) : plain(Math.abs(x))}`
const unit = (kind: Kind): string => (kind === 'proportion' ? ' points' : '')
const quoted = (key: string): string => (key === holdoutKey ? 'the holdout' : `“${key}”`)
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const tiny = (p: number): string => (p < 1e-6 ? 'less than one in a million' : `about 1 in ${count(1 / p)}`)
const meanOf = (key: string, arms: readonly ArmOutcome[]): number => {
  const arm = arms.find(one => one.key === key)
  return (arm && summaryOf(arm)?.mean) ?? 0
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

function standing(arms: readonly ArmOutcome[], comparisons: readonly Comparison[], plan: DecisionPlan): string {
  const { best, rival } = front(arms, plan)
  const view = pairsWith(best?.key ?? '', comparisons).find(pair => pair.other === rival?.key)
  if (!best || !rival || !view) return 'there is nothing to compare'
  const kind = best.kind
  const lead =
    view.difference === 0
      ? `${quoted(best.key)} and ${quoted(rival.key)} are level`
      : `${quoted(best.key)} is ahead of ${quoted(rival.key)} by ${change(view.difference, kind)}${unit(kind)}`
  return `${lead} on ${plan.measure}, but the true difference may lie anywhere between ${change(view.low, kind)} and ${change(view.high, kind)}`
}

const unknown = (comparisons: readonly Comparison[]): boolean => comparisons.some(pair => pair.interval === null)

/** Every decision in one or two plain sentences, with its numbers. */
export const sentences = {
  badInput: (fault: string) => `These results cannot be judged: ${fault}.`,
  singleArm: () => 'There is only one arm, so there is nothing to compare it with.',
  sampleRatio: (p: number) =>
    `The arms did not get the customers they should have: a split as uneven as this comes up by chance in ${tiny(p)} cases. Something in assignment or tracking is wrong, so the arms must not be compared.`,
  days: (has: number, needs: number) =>
    `Too early: ${Math.floor(has)} of ${needs} days of customers have matured, and weekdays differ.`,
  burnIn: (heat: Extract<BurnIn, { state: 'open' }>) => {
    if (heat.of === 'spread') return `Too few to judge: all customers of ${quoted(heat.arm)} have the same value so far.`
    const what = {
      customers: 'matured customers',
      successes: 'customers with the outcome',
      failures: 'customers without the outcome',
    }[heat.of]
    return `Too few to judge: ${quoted(heat.arm)} has ${count(heat.has)} of the ${heat.needs} ${what} a judgement needs.`
  },
  winner: (key: string, arms: readonly ArmOutcome[], comparisons: readonly Comparison[], plan: DecisionPlan) => {
    const { best, rival } = front(arms, plan, key)
    const view = pairsWith(key, comparisons).find(pair => pair.other === rival?.key)
    if (!best || !rival || !view) return `${capital(quoted(key))} wins.`
    const kind = best.kind
    const verdict =
      key === holdoutKey
        ? `The campaign does harm: customers left alone do better on ${plan.measure}`
        : `${quoted(key)} is better than ${arms.length > 2 ? 'every other arm' : quoted(rival.key)} on ${plan.measure}`
    const numbers = `${level(meanOf(key, arms), kind)} against ${level(meanOf(rival.key, arms), kind)} for ${quoted(rival.key)}`
    const range = `a difference of ${change(view.difference, kind)}${unit(kind)}, between ${change(view.low, kind)} and ${change(view.high, kind)} however often one looks`
    const small =
      Math.max(Math.abs(view.low), Math.abs(view.high)) <= plan.minimumEffect
        ? ' The difference is real, but smaller than what was said to matter.'
        : ''
    return `${verdict}: ${numbers}, ${range}.${small}`
  },
  noDifference: (kind: Kind, comparisons: readonly Comparison[], plan: DecisionPlan) => {
    const most = Math.max(...comparisons.flatMap(pair => (pair.interval ?? []).map(Math.abs)))
    return `No arm differs from another on ${plan.measure} by more than ${change(most, kind).slice(1)}${unit(kind)}, which is within the ${change(plan.minimumEffect, kind).slice(1)}${unit(kind)} that were said not to matter: choose by cost or taste.`
  },
  evidence: (arms: readonly ArmOutcome[], comparisons: readonly Comparison[], plan: DecisionPlan, neededMore: number | null) => {
    if (unknown(comparisons)) return 'Not clear yet: all customers look the same so far, so there is no spread to judge by.'
    const more =
      neededMore === null
        ? 'No number of customers will settle it at these rates'
        : `About ${count(neededMore)} more matured customers should settle it if the rates stay as they are`
    return `Not clear yet: ${standing(arms, comparisons, plan)}. ${more}.`
  },
  over: (arms: readonly ArmOutcome[], comparisons: readonly Comparison[], plan: DecisionPlan) =>
    unknown(comparisons)
      ? 'No decision: the planned time is over and there is too little to compare.'
      : `No decision: the planned time is over. ${capital(standing(arms, comparisons, plan))}.`,
}
