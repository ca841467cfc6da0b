import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Profile, RuleContext } from '../../../domain/segment/predicate-kind.ts'
import { type Rule, ruleCrossers, ruleHolds, ruleNext } from '../../../domain/segment/rule.ts'
import { join, sql, toQuery } from '../../../domain/sql.ts'
import { type TestDatabase, testDatabase } from '../../support/stack.ts'
import { AT, population, store } from './population.ts'
import { rules } from './rules.ts'

const saved: Record<string, Rule> = {
  first: {
    any: [
      { attribute: 'signedUp', withinLast: '7d' },
      { event: 'Login', count: { gte: 2 }, within: '24h' },
    ],
  },
  second: { not: { all: [{ segment: 'first' }, { inactive: { for: '1h', neverCounts: true } }] } },
}

let db: TestDatabase
let profiles: Profile[]
let context: RuleContext
beforeAll(async () => {
  db = await testDatabase()
  const stored = await store(db.pool, population(250, 11))
  profiles = stored.profiles
  context = { at: AT, segment: key => saved[key], eventId: name => stored.eventIds.get(name) }
})
afterAll(() => db.close())

test('whoever time alone brings into a rule or takes out of it is found without asking everybody', async () => {
  let [moved, found] = [0, 0]
  await fc.assert(
    fc.asyncProperty(rules, fc.constantFrom(1, 90_000, 3_600_000, 86_400_000, 31 * 86_400_000), async (rule, later) => {
      const to = new Date(AT.getTime() + later)
      const changed = profiles.filter(
        profile => ruleHolds(rule, profile, context) !== ruleHolds(rule, profile, { ...context, at: to }),
      )
      const next = ruleNext(rule, context)
      const due = next ? [sql`SELECT c.id FROM customer c WHERE ${next} <= ${to}::timestamptz`] : []
      const queries = [...ruleCrossers(rule, { from: AT, to }, context), ...due, sql`SELECT NULL::int AS id WHERE false`]
      const { rows } = await db.pool.query<{ id: number }>(toQuery(join(queries, ' UNION ')))
      const candidates = new Set(rows.map(row => row.id))
      expect(changed.map(profile => profile.id).filter(id => !candidates.has(id))).toEqual([])
      moved += changed.length
      found += candidates.size
      // Who is told when to be asked again is told a time to come.
      if (next)
        expect((await db.pool.query(toQuery(sql`SELECT 1 FROM customer c WHERE ${next} <= ${AT}::timestamptz`))).rows).toEqual([])
    }),
    { numRuns: 600 },
  )
  expect(moved).toBeGreaterThan(500)
  // Few are asked for nothing.
  expect(found).toBeLessThan(250 * 600 * 0.5)
})
