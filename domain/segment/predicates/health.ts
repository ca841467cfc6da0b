import { z } from 'zod'
import { type Sql, sql } from '../../sql.ts'
import { among } from '../logic.ts'
import type { PredicateKind } from '../predicate-kind.ts'
import { describeRange, type Range, rangeHolds, rangeSchema, rangeWhere } from '../range.ts'

/** The health as of the last refresh of scores, 0–100: `{"health": {"lt": 30}}`. Nobody without one is meant. */
export interface HealthRule {
  health: Range
}

export const health: PredicateKind<HealthRule> = {
  key: 'health',
  schema: z.strictObject({ health: rangeSchema() }),
  holds: (body, profile) => {
    const score = profile.scores?.health ?? null
    return score !== null && rangeHolds(body.health, score)
  },
  where: body => among(those(body)),
  ids: body => those(body),
  describe: (body, texts) => texts.rules.health(describeRange(body.health, texts)),
}

const those = (body: HealthRule): Sql =>
  sql`SELECT s.customer AS id FROM customer_score s WHERE ${rangeWhere(body.health, sql`s.health`, 'float8')}`
