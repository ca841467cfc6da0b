import { z } from 'zod'
import { raw, type Sql, sql } from '../../sql.ts'
import { field } from '../../texts/field.ts'
import { among, and } from '../logic.ts'
import type { PredicateKind } from '../predicate-kind.ts'
import { describeRange, type Range, rangeHolds, rangeSchema, rangeWhere } from '../range.ts'

const parts = ['recency', 'frequency', 'monetary'] as const

/** Scores from 1 to 5, 5 is best: `{"rfm": {"recency": {"gte": 4}}}`. All that is given must hold. */
export interface RfmRule {
  rfm: { recency?: Range | undefined; frequency?: Range | undefined; monetary?: Range | undefined }
}

const given = ({ rfm: asked }: RfmRule) =>
  parts.flatMap(part => (asked[part] === undefined ? [] : [[part, asked[part]] as const]))

export const rfm: PredicateKind<RfmRule> = {
  key: 'rfm',
  schema: z.strictObject({
    rfm: z
      .strictObject({
        recency: rangeSchema().optional(),
        frequency: rangeSchema().optional(),
        monetary: rangeSchema().optional(),
      })
      .refine(asked => parts.some(part => asked[part] !== undefined), { error: field(t => t.fields.atLeastOneOf(parts)) }),
  }),
  holds: (body, profile) =>
    given(body).every(([part, range]) => {
      const score = profile.scores?.[part] ?? null
      return score !== null && rangeHolds(range, score)
    }),
  where: body => among(those(body)),
  ids: body => those(body),
  describe: (body, texts) =>
    given(body)
      .map(([part, range]) => texts.rules.rfm(part, describeRange(range, texts)))
      .join(` ${texts.everywhere.and} `),
}

const those = (body: RfmRule): Sql =>
  sql`SELECT s.customer AS id FROM customer_score s WHERE ${and(given(body).map(([part, range]) => sql`(${rangeWhere(range, raw(`s.${part}`), 'float8')})`))}`
