import { describe, expect, test } from 'vitest'
import { type SrmArm, srmEvidence, srmLook } from '../../../domain/experiment/srm.ts'
import { agree, oracle } from '../oracle.ts'

interface Inputs {
  counts: number[]
  weights: number[]
}
const armsOf = ({ counts, weights }: Inputs): SrmArm[] => counts.map((count, i) => ({ count, weight: weights[i] ?? 0 }))

describe('sample ratio', () => {
  test.each(oracle<Inputs>('srm'))('one look: %s', (_, each) =>
    agree({ chi2: null, df: null, log10P: null, ...srmLook(armsOf(each.inputs)) }, each),
  )

  test.each(oracle<Inputs>('srm_sequential'))('every look: %s', (_, each) => {
    const arms = armsOf(each.inputs)
    const { logEvidence, p } = srmEvidence(arms)
    const look = srmLook(arms)
    // Of nobody, this oracle says chi-square is not defined, the other that it is 0: nobody deviates from nothing.
    const nobody = arms.every(arm => arm.count === 0)
    const classical = look.reason !== null || nobody ? { chi2: null, df: 1, p: null } : look
    agree({ ...classical, logEvidence, sequentialP: p }, each)
  })
  test('the smallest p of all looks counts, and a customer where none may be is an alarm at once', () => {
    expect(
      srmEvidence(
        [
          { count: 50, weight: 1 },
          { count: 50, weight: 1 },
        ],
        0.0001,
      ),
    ).toMatchObject({ p: 0.0001, alarm: true })
    expect(
      srmEvidence([
        { count: 50, weight: 1 },
        { count: 1, weight: 0 },
      ]),
    ).toMatchObject({ p: 0, alarm: true })
  })
})
