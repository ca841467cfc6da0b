import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ruleCount, ruleMembers } from '../../../domain/segment/members.ts'
import type { Profile, RuleContext } from '../../../domain/segment/predicate-kind.ts'
import { describeRule, type Rule, ruleHolds, ruleSchema, ruleWhere } from '../../../domain/segment/rule.ts'
import { sql, toQuery } from '../../../domain/sql.ts'
import { type TestDatabase, testDatabase } from '../../support/stack.ts'
import { AT, population, store } from './population.ts'
import { ofOneEvent, rules } from './rules.ts'

const saved: Record<string, Rule> = {
  first: {
    any: [
      { attribute: 'plan', is: 'pro' },
      { event: 'Order Completed', count: { gte: 2 } },
    ],
  },
  second: { not: { all: [{ segment: 'first' }, { inactive: { for: '1h', neverCounts: true } }] } },
}

describe('a rule in memory and in SQL', () => {
  let db: TestDatabase
  // Asked of a server with a zone and a way of writing dates of its own: neither may matter.
  let asking: pg.Pool
  let profiles: Profile[]
  let context: RuleContext

  beforeAll(async () => {
    db = await testDatabase()
    const stored = await store(db.pool, population(250, 7))
    profiles = stored.profiles
    asking = new pg.Pool({ connectionString: db.url, max: 4, options: '-c timezone=America/New_York -c datestyle=German,DMY' })
    context = { at: AT, segment: key => saved[key], eventId: name => stored.eventIds.get(name) }
  })
  afterAll(async () => {
    await asking.end()
    await db.close()
  })

  const inSql = async (rule: Rule, asked: RuleContext): Promise<number[]> => {
    const { rows } = await asking.query<{ id: number }>(
      toQuery(sql`SELECT c.id FROM customer c WHERE ${ruleWhere(rule, asked)} ORDER BY c.id`),
    )
    return rows.map(row => row.id)
  }
  const members = async (rule: Rule, asked: RuleContext): Promise<number[]> => {
    const { rows } = await asking.query<{ id: number }>(
      toQuery(sql`SELECT id FROM (${ruleMembers(rule, asked)}) AS member ORDER BY id`),
    )
    return rows.map(row => row.id)
  }
  const counted = async (rule: Rule, asked: RuleContext): Promise<number> => {
    const { rows } = await db.pool.query<{ n: number }>(toQuery(sql`SELECT ${ruleCount(rule, asked)}::int AS n`))
    return rows[0]?.n ?? Number.NaN
  }
  const inMemory = (rule: Rule, asked: RuleContext): number[] =>
    profiles.filter(profile => ruleHolds(rule, profile, asked)).map(profile => profile.id)

  it('means the same people, for any rule', async () => {
    let telling = 0
    await fc.assert(
      fc.asyncProperty(rules, fc.boolean(), fc.constantFrom(false, false, false, true), async (rule, few, rewind) => {
        expect(ruleSchema.safeParse(rule).error?.issues ?? []).toEqual([])
        const asked = { ...context, few, rewind }
        const expected = inMemory(rule, asked)
        const found = await inSql(rule, asked)
        // Only who is told apart: the lists themselves would fill the screen.
        expect({
          onlySql: found.filter(id => !expected.includes(id)),
          onlyMemory: expected.filter(id => !found.includes(id)),
        }).toEqual({ onlySql: [], onlyMemory: [] })
        expect(await members(rule, asked)).toEqual(found)
        expect(await counted(rule, asked)).toBe(found.length)
        expect(describeRule(rule)).not.toBe('')
        if (expected.length > 0 && expected.length < profiles.length) telling++
      }),
      { numRuns: 1_200 },
    )
    // Rules that mean nobody or everybody tell little.
    expect(telling).toBeGreaterThan(400)
  })

  it('means the same people where several of its parts are about one event', async () => {
    await fc.assert(
      fc.asyncProperty(ofOneEvent, fc.boolean(), fc.boolean(), async (rule, few, rewind) => {
        const asked = { ...context, few, rewind }
        const expected = inMemory(rule, asked)
        expect(await inSql(rule, asked)).toEqual(expected)
        expect(await members(rule, asked)).toEqual(expected)
        expect(await counted(rule, asked)).toBe(expected.length)
      }),
      { numRuns: 400 },
    )
  })

  it('lists each customer once, however many of their events match', async () => {
    const rule: Rule = { event: 'Order Completed', within: '30d', where: [{ property: 'category', exists: true }] }
    const twice = profiles.filter(profile => profile.events.filter(event => event.name === 'Order Completed').length > 1)
    expect(twice.length).toBeGreaterThan(10)
    expect(await members(rule, context)).toEqual(inMemory(rule, context))
  })

  it('divides the people in two: nobody is neither in a rule nor in its opposite', async () => {
    await fc.assert(
      fc.asyncProperty(rules, async rule => {
        const inside = await inSql(rule, context)
        const outside = await inSql({ not: rule }, context)
        expect([...inside, ...outside].sort((a, b) => a - b)).toEqual(profiles.map(profile => profile.id))
      }),
      { numRuns: 150 },
    )
  })
})
