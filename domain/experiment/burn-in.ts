import type { ArmOutcome } from './arm.ts'

/** The first look that may decide: the sequence is asymptotic, and without these it named false winners in up to a third of runs. */
const burnInCustomers = 100
const burnInEvents = 10

/** What an arm still lacks; `neededMore` estimates how many more customers over all arms will bring it. */
type Lack =
  | { of: 'customers' | 'successes' | 'failures'; arm: string; has: number; needs: number; neededMore: number }
  | { of: 'spread'; arm: string; neededMore: null }

export type BurnIn = { state: 'done' } | ({ state: 'open' } & Lack)

/**
 * Whether every arm has 100 matured customers and, for proportions, 10 successes and 10 failures (for means: any spread at
 * all); else what takes longest.
 */
export function burnIn(arms: readonly ArmOutcome[]): BurnIn {
  const total = arms.reduce((sum, { n }) => sum + n, 0)
  const lacks = arms.flatMap(arm => lacksOf(arm, (arm.n + 1) / (total + arms.length)))
  const [longest] = lacks.sort((a, b) => (b.neededMore ?? 0) - (a.neededMore ?? 0))
  return longest ? { state: 'open', ...longest } : { state: 'done' }
}

/** `share`: the arm's share of customers, guessed with one customer of doubt, so that an empty arm has an answer too. */
function lacksOf(arm: ArmOutcome, share: number): Lack[] {
  const lack = (of: 'customers' | 'successes' | 'failures', has: number, needs: number, rate: number): Lack[] =>
    has >= needs ? [] : [{ of, arm: arm.key, has, needs, neededMore: Math.ceil((needs - has) / (rate * share)) }]
  const customers = lack('customers', arm.n, burnInCustomers, 1)
  if (arm.kind === 'mean') return arm.variance > 0 ? customers : [...customers, { of: 'spread', arm: arm.key, neededMore: null }]
  const events = (of: 'successes' | 'failures', has: number) => lack(of, has, burnInEvents, (has + 1) / (arm.n + 2))
  return [...customers, ...events('successes', arm.successes), ...events('failures', arm.n - arm.successes)]
}
