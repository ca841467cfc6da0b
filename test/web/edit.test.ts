import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Campaign, Step } from '../../api/contract.ts'
import { stepsOf } from '../../web/campaign/document.ts'
import { duplicateStep, getAt, insertStep, moveStep, type Path, removeStep, setAt } from '../../web/campaign/edit.ts'

const wait = (id: string): Step => ({ kind: 'wait', id, for: '1d' })
const campaign = (journey: Step[]) => ({ goals: [{ key: 'g', kind: 'launch', journey }] }) as unknown as Campaign
const root: Path = ['goals', 0, 'journey']
const idsOf = (document: Campaign) => [...stepsOf(document.goals[0]!.journey)].map(({ step }) => step.id)

/** Journeys of waits and awaits up to three deep, every step with an id of its own. */
const journeys = (() => {
  let n = 0
  const { tree } = fc.letrec<{ tree: Step[] }>(tie => ({
    tree: fc.array(
      fc.oneof(
        { depthSize: 'small' },
        fc.constant(null).map(() => wait(`w${n++}`)),
        fc
          .record({ do: tie('tree'), else: tie('tree') })
          .map(lists => ({ kind: 'await', id: `a${n++}`, on: { event: 'x' }, within: '1d', ...lists }) as Step),
      ),
      { maxLength: 4, depthIdentifier: 'journey' },
    ),
  }))
  return tree
})()

const places = (document: Campaign): { list: Path; index: number }[] => {
  const lists: Path[] = [
    root,
    ...[...stepsOf(document.goals[0]!.journey)].flatMap(({ step, path }) =>
      step.kind === 'await'
        ? [
            [...root, ...path, 'do'],
            [...root, ...path, 'else'],
          ]
        : [],
    ),
  ]
  return lists.flatMap(list =>
    Array.from({ length: ((getAt(document, list) as Step[]) ?? []).length + 1 }, (_, index) => ({ list, index })),
  )
}

describe('editing a journey', () => {
  test('a step moved anywhere is found where it was put, and nobody is lost or doubled', () => {
    fc.assert(
      fc.property(journeys, fc.nat(), fc.nat(), (journey, a, b) => {
        const document = campaign(journey)
        const steps = [...stepsOf(journey)]
        fc.pre(steps.length > 0)
        const from = [...root, ...steps[a % steps.length]!.path]
        const all = places(document)
        const { list, index } = all[b % all.length]!
        const moved = moveStep(document, from, list, index)
        const inside = from.every((part, i) => list[i] === part)
        expect(moved === undefined).toBe(inside)
        if (!moved) return
        expect(getAt(moved.document, moved.path)).toEqual(getAt(document, from))
        expect(idsOf(moved.document).toSorted()).toEqual(idsOf(document).toSorted())
      }),
      { numRuns: 300 },
    )
  })

  test('what was put in and taken out again leaves the document as it was', () => {
    const document = campaign([wait('a'), wait('b')])
    expect(removeStep(insertStep(document, root, 1, wait('c')), [...root, 1])).toEqual(document)
  })

  test('a copy has no id of its own: ids are unique', () => {
    expect(idsOf(duplicateStep(campaign([wait('a')]), [...root, 0]))).toEqual(['a', undefined])
  })

  test('changing one place copies only the way to it', () => {
    const document = campaign([wait('a'), wait('b')])
    const changed = setAt(document, [...root, 0, 'for'], '2d')
    expect(getAt(changed, [...root, 0])).toEqual({ ...wait('a'), for: '2d' })
    expect(getAt(changed, [...root, 1])).toBe(getAt(document, [...root, 1]))
    expect(setAt({ a: 1, b: 2 }, ['b'], undefined)).toEqual({ a: 1 })
  })
})
