import { z } from 'zod'
import { raw } from '../../sql.ts'
import { among, not } from '../logic.ts'
import type { PredicateKind } from '../predicate-kind.ts'

/** Rising engagement, a promoter, satisfied: `{"superHealthy": true}`. `false` is everybody else. */
export interface SuperHealthyRule {
  superHealthy: boolean
}

export const superHealthy: PredicateKind<SuperHealthyRule> = {
  key: 'superHealthy',
  schema: z.strictObject({ superHealthy: z.boolean() }),
  holds: (body, profile) => (profile.scores?.superHealthy === true) === body.superHealthy,
  where: body => (body.superHealthy ? among(those) : not(among(those))),
  ids: body => (body.superHealthy ? those : undefined),
  describe: (body, texts) => texts.rules.superHealthy(body.superHealthy),
}

const those = raw('SELECT s.customer AS id FROM customer_score s WHERE s.super_healthy')
