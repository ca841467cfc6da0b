import fc from 'fast-check'
import type { Rule } from '../../../domain/segment/rule.ts'
import { eventNames, numbers, paths, scalars, texts, times, windows } from './population.ts'

const duration = fc.constantFrom(...windows)
const isoDate = fc.tuple(times, fc.boolean()).map(([at, day]) => (day ? at.toISOString().slice(0, 10) : at.toISOString()))
const list = fc.array(scalars, { minLength: 1, maxLength: 12 })

/** One to three of the given fields. */
const some = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc
    .subarray(Object.keys(fields), { minLength: 1, maxLength: 2 })
    .chain(names => fc.record(Object.fromEntries(names.map(name => [name, fields[name]!]))))

const operators = {
  is: scalars,
  isNot: scalars,
  in: list,
  notIn: list,
  gt: numbers,
  gte: numbers,
  lt: numbers,
  lte: numbers,
  contains: texts.filter(text => text !== ''),
  startsWith: texts.filter(text => text !== ''),
  exists: fc.boolean(),
  before: isoDate,
  after: isoDate,
}
const timed = { ...operators, withinLast: duration, withinNext: duration }
const own = fc.constantFrom('externalId', 'email', 'phone', 'firstName', 'lastName', 'timezone', 'locale', 'createdAt')
const ownTexts = fc.constantFrom('Ann@Example.com', 'example', 'ext-7', 'Europe/Berlin', 'de', '+12025550123')

const attribute = fc.oneof(
  fc.tuple(paths, some(timed)).map(([path, rest]) => ({ attribute: path, ...rest })),
  fc
    .tuple(
      own,
      some({ ...timed, is: ownTexts, contains: ownTexts, startsWith: ownTexts, in: fc.array(ownTexts, { minLength: 1 }) }),
    )
    .map(([path, rest]) => ({ attribute: path, ...rest })),
)

const account = fc.oneof(
  fc.tuple(paths, some(timed)).map(([path, rest]) => ({ account: path, ...rest })),
  some({ ...operators, is: texts }).map(rest => ({ account: 'key', ...rest })),
)

const filters = fc.array(
  fc
    .tuple(fc.constantFrom('category', 'price', 'items.0.sku', 'items'), some(operators))
    .map(([property, rest]) => ({ property, ...rest })),
  { maxLength: 2 },
)
const range = (bounds: fc.Arbitrary<number>) => some({ eq: bounds, gt: bounds, gte: bounds, lt: bounds, lte: bounds })
const sum = fc
  .tuple(fc.constantFrom('revenue', 'price', 'category'), range(fc.constantFrom(0, 0.3, 19.99, 39.98, 100, -5)))
  .map(([property, rest]) => ({ property, ...rest }))

const event = fc.record(
  { event: fc.constantFrom(...eventNames), count: range(fc.nat(3)), within: duration, where: filters, sum },
  { requiredKeys: ['event'] },
)
const inactive = fc
  .record({ event: fc.constantFrom(...eventNames), for: duration, neverCounts: fc.boolean() }, { requiredKeys: ['for'] })
  .map(body => ({ inactive: body }))
const names = fc.oneof(
  fc.constantFrom('trialing', 'active', 'pro', 'Pro'),
  fc.array(fc.constantFrom('trialing', 'cancelled', 'team', 'pro'), { minLength: 1 }),
)
const subscription = some({
  status: names,
  plan: names,
  mrr: range(fc.constantFrom(0, 0.1, 49, 99.5)),
  trialEndsWithin: duration,
  renewsWithin: duration,
}).map(body => ({
  subscription: body,
}))
const consent = fc
  .record(
    {
      channel: fc.constantFrom('email', 'sms', 'inApp'),
      topic: fc.constantFrom('tips', 'news'),
      status: fc.constantFrom('subscribed', 'unsubscribed'),
    },
    { requiredKeys: ['channel'] },
  )
  .map(body => ({ consent: body }))
const message = fc.record(
  {
    message: fc.record(
      {
        campaign: fc.constantFrom('cmp_1', 'cmp_2', 'cmp_99'),
        was: fc.constantFrom('sent', 'delivered', 'opened', 'seen', 'clicked', 'replied'),
      },
      { requiredKeys: ['was'] },
    ),
    within: duration,
  },
  { requiredKeys: ['message'] },
)

const stage = fc.constantFrom('new', 'active', 'atRisk', 'lapsed', 'wonBack')
const lifecycle = fc.oneof(stage, fc.uniqueArray(stage, { minLength: 1, maxLength: 5 })).map(asked => ({ lifecycle: asked }))
const fifth = range(fc.constantFrom(0, 1, 2, 3, 4, 5, 2.5))
const scores = fc.oneof(
  lifecycle,
  some({ recency: fifth, frequency: fifth, monetary: fifth }).map(asked => ({ rfm: asked })),
  range(fc.constantFrom(0, 29.999, 30, 70, 100)).map(asked => ({ health: asked })),
  range(fc.constantFrom(0, 0.3, 0.7, 1)).map(asked => ({ churnRisk: asked })),
  fc.boolean().map(asked => ({ superHealthy: asked })),
)

/** Several questions about one event, joined in any way: what the counts that are kept of it answer together. */
export const ofOneEvent: fc.Arbitrary<Rule> = fc.constantFrom(...eventNames).chain(name => {
  const asked = fc
    .oneof(
      event.map(({ where, ...body }) => ({ ...body, event: name })),
      inactive.map(({ inactive: body }) => ({ inactive: { ...body, event: name } })),
    )
    .chain(predicate => fc.constantFrom({ not: predicate }, predicate)) as fc.Arbitrary<Rule>
  const parts = fc.array(asked, { minLength: 2, maxLength: 4 })
  return fc.oneof(
    parts.map(all => ({ all })),
    parts.map(any => ({ any })),
    parts.map(any => ({ not: { any } })),
  )
})

export const segmentKeys = ['first', 'second'] as const

/** Any rule that the contract allows, up to four deep. */
export const rules = fc.letrec<{ rule: Rule; predicate: Rule }>(tie => ({
  predicate: fc.oneof(
    { weight: 3, arbitrary: attribute },
    { weight: 2, arbitrary: account },
    { weight: 4, arbitrary: event },
    { weight: 2, arbitrary: inactive },
    subscription,
    consent,
    message,
    { weight: 2, arbitrary: scores },
    fc.constantFrom(...segmentKeys).map(segment => ({ segment })),
  ) as fc.Arbitrary<Rule>,
  rule: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 3, arbitrary: tie('predicate') },
    { weight: 1, arbitrary: fc.array(tie('rule'), { maxLength: 3 }).map(all => ({ all })) },
    { weight: 1, arbitrary: fc.array(tie('rule'), { maxLength: 3 }).map(any => ({ any })) },
    { weight: 1, arbitrary: tie('rule').map(not => ({ not })) },
  ),
})).rule
