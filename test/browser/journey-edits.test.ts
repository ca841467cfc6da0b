import { describe, expect, test } from 'vitest'
import type { Campaign, Step } from '../../api/contract.ts'
import { blankCampaign, stepsOf } from '../../web/campaign/document.ts'
import { aside, insertStep, moveStep, type Path } from '../../web/campaign/edit.ts'
import { pinned } from '../../web/campaign/pinned.ts'

const wait = (id?: string): Step => ({ kind: 'wait', for: '1d', ...(id ? { id } : {}) })
const branch = (...columns: Step[][]): Step => ({
  kind: 'branch',
  cases: columns.map(steps => ({ when: { attribute: 'plan', is: 'pro' }, do: steps })),
  else: [],
})
const campaign = (...journey: Step[]): Campaign => {
  const blank = blankCampaign('Tried', 'Order Completed')
  return { ...blank, goals: [{ ...blank.goals[0]!, key: 'g', journey }] }
}
const root: Path = ['goals', 0, 'journey']

describe('a step goes sideways by keyboard', () => {
  const document = campaign(wait('first'), branch([wait('one')], []), wait('last'))

  test('into the first column of the step above it, from column to column, and out below', () => {
    const seen: Path[] = []
    let now = document
    let path: Path = [...root, 2]
    const go = (way: 'in' | 'out') => {
      const to = aside(now, path, way)
      if (!to) return false
      const moved = moveStep(now, path, to.list, to.index)!
      now = moved.document
      path = moved.path
      seen.push(path.slice(3))
      return true
    }
    // Above it, in the first column, stands a step without columns: so it goes to the next column, and so on.
    for (const way of ['in', 'in', 'in'] as const) expect(go(way)).toBe(true)
    expect(go('in')).toBe(false)
    for (const way of ['out', 'out', 'out'] as const) expect(go(way)).toBe(true)
    expect(go('out')).toBe(false)
    expect(seen).toEqual([
      [1, 'cases', 0, 'do', 1],
      [1, 'cases', 1, 'do', 0],
      [1, 'else', 0],
      [1, 'cases', 1, 'do', 0],
      [1, 'cases', 0, 'do', 1],
      [2],
    ])
    expect(now).toEqual(document)
  })

  test('not where there is nothing to that side', () => {
    expect(aside(document, [...root, 0], 'in')).toBeUndefined()
    expect(aside(document, [...root, 0], 'out')).toBeUndefined()
  })
})

describe('steps of a campaign that runs', () => {
  const ids = (document: Campaign) => [...stepsOf(document.goals[0]!.journey)].map(({ step }) => step.id)

  test('keep the ids their customers stand at, whatever is put before them', () => {
    const running = pinned(campaign(wait(), branch([wait()])))
    expect(ids(running)).toEqual(['g.0', 'g.1', 'g.1.cases.0.do.0'])
    const changed = pinned(insertStep(running, root, 0, wait()), 'v2')
    expect(ids(changed)).toEqual(['wait-v2-1', 'g.0', 'g.1', 'g.1.cases.0.do.0'])
    expect(ids(pinned(insertStep(changed, root, 0, wait()), 'v2'))).toEqual(['wait-v2-2', ...ids(changed)])
    expect(new Set(ids(changed)).size).toBe(4)
  })
})
