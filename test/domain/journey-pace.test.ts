import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { grant } from '../../domain/journey/pace.ts'

describe('a pace', () => {
  test('lets a second of messages go at once, and the next when that second is over', () => {
    const first = grant({ pacedTo: null, perMinute: 6_000 }, 0, 1_000)
    expect(first).toEqual({ granted: 100, pacedTo: 0, free: 1_000 })
    expect(grant({ pacedTo: first.pacedTo, perMinute: 6_000 }, 500, 1_000).granted).toBe(50)
    expect(grant({ pacedTo: first.pacedTo, perMinute: 6_000 }, 1_000, 30)).toMatchObject({ granted: 30 })
  })

  test('of two a minute lets one go every half minute', () => {
    const first = grant({ pacedTo: null, perMinute: 2 }, 0, 5)
    expect(first).toEqual({ granted: 1, pacedTo: 0, free: 30_000 })
    expect(grant({ pacedTo: 0, perMinute: 2 }, 29_999, 5).granted).toBe(0)
    expect(grant({ pacedTo: 0, perMinute: 2 }, 30_000, 5).granted).toBe(1)
  })

  test('is never broken over a minute, however the customers come, and wastes nothing while they wait', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 90_000 }), fc.integer({ min: 0, max: 5_000 })), {
          minLength: 1,
          maxLength: 40,
        }),
        (perMinute, asks) => {
          let at = 0
          let pacedTo: number | null = null
          const went: [at: number, n: number][] = []
          for (const [pause, wanted] of asks) {
            at += pause
            const answer = grant({ pacedTo, perMinute }, at, wanted)
            pacedTo = answer.pacedTo
            went.push([at, answer.granted])
          }
          const bundle = Math.max(1, perMinute / 60)
          for (const [from] of went) {
            const inMinute = went.filter(([t]) => t >= from && t < from + 60_000).reduce((sum, [, n]) => sum + n, 0)
            expect(inMinute).toBeLessThanOrEqual(perMinute + bundle + 1)
          }
        },
      ),
    )
    let pacedTo: number | null = null
    let sum = 0
    for (let at = 0; at < 60_000; ) {
      const answer = grant({ pacedTo, perMinute: 7_000 }, at, 1_000)
      sum += answer.granted
      pacedTo = answer.pacedTo
      at = Math.max(at + 1, answer.free)
    }
    expect(sum).toBeGreaterThan(6_900)
    expect(sum).toBeLessThanOrEqual(7_000 + 7_000 / 60)
  })
})
