import fc from 'fast-check'
import type pg from 'pg'
import type { Profile } from '../../../domain/segment/predicate-kind.ts'

/** The moment every rule is asked at: the instant Berlin changes its clocks. */
export const AT = new Date('2026-03-29T01:00:00.000Z')
export const eventNames = ['Login', 'Order Completed', 'Ünïcode ✓', "Robert'); DROP TABLE event;--"] as const
export const windows = ['0d', '90s', '1h', '24h', '7d', '30d'] as const
const spans = [0, 90_000, 3_600_000, 86_400_000, 604_800_000, 2_592_000_000]

/** Times around the lines that rules draw: on them, a millisecond beside them, and some in the future. */
export const times: fc.Arbitrary<Date> = fc
  .tuple(fc.constantFrom(...spans), fc.constantFrom(-1, 0, 1), fc.constantFrom(-1, -1, -1, 1), fc.constantFrom(0, 0, 7_200_000))
  .map(([span, nudge, sign, extra]) => new Date(AT.getTime() + sign * (span + extra) + nudge))

/** The same moment as people write it: other offsets, coarser or finer, or hardly a date at all. */
const written = fc
  .tuple(times, fc.constantFrom('Z', '+02:00', '-0530', 'none', 'day', 'nano', 'broken', 'feb30'))
  .map(([at, form]) => {
    const shifted = (minutes: number) => new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, -1)
    const forms: Record<string, string> = {
      Z: at.toISOString(),
      '+02:00': shifted(120) + '+02:00',
      '-0530': shifted(-330) + '-0530',
      none: at.toISOString().slice(0, -1).replace('T', ' '),
      day: at.toISOString().slice(0, 10),
      nano: at.toISOString().slice(0, -1) + '999999Z',
      broken: at.toISOString().slice(0, 13) + ':99',
      feb30: '2026-02-30T00:00:00Z',
    }
    return forms[form] ?? ''
  })

export const texts = fc.constantFrom(
  'pro',
  'Pro',
  'PRO',
  'free',
  'straße',
  'STRASSE',
  'ΟΔΟΣ',
  'οδος',
  'İ',
  '%',
  '_',
  '\\',
  "'",
  '"',
  '',
  ' ',
  '5',
  'true',
  'null',
  '👩‍👩‍👧',
  'é',
  'e\u0301',
  'prö%_\\',
)
export const numbers = fc.constantFrom(0, -0, 1, 5, 5.5, 0.1, 0.2, 0.3, -1, 1e21, 5e-324, 2 ** 53, -1e308, 1e308, 19.99)
export const scalars = fc.oneof(texts, numbers, fc.boolean())
const values: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: scalars },
  { weight: 3, arbitrary: written },
  fc.constant(null),
  fc.array(fc.oneof(texts, numbers, fc.constant(null)), { maxLength: 3 }),
  fc.record({ city: texts, 'a.b': numbers, '0': texts, deep: fc.record({ deeper: scalars }) }, { requiredKeys: [] }),
)
const keys = ['plan', 'age', 'tags', 'address', 'signedUp', '__proto__', 'constructor', 'ключ', '0', '$."x"'] as const
const attributes = fc
  .array(fc.tuple(fc.constantFrom(...keys), values), { maxLength: 7 })
  // Through JSON, as a request brings them: `__proto__` becomes an own key.
  .map(
    pairs =>
      JSON.parse(`{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`) as Record<
        string,
        unknown
      >,
  )

export const paths = fc.oneof(
  fc.constantFrom(...keys),
  fc.constantFrom(
    'address.city',
    'address.deep.deeper',
    'address.0',
    'tags.0',
    'tags.-1',
    'tags.+1',
    'tags. 1',
    'tags.01',
    'tags.99999999999',
    'tags.x',
    'plan.length',
    '__proto__.toString',
    'missing',
    'plan.plan',
  ),
)

const money = fc.oneof(fc.constant(null), fc.constantFrom(0.1, 0.2, 19.99, 100, -5, 0))
const events = fc.array(
  fc.record({
    name: fc.constantFrom(...eventNames.slice(0, 3)),
    at: times,
    value: money,
    properties: fc.record(
      {
        category: values,
        price: fc.oneof(
          numbers.filter(n => Math.abs(n) < 1e15),
          texts,
        ),
        items: fc.array(fc.record({ sku: texts }), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
  }),
  { maxLength: 6 },
)

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })

export interface Sent {
  campaign: number
  accepted: Date | null
  delivered: Date | null
  opened: Date | null
  clicked: Date | null
  replied: Date | null
}
export type Person = Omit<Profile, 'id' | 'externalId' | 'messages'> & { sent: Sent[] }

const people: fc.Arbitrary<Person> = fc.record({
  email: maybe(fc.constantFrom('Ann@Example.com', 'ann@example.com', 'bob+x@ünicode.example', "o'hara@example.com")),
  phone: maybe(fc.constantFrom('+4915112345678', '+12025550123')),
  firstName: maybe(texts),
  lastName: maybe(texts),
  timezone: maybe(fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Nowhere/Land')),
  locale: maybe(fc.constantFrom('de', 'en-GB')),
  createdAt: times,
  attributes,
  account: maybe(fc.record({ key: texts, traits: attributes })),
  events,
  subscription: maybe(
    fc.record({
      status: fc.constantFrom('trialing', 'active', 'cancelled'),
      plan: maybe(fc.constantFrom('pro', 'Pro', 'team')),
      mrr: maybe(fc.constantFrom(0, 0.1, 49, 99.5)),
      trialEndsAt: maybe(times),
      renewsAt: maybe(times),
    }),
  ),
  consents: fc.uniqueArray(
    fc.record({
      channel: fc.constantFrom('email', 'sms', 'inApp'),
      topic: fc.constantFrom('', 'tips', 'news'),
      status: fc.constantFrom('subscribed', 'unsubscribed'),
    }),
    { maxLength: 4, selector: c => `${c.channel}/${c.topic}` },
  ),
  scores: maybe(
    fc.record({
      lifecycle: maybe(fc.constantFrom('new', 'active', 'atRisk', 'lapsed', 'wonBack')),
      recency: maybe(fc.integer({ min: 1, max: 5 })),
      frequency: maybe(fc.integer({ min: 1, max: 5 })),
      monetary: maybe(fc.integer({ min: 1, max: 5 })),
      health: maybe(fc.constantFrom(0, 29.999, 30, 69.5, 100)),
      churnRisk: maybe(fc.constantFrom(0, 0.3, 0.7, 0.9, 1)),
      superHealthy: fc.boolean(),
    }),
  ),
  sent: fc.array(
    fc.record({
      campaign: fc.constantFrom(1, 2),
      accepted: maybe(times),
      delivered: maybe(times),
      opened: maybe(times),
      clicked: maybe(times),
      replied: maybe(times),
    }),
    { maxLength: 2 },
  ),
})

export const population = (size: number, seed: number): Person[] => fc.sample(people, { numRuns: size, seed })

/** Stores the people as ingest and the channels would, and answers what a rule may ask of each. */
export async function store(
  pool: pg.Pool,
  persons: readonly Person[],
): Promise<{ profiles: Profile[]; eventIds: Map<string, number> }> {
  const insert = (table: string, columns: string, rows: readonly object[]) =>
    rows.length === 0
      ? undefined
      : pool.query(
          `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`,
          [JSON.stringify(rows)],
        )
  const now = AT.toISOString()
  const profiles = persons.map(
    (person, i): Profile => ({ ...person, id: i + 1, externalId: `ext-${i + 1}`, messages: person.sent.flatMap(engagements) }),
  )
  const eventIds = new Map(eventNames.slice(0, 3).map((name, i) => [name as string, i + 1]))
  await insert(
    'event_name',
    'id, name',
    [...eventIds].map(([name, id]) => ({ id, name })),
  )
  // Keys are unique: one that is taken gets a number.
  const taken = new Set<string>()
  for (const profile of profiles) {
    if (!profile.account) continue
    if (taken.has(profile.account.key)) profile.account = { ...profile.account, key: `${profile.account.key} ${profile.id}` }
    taken.add(profile.account.key)
  }
  await insert(
    'account',
    'id, key, traits, created_at, updated_at',
    profiles.flatMap(p => (p.account ? [{ ...p.account, id: p.id + 500, created_at: now, updated_at: now }] : [])),
  )
  await insert(
    'customer',
    'id, external_id, email, phone, first_name, last_name, timezone, locale, created_at, updated_at, attributes, anonymous, version, account',
    profiles.map(p => ({
      id: p.id,
      external_id: p.externalId,
      email: p.email,
      phone: p.phone,
      first_name: p.firstName,
      last_name: p.lastName,
      timezone: p.timezone,
      locale: p.locale,
      created_at: p.createdAt,
      updated_at: now,
      attributes: p.attributes,
      anonymous: false,
      version: 1,
      account: p.account ? p.id + 500 : null,
    })),
  )
  await insert(
    'event',
    'id, customer, name, at, received_at, value, properties',
    profiles
      .flatMap(p => p.events.map(e => ({ ...e, customer: p.id, name: eventIds.get(e.name), received_at: now })))
      .map((e, i) => ({ ...e, id: i + 1 })),
  )
  await pool.query(
    'INSERT INTO event_stat (customer, name, count, first_at, last_at, sum) SELECT customer, name, count(*), min(at), max(at), coalesce(sum(value), 0) FROM event GROUP BY 1, 2',
  )
  await pool.query('INSERT INTO last_seen (customer, at, first_at) SELECT customer, max(at), min(at) FROM event GROUP BY 1')
  await insert(
    'subscription',
    'customer, status, plan, mrr, trial_ends_at, renews_at, changed_at',
    profiles.flatMap(p =>
      p.subscription
        ? [
            {
              customer: p.id,
              status: p.subscription.status,
              plan: p.subscription.plan,
              mrr: p.subscription.mrr,
              trial_ends_at: p.subscription.trialEndsAt,
              renews_at: p.subscription.renewsAt,
              changed_at: now,
            },
          ]
        : [],
    ),
  )
  await insert(
    'consent',
    'customer, channel, topic, status, source, at, change',
    profiles.flatMap(p => p.consents.map(c => ({ ...c, customer: p.id, source: 'api', at: now, change: 1 }))),
  )
  await insert(
    'customer_score',
    'customer, at, recency, frequency, monetary, lifecycle, health, churn_risk, super_healthy',
    profiles.flatMap(({ id, scores }) =>
      scores ? [{ ...scores, customer: id, at: now, churn_risk: scores.churnRisk, super_healthy: scores.superHealthy }] : [],
    ),
  )
  // Runs are numbered otherwise than campaigns, so that mixing the two up shows.
  await insert(
    'run',
    'id, campaign, version, number, status, finite, salt, planned_size, started_at',
    [1, 2].map(campaign => ({
      id: 10 - campaign,
      campaign,
      version: 1,
      number: 1,
      status: 'running',
      finite: true,
      salt: '',
      planned_size: 0,
      started_at: now,
    })),
  )
  await insert(
    'message',
    'run, enrollment, customer, version, step, channel, class, status, created_at, accepted_at, delivered_at, opened_at, clicked_at, replied_at, attempts, id',
    persons
      .flatMap((person, i) => person.sent.map(s => ({ ...s, customer: i + 1 })))
      .map((s, i) => ({
        run: 10 - s.campaign,
        enrollment: i + 1,
        customer: s.customer,
        version: 1,
        step: 0,
        channel: 'email',
        class: 'marketing',
        status: 'accepted',
        created_at: now,
        accepted_at: s.accepted,
        delivered_at: s.delivered,
        opened_at: s.opened,
        clicked_at: s.clicked,
        replied_at: s.replied,
        attempts: 1,
        id: `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`,
      })),
  )
  await pool.query('ANALYZE')
  return { profiles, eventIds }
}

/** A click proves that the message was opened and delivered. */
function engagements(sent: Sent): Profile['messages'][number][] {
  const earliest = (...dates: (Date | null)[]) => dates.filter(date => date !== null).sort((a, b) => Number(a) - Number(b))[0]
  const { accepted, delivered, opened, clicked, replied, campaign } = sent
  const states = {
    sent: earliest(accepted),
    delivered: earliest(delivered, opened, clicked),
    opened: earliest(opened, clicked),
    seen: earliest(opened, clicked),
    clicked: earliest(clicked),
    replied: earliest(replied),
  }
  return Object.entries(states).flatMap(([was, at]) => (at ? [{ campaign, was: [was], at }] : []))
}
