import { expect, test } from 'vitest'
import { createLease, leaseMs } from '../../domain/message/lease.ts'

test('a lease holds for its length after a send was last seen to be ours, and not a moment after it was lost', () => {
  let now = 0
  const lease = createLease(0, 10_000, () => now)
  now = 9_999
  expect(lease.holds()).toBe(true)
  now = 10_000
  expect(lease.holds()).toBe(false)
  lease.renew(9_000)
  expect(lease.holds()).toBe(true)
  lease.renew(1_000)
  now = 18_999
  expect(lease.holds()).toBe(true)
  lease.lose()
  lease.renew(18_999)
  expect(lease.holds()).toBe(false)
})

test('it is over long before nobody waits for evidence any more', () => {
  for (const keepMs of [5_000, 20_000, 900_000]) expect(leaseMs(keepMs)).toBeLessThanOrEqual(keepMs / 4)
  expect(leaseMs(900_000)).toBe(10_000)
})
