import type { Experiment } from '../domain/campaign/campaign.ts'
import { guardrailsOf } from '../domain/experiment/guardrails.ts'
import type { Outcomes } from '../prisma/queries/outcome-read.ts'
import type { Results } from './results-schema.ts'

/** What must not rise, arm by arm, against its limit. */
export const guardrailView = (outcomes: Outcomes, experiment: Experiment | undefined): Results['guardrails'] =>
  guardrailsOf(outcomes.evidence.arms, outcomes.guardrails, experiment).map(reading => ({
    ...reading,
    rate: reading.of === 0 ? null : reading.customers / reading.of,
    interval: [reading.interval[0], reading.interval[1]],
  }))
