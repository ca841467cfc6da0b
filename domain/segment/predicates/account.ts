import { z } from 'zod'
import { raw, sql } from '../../sql.ts'
import {
  compares,
  comparesMessage,
  comparisonHolds,
  comparisonNext,
  comparisonWhere,
  describeComparison,
  type TimedComparison,
  timedFields,
} from '../comparison.ts'
import { pathSchema } from '../filter.ts'
import type { PredicateKind } from '../predicate-kind.ts'
import { jsonValue, type SqlValue, textColumn, valueAt } from '../value.ts'

/**
 * A trait of the account that a customer belongs to, by its dotted path: `{"account": "seats", "gte": 10}`. `key` is the account's
 * own id. Who belongs to none is as one whose account says nothing.
 */
export interface AccountRule extends TimedComparison {
  account: string
}

export const account: PredicateKind<AccountRule> = {
  key: 'account',
  readsProfile: true,
  schema: z.strictObject({ account: pathSchema, ...timedFields }).refine(compares, comparesMessage(timedFields)),
  holds: (body, profile, context) => {
    const { account } = profile
    const value = account ? (body.account === 'key' ? account.key : valueAt(account.traits, body.account)) : undefined
    return comparisonHolds(body, value, context.at)
  },
  where: (body, context) => {
    const value = sqlValue(body.account)
    // Accounts are few beside customers: each is compared once.
    const fitting = sql`c.account IN (SELECT a.id FROM account a WHERE ${comparisonWhere(body, value, context.at)})`
    return comparisonHolds(body, undefined, context.at)
      ? sql`(c.account IS NULL OR ${fitting})`
      : sql`(c.account IS NOT NULL AND ${fitting})`
  },
  next: (body, context) =>
    comparisonNext(body, sqlValue(body.account), context.at).map(
      moment => sql`(SELECT ${moment} FROM account a WHERE a.id = c.account)`,
    ),
  describe: (body, texts) => texts.rules.account(body.account, describeComparison(body, texts)),
}

const sqlValue = (path: string): SqlValue => (path === 'key' ? textColumn(raw('a.key')) : jsonValue(raw('a.traits'), path))
