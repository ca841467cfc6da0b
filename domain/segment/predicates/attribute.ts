import { z } from 'zod'
import { fault } from '../../errors.ts'
import { raw, sql } from '../../sql.ts'
import {
  compares,
  comparesMessage,
  comparisonHolds,
  comparisonNext,
  comparisonWhere,
  describeComparison,
  operatorsOf,
  type TimedComparison,
  timedFields,
} from '../comparison.ts'
import { pathSchema } from '../filter.ts'
import type { PredicateKind, Profile } from '../predicate-kind.ts'
import { jsonValue, momentColumn, type SqlValue, textColumn, valueAt } from '../value.ts'

/** What the profile itself holds, or an attribute by its dotted path: `{"attribute": "plan", "is": "pro"}`. */
export interface AttributeRule extends TimedComparison {
  attribute: string
}

type OwnField = 'externalId' | 'email' | 'phone' | 'firstName' | 'lastName' | 'timezone' | 'locale' | 'createdAt'

const ownFields: Record<OwnField, SqlValue> = {
  externalId: textColumn(raw('c.external_id')),
  email: textColumn(raw('c.email')),
  phone: textColumn(raw('c.phone')),
  firstName: textColumn(raw('c.first_name')),
  lastName: textColumn(raw('c.last_name')),
  timezone: textColumn(raw('c.timezone')),
  locale: textColumn(raw('c.locale')),
  createdAt: momentColumn(raw('c.created_at')),
}

const isOwn = (name: string): name is OwnField => Object.hasOwn(ownFields, name)

const forNumbers = ['gt', 'gte', 'lt', 'lte'] as const
const forMoments = ['exists', 'before', 'after', 'withinLast', 'withinNext'] as const

export const attribute: PredicateKind<AttributeRule> = {
  key: 'attribute',
  readsProfile: true,
  schema: z.strictObject({ attribute: pathSchema, ...timedFields }).refine(compares, comparesMessage(timedFields)),
  holds: (body, profile, context) => comparisonHolds(body, read(profile, body.attribute), context.at),
  where: (body, context) => comparisonWhere(body, sqlValue(body.attribute), context.at),
  next: (body, context) => comparisonNext(body, sqlValue(body.attribute), context.at),
  describe: (body, texts) => `${body.attribute} ${describeComparison(body, texts)}`,
  // A comparison that no value of the field can pass is a slip of the pen, not a wish for nobody.
  check: body => {
    if (!isOwn(body.attribute)) return []
    const isDate = body.attribute === 'createdAt'
    const senseless = operatorsOf(body).filter(name =>
      isDate ? !forMoments.some(m => m === name) : forNumbers.some(n => n === name),
    )
    return senseless.map(name =>
      fault(
        `/${name}`,
        'wrongOperator',
        t => t.ruleFaults.wrongOperator(body.attribute, isDate, name),
        t => (isDate ? t.ruleFaults.oneOfThese(forMoments) : t.ruleFaults.operatorsOfText),
      ),
    )
  },
}

const read = (profile: Profile, path: string): unknown => (isOwn(path) ? profile[path] : valueAt(profile.attributes, path))
const sqlValue = (path: string): SqlValue => (isOwn(path) ? ownFields[path] : jsonValue(sql`c.attributes`, path))
