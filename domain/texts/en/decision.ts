import { everywhere } from './everywhere.ts'

type Counted = 'customers' | 'successes' | 'failures'
interface Numbers {
  /** Both levels, the difference and its interval, written out. */
  mine: string
  theirs: string
  rival: string
  difference: string
  low: string
  high: string
}

const counted: Record<Counted, string> = {
  customers: 'matured customers',
  successes: 'customers with the outcome',
  failures: 'customers without the outcome',
}

/** Of the catalogue: why an experiment is decided, or is not yet. */
export const decision = {
  holdout: 'the holdout',
  arm: (key: string): string => `“${key}”`,
  points: ' points',
  level: (x: number, share: boolean): string => (share ? everywhere.percent(x) : everywhere.cents(x)),
  /** A difference without its sign. */
  size: (x: number, share: boolean): string => (share ? (100 * x).toFixed(1) : everywhere.cents(x)),
  faults: {
    sameKey: 'two arms have the same key',
    differentKinds: 'the arms are measured in different ways',
    impossibleCount: 'an arm has an impossible number of customers',
    moreSuccesses: 'an arm has more successes than customers',
    impossibleMean: 'an arm has an impossible mean or variance',
    impossiblePlan: 'the plan of the experiment is impossible',
    sharesOnly: 'the exact method compares shares, not means',
  },
  badInput: (fault: string): string => `These results cannot be judged: ${fault}.`,
  singleArm: 'There is only one arm, so there is nothing to compare it with.',
  noExperiment:
    'This campaign runs no experiment, so there is nothing to compare it with: a holdout or a second variant would tell what it changes.',
  runsNoExperiment: 'This campaign runs no experiment.',
  noMeasure:
    'No goal of this campaign says what success is, so there is nothing to count: give a goal its "success", or ask for another metric.',
  mixedCurrency:
    'Orders came in several currencies and some have no rate, so their amounts cannot be added: set "currencies.rates" in the settings.',
  drew: (version: number, shares: string): string => `version ${version} drew ${shares}`,
  changed: (drew: readonly string[]): string =>
    `The experiment was changed while it ran (${drew.join('; ')}). Who entered at different times stands in different arms, so together they must not be compared: look at one run with ?run=, or at one version with ?version=.`,
  sampleRatio: (oneIn: number | null): string =>
    `The arms did not get the customers they should have: a split as uneven as this comes up by chance in ${oneIn === null ? 'less than one in a million' : `about 1 in ${everywhere.whole(oneIn)}`} cases. Something in assignment or tracking is wrong, so the arms must not be compared.`,
  afterPromotion: 'Everybody here entered after the winner was promoted: nobody was drawn, so there is nothing to compare.',
  nobodyYet: 'Nobody has entered yet, so there is nothing to compare.',
  noneMatured: (enrolled: number): string =>
    `None of the ${everywhere.whole(enrolled)} customers has been in long enough to be counted yet.`,
  days: (has: number, needs: number): string =>
    `Too early: ${has} of ${needs} days of customers have matured, and weekdays differ.`,
  noSpread: (arm: string): string => `Too few to judge: all customers of ${arm} have the same value so far.`,
  burnIn: (arm: string, has: number, needs: number, of: Counted): string =>
    `Too few to judge: ${arm} has ${everywhere.whole(has)} of the ${needs} ${counted[of]} a judgement needs.`,
  wins: (arm: string): string => `${arm} wins.`,
  doesHarm: (measure: string): string => `The campaign does harm: customers left alone do better on ${measure}`,
  isBetter: (arm: string, rival: string | null, measure: string): string =>
    `${arm} is better than ${rival ?? 'every other arm'} on ${measure}`,
  winner: (verdict: string, { mine, theirs, rival, difference, low, high }: Numbers): string =>
    `${verdict}: ${mine} against ${theirs} for ${rival}, a difference of ${difference}, between ${low} and ${high} however often one looks.`,
  butSmall: 'The difference is real, but smaller than what was said to matter.',
  noDifference: (measure: string, most: string, allowed: string): string =>
    `No arm differs from another on ${measure} by more than ${most}, which is within the ${allowed} that were said not to matter: choose by cost or taste.`,
  nothingToCompare: 'there is nothing to compare',
  areLevel: (best: string, rival: string): string => `${best} and ${rival} are level`,
  ahead: (best: string, rival: string, by: string): string => `${best} is ahead of ${rival} by ${by}`,
  standing: (lead: string, measure: string, low: string, high: string): string =>
    `${lead} on ${measure}, but the true difference may lie anywhere between ${low} and ${high}`,
  allTheSame: 'Not clear yet: all customers look the same so far, so there is no spread to judge by.',
  notYet: (standing: string, more: number | null): string =>
    `Not clear yet: ${standing}. ${
      more === null
        ? 'No number of customers will settle it at these rates'
        : `About ${everywhere.whole(more)} more matured customers should settle it if the rates stay as they are`
    }.`,
  overTooLittle: 'No decision: the planned time is over and there is too little to compare.',
  over: (standing: string): string => `No decision: the planned time is over. ${standing}.`,
  stoppedArm: (arm: string, customers: number, of: number, kind: 'unsubscribes' | 'complaints', limit: number): string =>
    `“${arm}” was stopped: ${customers} of its ${of} customers (${((100 * customers) / of).toFixed(2)} %) are ${kind}, surely more than the ${100 * limit} % allowed.`,
}
