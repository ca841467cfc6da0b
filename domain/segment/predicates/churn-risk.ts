import { z } from 'zod'
import { type Sql, sql } from '../../sql.ts'
import { among } from '../logic.ts'
import type { PredicateKind } from '../predicate-kind.ts'
import { describeRange, type Range, rangeHolds, rangeSchema, rangeWhere } from '../range.ts'

/** The probability of being gone, 0–1: `{"churnRisk": {"gte": 0.7}}`. Nobody for whom the model cannot tell is meant. */
export interface ChurnRiskRule {
  churnRisk: Range
}

export const churnRisk: PredicateKind<ChurnRiskRule> = {
  key: 'churnRisk',
  schema: z.strictObject({ churnRisk: rangeSchema() }),
  holds: (body, profile) => {
    const risk = profile.scores?.churnRisk ?? null
    return risk !== null && rangeHolds(body.churnRisk, risk)
  },
  where: body => among(those(body)),
  ids: body => those(body),
  describe: (body, texts) => texts.rules.churnRisk(describeRange(body.churnRisk, texts)),
}

const those = (body: ChurnRiskRule): Sql =>
  sql`SELECT s.customer AS id FROM customer_score s WHERE s.churn_risk IS NOT NULL AND ${rangeWhere(body.churnRisk, sql`s.churn_risk`, 'float8')}`
