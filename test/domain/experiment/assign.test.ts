import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assignVariant, expectedShares, hashUnit, holdoutKey, isSalt, thresholds } from '../../../domain/experiment/assign.ts'
import { srmLook } from '../../../domain/experiment/srm.ts'
import { agree, oracle } from '../oracle.ts'

interface Inputs {
  salt: string
  customerId: string
  arms: string[]
  weights: number[]
  holdout: number
}

describe('assignment', () => {
  test.each(oracle<Inputs>('hashing'))('%s', (_, each) => {
    const { salt, customerId, arms, weights, holdout } = each.inputs
    const variants = arms.map((key, i) => ({ key, weight: weights[i] ?? 0 }))
    const u = hashUnit(salt, customerId)
    agree(
      { hex8: (u * 2 ** 32).toString(16).padStart(8, '0'), u, arm: assignVariant({ salt, customerId, holdout, variants }) },
      each,
    )
  })

  const variants = [
    { key: 'a', weight: 1 },
    { key: 'b', weight: 1 },
    { key: 'c', weight: 2 },
  ]
  test('thresholds give SQL the same answer, arm for arm', () => {
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0, max: 1, noNaN: true }), (customerId, holdout) => {
        const u = hashUnit('s', customerId)
        const inSql = thresholds(holdout, variants).find(({ below }) => u < below)?.key
        expect(assignVariant({ salt: 's', customerId, holdout, variants })).toBe(inSql)
      }),
    )
  })
  test('100,000 customers fall into the arms by weight, as published', () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 100_000; i++) {
      const arm = assignVariant({ salt: 'spring', customerId: `customer-${i}`, holdout: 0.1, variants })
      counts.set(arm, (counts.get(arm) ?? 0) + 1)
    }
    const shares = expectedShares(0.1, variants)
    expect(shares.map(({ key }) => key)).toEqual([holdoutKey, 'a', 'b', 'c'])
    expect(srmLook(shares.map(({ key, share }) => ({ count: counts.get(key) ?? 0, weight: share }))).p).toBeGreaterThan(0.001)
  })
  test('two experiments are independent of one another', () => {
    const cells = new Map<string, number>()
    for (let i = 0; i < 40_000; i++) {
      const bin = (salt: string) => Math.floor(hashUnit(salt, `c${i}`) * 4)
      const cell = `${bin('one')}${bin('two')}`
      cells.set(cell, (cells.get(cell) ?? 0) + 1)
    }
    expect(srmLook([...cells.values()].map(count => ({ count, weight: 1 }))).p).toBeGreaterThan(0.001)
  })
  test('no weight, no customers; all held out, no campaign', () => {
    expect(thresholds(0, [{ key: 'a', weight: 0 }, ...variants]).slice(0, 2)).toEqual([
      { key: holdoutKey, below: 0 },
      { key: 'a', below: 0 },
    ])
    expect(assignVariant({ salt: 's', customerId: 'x', holdout: 1, variants })).toBe(holdoutKey)
    expect(assignVariant({ salt: 's', customerId: 'x', holdout: 0.1, variants: [] })).toBe(holdoutKey)
  })
  test('a salt with a colon could be another salt with another customer', () => {
    expect(hashUnit('a', 'b:c')).toBe(hashUnit('a:b', 'c'))
    expect([isSalt('a'), isSalt('a:b'), isSalt('')]).toEqual([true, false, false])
  })
})
