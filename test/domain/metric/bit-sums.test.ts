import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bitSums, countsOf, mostSets } from '../../../domain/metric/bit-sums.ts'

const bits = fc.array(fc.bigInt({ min: 0n, max: 62n }), { minLength: 1, maxLength: 60 })

test('added up two and more in one sum, every bit is counted as it is when counted alone', () => {
  fc.assert(
    fc.property(bits, fc.array(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), { maxLength: 60 }), (columns, sets) => {
      const sums = bitSums(columns)
      const came = sums.map(({ mask }) => String(sets.reduce((sum, set) => sum + (set & mask), 0n)))
      expect(countsOf(sums, came)).toEqual(columns.map(bit => sets.filter(set => (set >> bit) & 1n).length))
    }),
  )
})

test('as many as may be in one sum do not reach the next count', () => {
  const columns = Array.from({ length: 63 }, (_, bit) => BigInt(bit))
  const sums = bitSums(columns)
  expect(sums.length).toBe(20)
  const all = 2n ** BigInt(mostSets)
  const came = sums.map(({ mask }) => String(all * mask))
  expect(countsOf(sums, came)).toEqual(columns.map(() => Number(all)))
})

test('where there was nothing to add, nothing is counted', () => {
  expect(countsOf(bitSums([0n, 7n]), [null, null])).toEqual([0, 0])
  expect(countsOf(bitSums([0n, 20n]), [null])).toEqual([0, 0])
})
