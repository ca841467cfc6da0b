import type { Experiment } from '../campaign/campaign.ts'
import { guardrail } from './guardrail.ts'

export const guardrailKinds = ['unsubscribes', 'complaints'] as const
export type GuardrailKind = (typeof guardrailKinds)[number]

/** What may not be passed where the author says nothing: the share of complaints at which mailbox providers begin to refuse. */
const usual = { unsubscribes: 0.02, complaints: 0.003 }

export interface GuardrailReading {
  arm: string
  kind: GuardrailKind
  customers: number
  of: number
  limit: number
  state: 'breached' | 'held' | 'unclear'
  interval: readonly [low: number, high: number]
}

/** Every arm on every guardrail, watched at all times by the exact sequence, the error shared among all of them. */
export function guardrailsOf(
  arms: readonly { key: string; enrolled: number }[],
  counts: readonly { arm: string; kind: GuardrailKind; n: number }[],
  experiment: Pick<Experiment, 'error' | 'guardrails'> | undefined,
): GuardrailReading[] {
  const limits = { ...usual, ...experiment?.guardrails }
  const alpha = (experiment?.error ?? 0.05) / Math.max(1, arms.length * guardrailKinds.length)
  return arms.flatMap(({ key, enrolled }) =>
    guardrailKinds.map(kind => {
      const customers = counts.find(row => row.arm === key && row.kind === kind)?.n ?? 0
      const limit = limits[kind]
      const reading = guardrail({ n: enrolled, successes: Math.min(customers, enrolled) }, { kind: 'limit', limit }, alpha)
      return { arm: key, kind, customers, of: enrolled, limit, ...reading }
    }),
  )
}
