import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { unit } from '../../prisma/queries/enroll.ts'
import { oracle } from '../domain/oracle.ts'
import { type Journeys, openJourneys } from '../support/journey.ts'

const start = Date.UTC(2026, 2, 2, 10)

interface Inputs {
  salt: string
  customerId: string
  arms: string[]
  weights: number[]
  holdout: number
}

// Nobody is called nothing.
const cases = oracle<Inputs, { arm: string; u: number }>('hashing')
  .map(([, each]) => each)
  .filter(each => each.inputs.customerId !== '')
const settings = [...new Set(cases.map(({ inputs: { salt, weights, holdout } }) => JSON.stringify({ salt, weights, holdout })))]

let journeys: Journeys
beforeAll(async () => {
  journeys = await openJourneys()
  const calls = cases.map(({ inputs }, i) => ({
    type: 'identify',
    userId: inputs.customerId,
    traits: { email: `c${i}@mail.example` },
  }))
  await journeys.receive(start - 1_000, ...calls)
})
afterAll(() => journeys.close())

describe('who enters a campaign', () => {
  test('is drawn by the published number, to its last bit', async () => {
    const drawn: number[] = []
    for (const { inputs } of cases) {
      const row = await journeys.db.row<{ u: number }>(
        sql`SELECT ${unit(inputs.salt)} AS u FROM customer c WHERE c.external_id = ${inputs.customerId}`,
      )
      drawn.push(row?.u ?? Number.NaN)
    }
    expect(drawn).toEqual(cases.map(({ expected }) => expected.u))
  })

  test.each(settings)('stands in the arm that the published hash says, whatever they are called: %s', async setting => {
    const { salt, weights, holdout } = JSON.parse(setting) as Inputs
    const { run } = await journeys.launch(
      {
        name: 'Assigned',
        trigger: { kind: 'now' },
        experiment: { holdout, variants: weights.map((weight, i) => ({ key: 'abc'.charAt(i), weight })) },
        goals: [{ key: 'g', kind: 'winBack', journey: [{ kind: 'wait', for: '1d' }] }],
      },
      start,
    )
    await journeys.db.run(sql`UPDATE run SET salt = ${salt} WHERE id = ${run.id}`)
    await journeys.play({ ...run, salt }, start, start + 1_000)
    const rows = await journeys.db.rows<{ id: string; variant: string }>(
      sql`SELECT c.external_id AS id, e.variant FROM enrollment e JOIN customer c ON c.id = e.customer WHERE e.run = ${run.id}`,
    )
    expect(rows).toHaveLength(cases.length)
    const stands = new Map(rows.map(row => [row.id, row.variant]))
    const mine = cases.filter(
      ({ inputs }) =>
        JSON.stringify({ salt, weights, holdout }) ===
        JSON.stringify({ salt: inputs.salt, weights: inputs.weights, holdout: inputs.holdout }),
    )
    expect(mine.map(({ inputs }) => [inputs.customerId, stands.get(inputs.customerId)])).toEqual(
      mine.map(({ inputs, expected }) => [inputs.customerId, expected.arm]),
    )
  })
})
