import { z } from 'zod'
import { sql } from '../../sql.ts'
import { among } from '../logic.ts'
import type { PredicateKind } from '../predicate-kind.ts'

const stages = ['new', 'active', 'atRisk', 'lapsed', 'wonBack'] as const
type Stage = (typeof stages)[number]

/** The stage as of the last refresh of scores: `{"lifecycle": "atRisk"}`, or one of several. */
export interface LifecycleRule {
  lifecycle: Stage | Stage[]
}

const list = ({ lifecycle: stage }: LifecycleRule): Stage[] => (Array.isArray(stage) ? stage : [stage])
const words: Record<Stage, string> = { new: 'new', active: 'active', atRisk: 'at risk', lapsed: 'lapsed', wonBack: 'won back' }

export const lifecycle: PredicateKind<LifecycleRule> = {
  key: 'lifecycle',
  schema: z.strictObject({
    lifecycle: z.union([z.enum(stages), z.array(z.enum(stages)).min(1).max(stages.length)], {
      error: `one of ${stages.join(', ')}, or a list of them`,
    }),
  }),
  holds: (body, profile) => list(body).some(stage => profile.scores?.lifecycle === stage),
  where: body => among(those(body)),
  ids: body => those(body),
  describe: body =>
    `is ${list(body)
      .map(stage => words[stage])
      .join(' or ')}`,
}

const those = (body: LifecycleRule) =>
  sql`SELECT s.customer AS id FROM customer_score s WHERE s.lifecycle = ANY(${list(body)}::text[])`
