import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newEngagements, type Report, reportKinds, type Standing, take } from '../../../domain/message/news.ts'
import { readSilence } from '../../../domain/message/silence.ts'

const accepted: Standing = {
  status: 'accepted',
  acceptedAt: new Date(0),
  deliveredAt: null,
  openedAt: null,
  clickedAt: null,
  repliedAt: null,
}
const reports = fc.array(
  fc.record({
    kind: fc.constantFrom(...reportKinds),
    at: fc.integer({ min: 1, max: 1_000 }).map(ms => new Date(ms)),
    machine: fc.boolean(),
  }),
  { maxLength: 12 },
)
const all = (from: Standing, list: readonly Report[]) => list.reduce(take, from)

describe('reports about a message', () => {
  test('end in the same standing in whatever order they come, and however often', () =>
    fc.assert(
      fc.property(
        reports.chain(list =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 })),
        ),
        ([once, mixed]) => {
          expect(all(accepted, mixed)).toEqual(all(accepted, once))
        },
      ),
    ))

  test('settle what nobody knew the fate of, and never bring back what was skipped', () => {
    for (const status of ['sending', 'uncertain', 'held', 'queued'] as const)
      expect(take({ ...accepted, status, acceptedAt: null }, { kind: 'processed', at: new Date(5) })).toMatchObject({
        status: 'accepted',
        acceptedAt: new Date(5),
      })
    expect(take({ ...accepted, status: 'skipped' }, { kind: 'delivered', at: new Date(5) }).status).toBe('skipped')
  })

  test('tell of the strongest engagement alone, and of none that was told before', () => {
    const clicked = take(accepted, { kind: 'clicked', at: new Date(5) })
    expect(newEngagements(accepted, clicked)).toEqual(['clicked'])
    expect(newEngagements(clicked, take(clicked, { kind: 'opened', at: new Date(1) }))).toEqual([])
    expect(newEngagements(clicked, take(clicked, { kind: 'replied', at: new Date(9) }))).toEqual(['replied'])
    expect(newEngagements(accepted, take(accepted, { kind: 'opened', at: new Date(5), machine: true }))).toEqual(['delivered'])
    expect(newEngagements(accepted, take(accepted, { kind: 'unsubscribed', at: new Date(5) }))).toEqual(['delivered'])
  })
})

describe('the silence of a provider', () => {
  const proof = { passedMs: 10, neededMs: 10, batchHeard: 0, others: 40, othersHeard: 40, laterHeard: 3 }
  test('proves that a batch was not accepted when it speaks of everything else', () => {
    expect(readSilence(proof).kind).toBe('notAccepted')
    expect(readSilence({ ...proof, othersHeard: 38 }).kind).toBe('notAccepted')
  })
  test.each([
    ['too little time has passed', { passedMs: 9 }],
    ['one of the batch was heard of', { batchHeard: 1 }],
    ['there is nothing else to compare', { others: 0, othersHeard: 0, laterHeard: 0 }],
    ['nothing later was heard of', { laterHeard: 0 }],
    ['others were not heard of either', { othersHeard: 37 }],
  ])('proves nothing when %s', (_, change) => {
    expect(readSilence({ ...proof, ...change })).toMatchObject({ kind: 'unknown', because: expect.any(String) })
  })
})
