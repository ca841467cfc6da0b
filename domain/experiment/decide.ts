import { type Texts, textsIn } from '../texts/texts.ts'
import type { ArmOutcome } from './arm.ts'
import { type InputFault, sentencesIn } from './because.ts'
import { type BurnIn, burnIn } from './burn-in.ts'
import { type Comparison, compareAll, type DecisionPlan } from './compare.ts'
import { srmLimit } from './srm.ts'

/** What is known at one look. */
export interface DecisionLook {
  /** Matured customers only, the holdout among the arms under its key. */
  arms: readonly ArmOutcome[]
  /** p of the sample ratio over all assigned customers: the smallest always-valid one so far (`srmEvidence`). */
  srmP: number
  /** Days of entries that have matured: from the first to the last matured entry. */
  maturedDays: number
  /** Customers that mature per day at the present pace; null where unknown. */
  maturingPerDay: number | null
  /** Whether the longest duration, fixed at launch, is over. */
  time: 'running' | 'over'
}

/** `because` is a sentence for people; the other fields are the same for machines. */
export type Decision =
  | { state: 'winner'; arm: string; because: string }
  | { state: 'noDifference'; because: string }
  | {
      state: 'keepRunning'
      waitingFor: 'days' | 'customers' | 'evidence'
      because: string
      neededMore: number | null
      neededDays: number | null
    }
  | { state: 'keepRunning'; waitingFor: 'nothing'; because: string; neededMore: null; neededDays: null }
  | { state: 'invalid'; cause: 'sampleRatio' | 'singleArm' | 'badInput'; because: string }

/**
 * The decision at this look, in order: sample ratio broken or input impossible → invalid; minimum days or burn-in open →
 * keepRunning; one arm beats every other → winner (the holdout may win: then the campaign does harm); all pairs within
 * ± minimum effect → noDifference; else keepRunning, with how many more matured customers would settle it if things stay
 * as they look, and in how many days. `because` is said in `texts`, and `plan.measure` is taken to be.
 */
export function decide(look: DecisionLook, plan: DecisionPlan, texts: Texts = textsIn.en): Decision {
  const { arms } = look
  const sentences = sentencesIn(texts)
  const fault = faultOf(look, plan)
  if (fault) return { state: 'invalid', cause: 'badInput', because: sentences.badInput(fault) }
  if (look.srmP < srmLimit) return { state: 'invalid', cause: 'sampleRatio', because: sentences.sampleRatio(look.srmP) }
  if (arms.length < 2) return { state: 'invalid', cause: 'singleArm', because: sentences.singleArm() }
  const comparisons = compareAll(arms, plan)
  // The exact sequence holds from the first customer on.
  const heat = plan.method === 'asymptoticSequence' ? burnIn(arms) : ({ state: 'done' } as const)
  const early = look.maturedDays < plan.minimumDays
  if (!early && heat.state === 'done') {
    const evidence = settle(arms, comparisons, plan)
    if (evidence.state === 'winner') return { ...evidence, because: sentences.winner(evidence.arm, arms, comparisons, plan) }
    if (evidence.state === 'noDifference')
      return { ...evidence, because: sentences.noDifference(arms[0]?.kind ?? 'proportion', comparisons, plan) }
  }
  // At the end of the time fixed at launch, waiting reads "no decision".
  if (look.time === 'over') {
    const because = sentences.over(arms, comparisons, plan)
    return { state: 'keepRunning', waitingFor: 'nothing', because, neededMore: null, neededDays: null }
  }
  const neededMore = customersUntil(look, plan, heat, comparisons)
  const daysLeft = Math.max(0, Math.ceil(plan.minimumDays - look.maturedDays))
  const wait = { state: 'keepRunning', neededMore, neededDays: daysFor(neededMore, look.maturingPerDay, daysLeft) } as const
  if (early) return { ...wait, waitingFor: 'days', because: sentences.days(look.maturedDays, plan.minimumDays) }
  if (heat.state === 'open') return { ...wait, waitingFor: 'customers', because: sentences.burnIn(heat) }
  return { ...wait, waitingFor: 'evidence', because: sentences.evidence(arms, comparisons, plan, neededMore) }
}

/** Days until so many more have matured at this pace, and at least `daysLeft`; null where customers or pace are unknown. */
function daysFor(neededMore: number | null, perDay: number | null, daysLeft: number): number | null {
  if (neededMore === 0) return daysLeft
  if (neededMore === null || perDay === null || perDay <= 0) return null
  return Math.max(daysLeft, Math.ceil(neededMore / perDay))
}

type Evidence = { state: 'winner'; arm: string } | { state: 'noDifference' } | { state: 'open' }

/** What the intervals alone say: an arm that beats every other, all pairs alike, or neither yet. */
function settle(arms: readonly ArmOutcome[], comparisons: readonly Comparison[], plan: DecisionPlan): Evidence {
  const champion = arms.find(({ key }) => comparisons.every(pair => !involves(pair, key) || beats(pair, key, plan)))
  if (champion) return { state: 'winner', arm: champion.key }
  return comparisons.every(pair => pair.practicallyEqual) ? { state: 'noDifference' } : { state: 'open' }
}

const involves = (pair: Comparison, key: string): boolean => pair.arm === key || pair.against === key

/** Whether the pair's whole interval lies on the good side of 0 for this arm. */
function beats(pair: Comparison, key: string, plan: DecisionPlan): boolean {
  if (pair.interval === null) return false
  const upwards = (pair.arm === key) === (plan.better === 'higher')
  return upwards ? pair.interval[0] > 0 : pair.interval[1] < 0
}

/**
 * How many more matured customers until the evidence settles, should rates, spreads and shares stay as they are; null where
 * no number would do (no difference at all, and no minimum effect to rule out). During burn-in the rates say too little:
 * then it is what is left of the planned total.
 */
function customersUntil(
  { arms }: DecisionLook,
  plan: DecisionPlan,
  heat: BurnIn,
  comparisons: readonly Comparison[],
): number | null {
  const total = arms.reduce((sum, { n }) => sum + n, 0)
  const planned = Math.ceil(plan.nStar - total)
  if (heat.state === 'open') return heat.neededMore === null ? (planned > 0 ? planned : null) : Math.max(heat.neededMore, planned)
  if (comparisons.some(pair => pair.interval === null)) return null
  const settled = (factor: number): boolean => {
    const later = arms.map(arm => scaled(arm, factor))
    return settle(later, compareAll(later, plan), plan).state !== 'open'
  }
  if (settled(1)) return 0
  let above = 2
  while (!settled(above)) {
    if (above > 1e9) return null
    above *= 4
  }
  let below = 1
  while (above / below > 1.002) {
    const middle = Math.sqrt(below * above)
    if (settled(middle)) above = middle
    else below = middle
  }
  return Math.ceil(total * (above - 1))
}

function scaled(arm: ArmOutcome, factor: number): ArmOutcome {
  return arm.kind === 'proportion'
    ? { ...arm, n: arm.n * factor, successes: arm.successes * factor }
    : { ...arm, n: arm.n * factor }
}

/** What is impossible about the input, or null. */
function faultOf(look: DecisionLook, plan: DecisionPlan): InputFault | null {
  const { arms } = look
  if (new Set(arms.map(arm => arm.key)).size !== arms.length) return 'sameKey'
  if (new Set(arms.map(arm => arm.kind)).size > 1) return 'differentKinds'
  if (arms.some(arm => !(arm.n >= 0 && arm.n < Infinity))) return 'impossibleCount'
  if (arms.some(arm => arm.kind === 'proportion' && !(arm.successes >= 0 && arm.successes <= arm.n))) return 'moreSuccesses'
  if (arms.some(arm => arm.kind === 'mean' && !(Number.isFinite(arm.mean) && arm.variance >= 0 && arm.variance < Infinity)))
    return 'impossibleMean'
  if (!(plan.error > 0 && plan.error < 1) || !(plan.nStar > 0) || !(plan.minimumEffect >= 0)) return 'impossiblePlan'
  if (plan.method === 'betaBinomialSequence' && arms.some(arm => arm.kind === 'mean')) return 'sharesOnly'
  return null
}
