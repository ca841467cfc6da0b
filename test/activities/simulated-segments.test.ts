import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { simulate } from '../../activities/simulate.ts'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import type { Profile, RuleContext } from '../../domain/segment/predicate-kind.ts'
import { predicates } from '../../domain/segment/predicates/index.ts'
import { type Rule, ruleHolds } from '../../domain/segment/rule.ts'
import { sql } from '../../domain/sql.ts'
import { AT, eventNames, population, store } from '../domain/segment/population.ts'
import { type Journeys, openJourneys, publicUrl, secretKey } from '../support/journey.ts'

const hour = 3_600_000
const stretchMs = 6 * hour
/** Sweeps fall on whole stretches, those of them that the period holds, and on its end. */
const from = new Date(AT.getTime() - 9 * 24 * hour)
const to = new Date(AT.getTime() + 7 * 24 * hour + hour)
const sweeps: Date[] = []
for (let at = Math.floor(from.getTime() / stretchMs + 1) * stretchMs; at < to.getTime(); at += stretchMs)
  sweeps.push(new Date(at))
sweeps.push(to)

let journeys: Journeys
let profiles: Profile[]
let ids: Map<string, number>
beforeAll(async () => {
  journeys = await openJourneys()
  // Some have a second login just before the period ends, while the first is forgotten only just after it.
  const login = (at: number) => ({ name: 'Login', at: new Date(at), value: null, properties: {} })
  const late = [login(AT.getTime() + 2 * hour), login(AT.getTime() + 7 * 24 * hour)]
  const people = population(150, 5).map((one, i) => (i % 10 > 0 ? one : { ...one, events: [...one.events, ...late] }))
  const stored = await store(journeys.db.pool, people)
  profiles = stored.profiles
  ids = stored.eventIds
  // What was sent is of another test; most have been known for long.
  await journeys.db.run(sql`TRUNCATE message, run`)
  await journeys.db.run(sql`UPDATE customer SET created_at = ${new Date(from.getTime() - hour)} WHERE id % 4 > 0`)
  for (const profile of profiles) if (profile.id % 4 > 0) profile.createdAt = new Date(from.getTime() - hour)
})
afterAll(() => journeys.close())

const duration = fc.constantFrom('90s', '1h', '24h', '3d', '7d')
const bounds = fc.constantFrom({ gte: 1 }, { gte: 2 }, { eq: 1 }, { lt: 2 }, { eq: 0 }, { gte: 1, lte: 2 })
const name = fc.constantFrom(...eventNames)
const within = fc.oneof(
  fc.record({ event: name, within: duration, count: bounds }, { requiredKeys: ['event', 'within'] }),
  fc.record({
    event: name,
    within: duration,
    sum: fc.constantFrom({ property: 'revenue', gte: 20 }, { property: 'price', lt: 3 }),
  }),
  fc.record({ event: name, within: duration, count: bounds, where: fc.constant([{ property: 'category', exists: true }]) }),
)
const ever = fc.record(
  { event: name, count: bounds, where: fc.constant([{ property: 'category', exists: true }]) },
  { requiredKeys: ['event'] },
)
const silent = fc
  .record({ event: name, for: duration, neverCounts: fc.boolean() }, { requiredKeys: ['for'] })
  .map(inactive => ({ inactive }))
const leaf = fc.oneof({ weight: 3, arbitrary: within }, ever, { weight: 2, arbitrary: silent }) as fc.Arbitrary<Rule>
const rules = fc.oneof(
  leaf,
  leaf.map(not => ({ not })),
  fc.tuple(leaf, leaf).map(all => ({ all })),
  fc.tuple(leaf, leaf).map(([one, other]) => ({ any: [one, { not: other }] })),
) as fc.Arbitrary<Rule>

/** Who is known by then, with what they had done by then. */
const known = (at: Date): Profile[] =>
  profiles
    .filter(({ createdAt, events }) => Math.min(Number(createdAt), ...events.map(e => Number(e.at))) <= Number(at))
    .map(profile => ({ ...profile, events: profile.events.filter(e => e.at <= at) }))

/** How many enter on each day, everybody being asked at each sweep. */
function askingEverybody(rule: Rule): Record<string, number> {
  const context = (at: Date): RuleContext => ({ at, segment: () => undefined, eventId: one => ids.get(one) })
  const members = (at: Date) =>
    new Set(
      known(at)
        .filter(profile => ruleHolds(rule, profile, context(at)))
        .map(({ id }) => id),
    )
  let before = members(from)
  const entered: Record<string, number> = {}
  for (const at of sweeps) {
    const now = members(at)
    const came = [...now].filter(id => !before.has(id)).length
    const day = at.toISOString().slice(0, 10)
    if (came > 0) entered[day] = (entered[day] ?? 0) + came
    before = now
  }
  return entered
}

async function simulated(rule: Rule): Promise<Record<string, number>> {
  await journeys.db.run(sql`INSERT INTO segment (key, name, rule, created_at, updated_at) VALUES ('those', 'Those', ${JSON.stringify(rule)}::jsonb, ${from}, ${from})
    ON CONFLICT (key) DO UPDATE SET rule = excluded.rule`)
  const { entries } = await simulate(journeys.db, {
    campaign: 1,
    version: 1,
    document: campaignSchema.parse({
      name: 'Those',
      trigger: { kind: 'segmentEntry', segment: 'those' },
      reentry: 'always',
      goals: [{ key: 'g', kind: 'winBack', journey: [{ kind: 'exit' }] }],
    }),
    settings: journeys.settings,
    links: { secretKey, publicUrl },
    from,
    to,
    past: true,
    atMost: 100_000,
    stretchMs,
    patienceMs: 600_000,
  })
  return Object.fromEntries(entries.map(({ day, entered }) => [day, entered]))
}

test('who enters a segment in a simulated past is who would be found by asking everybody at each sweep', {
  timeout: 600_000,
}, async () => {
  let entered = 0
  await fc.assert(
    fc.asyncProperty(rules, async rule => {
      const expected = askingEverybody(rule)
      expect(await simulated(rule)).toEqual(expected)
      entered += Object.values(expected).reduce((sum, n) => sum + n, 0)
    }),
    {
      numRuns: 25,
      seed: 7,
      endOnFailure: true,
      examples: [
        [{ event: 'Login', count: { gte: 2 }, within: '7d' }],
        [{ inactive: { event: 'Login', for: '90s' } }],
        [{ event: 'Login', where: [{ property: 'category', exists: true }] }],
        [{ event: 'Order Completed', sum: { property: 'price', gte: 1 } }],
      ],
    },
  )
  expect(entered).toBeGreaterThan(500)
})

test('every kind of question that time answers from events says which they are', () => {
  const kinds = predicates.filter(kind => 'crossed' in kind)
  expect(kinds.map(({ key }) => key)).toEqual(['event', 'inactive'])
  for (const kind of kinds) expect(kind).toHaveProperty('recent')
})
