import { z } from 'zod'
import { sql } from '../../sql.ts'
import { field } from '../../texts/field.ts'
import { among } from '../logic.ts'
import type { PredicateKind } from '../predicate-kind.ts'

const stages = ['new', 'active', 'atRisk', 'lapsed', 'wonBack'] as const
type Stage = (typeof stages)[number]

/** The stage as of the last refresh of scores: `{"lifecycle": "atRisk"}`, or one of several. */
export interface LifecycleRule {
  lifecycle: Stage | Stage[]
}

const list = ({ lifecycle: stage }: LifecycleRule): Stage[] => (Array.isArray(stage) ? stage : [stage])

export const lifecycle: PredicateKind<LifecycleRule> = {
  key: 'lifecycle',
  schema: z.strictObject({
    lifecycle: z.union([z.enum(stages), z.array(z.enum(stages)).min(1).max(stages.length)], {
      error: field(t => t.fields.oneOfOrList(stages)),
    }),
  }),
  holds: (body, profile) => list(body).some(stage => profile.scores?.lifecycle === stage),
  where: body => among(those(body)),
  ids: body => those(body),
  describe: (body, { rules }) => rules.lifecycle(list(body).map(stage => rules.stages[stage])),
}

const those = (body: LifecycleRule) =>
  sql`SELECT s.customer AS id FROM customer_score s WHERE s.lifecycle = ANY(${list(body)}::text[])`
