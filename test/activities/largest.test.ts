import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import { checkCampaign, maxDepth, maxSteps } from '../../domain/campaign/check.ts'
import { defaultSettings } from '../../domain/settings.ts'
import { sql } from '../../domain/sql.ts'
import { redeem } from '../../prisma/queries/offers.ts'
import { endsOf, type Journeys, openJourneys } from '../support/journey.ts'

const start = Date.UTC(2026, 2, 2, 10)
const day = 86_400_000

let journeys: Journeys
beforeEach(async () => {
  journeys = await openJourneys()
  await journeys.receive(
    start - day,
    ...Array.from({ length: 10 }, (_, i) => ({ type: 'identify', userId: `c${i}`, traits: { email: `c${i}@mail.example` } })),
  )
})
afterEach(() => journeys.close())

type Plain = Record<string, unknown>
const mark = (name: string): Plain => ({ kind: 'set', attributes: { [name]: true } })
/** Branches in branches down to `depth`, a step before each and one after it. */
const nested = (depth: number): Plain[] =>
  depth === 1
    ? [mark('deepest')]
    : [
        { kind: 'branch', cases: [{ when: { attribute: 'email', exists: true }, do: nested(depth - 1) }], else: [] },
        mark(`after${depth}`),
      ]
const campaign = (journey: Plain[]) => ({
  name: 'Large',
  trigger: { kind: 'now' },
  goals: [{ key: 'g', kind: 'winBack', success: { event: 'Order Completed', within: '30d' }, journey }],
})
const problemsOf = (document: Plain) =>
  checkCampaign(campaignSchema.parse(document), {
    segment: () => undefined,
    topics: [],
    postalAddress: 'Main Street 1',
    money: defaultSettings(),
  }).problems.map(problem => problem.code)

describe('the largest journey there may be', () => {
  test('is twenty deep and two hundred steps long, and everybody comes to its end', { timeout: 240_000 }, async () => {
    const deep = nested(maxDepth)
    const rest = Array.from({ length: maxSteps - (2 * maxDepth - 1) }, (_, i) => mark(`s${i}`))
    const document = campaign([...deep, ...rest])
    expect(problemsOf(document)).toEqual([])
    const { run } = await journeys.launch(document, start)
    await journeys.play(run, start, start + day)
    expect(await endsOf(journeys.db, run.id)).toEqual({ completed: 10 })
    const marks = await journeys.db.row<{ n: number }>(
      sql`SELECT count(*)::int AS n FROM customer c, jsonb_object_keys(c.attributes) WHERE c.external_id = 'c7'`,
    )
    expect(marks?.n).toBe(maxSteps - (maxDepth - 1))
  })

  test('has not one step and not one depth more', () => {
    expect(problemsOf(campaign(nested(maxDepth + 1)))).toEqual(['tooDeep'])
    const all = Array.from({ length: maxSteps }, (_, i) => mark(`s${i}`))
    const within = { kind: 'branch', cases: [{ when: { attribute: 'email', exists: true }, do: all }], else: [] }
    expect(problemsOf(campaign([within]))).toEqual(['tooManySteps'])
  })
})

test('the budget of an offer holds though everybody redeems at the same instant', async () => {
  const { run } = await journeys.launch(campaign([{ kind: 'offer', key: 'spring', value: 5, budget: 3 }]), start)
  await journeys.play(run, start, start + 1_000)
  const numbers = await journeys.db.rows<{ id: number }>(sql`SELECT id FROM customer`)
  const results = await Promise.all(
    [...numbers, ...numbers].map(({ id }) => journeys.db.transaction(tx => redeem(tx, 'spring', id, new Date(start + 2_000)))),
  )
  expect(results.filter(({ kind }) => kind === 'redeemed')).toHaveLength(3)
})
