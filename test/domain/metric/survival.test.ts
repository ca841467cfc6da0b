import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { logRank } from '../../../domain/metric/logrank.ts'
import { kaplanMeier, lifeTable, medianSurvival, rmst, survivalAt } from '../../../domain/metric/survival.ts'
import { agree, oracle } from '../oracle.ts'

interface Inputs {
  durations: number[]
  events: number[]
  times: number[]
  taus: number[]
  groups?: string[]
}

describe('time to churn', () => {
  test.each(oracle<Inputs>('survival'))('%s', (_, each) => {
    const { durations, events, times, taus, groups } = each.inputs
    const ended = events.map(event => event === 1)
    const curve = kaplanMeier(lifeTable(durations, ended))
    const nobody = durations.length === 0
    const tables = Object.fromEntries(
      [...new Set(groups)].map(group => {
        const members = durations.map((_, i) => i).filter(i => groups?.[i] === group)
        return [
          group,
          lifeTable(
            members.map(i => durations[i] ?? 0),
            members.map(i => ended[i] ?? false),
          ),
        ]
      }),
    )
    const nulls = { chi2: null, df: null, p: null }
    agree(
      {
        curve: nobody ? [] : times.map(t => survivalAt(curve, t)),
        median: medianSurvival(curve),
        rmst: nobody ? [] : taus.map(tau => ({ tau, ...rmst(curve, tau) })),
        logrank: groups && { ...nulls, ...logRank(tables) },
        reason: curve.reason,
      },
      each,
    )
  })
})

const rows = fc.array(fc.record({ time: fc.integer({ min: 0, max: 30 }), ended: fc.boolean() }), { minLength: 1 })
const table = (of: readonly { time: number; ended: boolean }[]) =>
  lifeTable(
    of.map(row => row.time),
    of.map(row => row.ended),
  )

test('survival only falls, and its interval holds it within 0 and 1', () => {
  fc.assert(
    fc.property(rows, of => {
      const curve = kaplanMeier(table(of))
      let before = 1
      for (let t = 0; t <= 30; t++) {
        const { survival, lower, upper } = survivalAt(curve, t)
        if (survival === null) continue
        expect(survival).toBeLessThanOrEqual(before)
        before = survival
        if (lower === null) continue
        expect(lower).toBeGreaterThanOrEqual(0)
        expect(lower).toBeLessThanOrEqual(survival)
        expect(upper).toBeGreaterThanOrEqual(survival)
        expect(upper).toBeLessThanOrEqual(1)
      }
    }),
  )
})
test('without anybody out of sight, survival is the plain share still there', () => {
  fc.assert(
    fc.property(rows, of => {
      const curve = kaplanMeier(
        lifeTable(
          of.map(row => row.time),
          of.map(() => true),
        ),
      )
      expect(survivalAt(curve, 10).survival).toBeCloseTo(of.filter(row => row.time > 10).length / of.length, 10)
    }),
  )
})
test('the log-rank test does not mind which group is named first', () => {
  fc.assert(
    fc.property(rows, rows, rows, (a, b, c) => {
      const one = logRank({ a: table(a), b: table(b), c: table(c) })
      const other = logRank({ c: table(c), a: table(a), b: table(b) })
      if (one.reason !== null || other.reason !== null) expect(one.reason).toBe(other.reason)
      else expect(one.chi2).toBeCloseTo(other.chi2, 8)
    }),
  )
})
