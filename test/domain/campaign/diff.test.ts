import { describe, expect, test } from 'vitest'
import { type Campaign, campaignSchema } from '../../../domain/campaign/campaign.ts'
import { diffCampaigns } from '../../../domain/campaign/diff.ts'

const wait = (id: string, time = '1d') => ({ kind: 'wait', id, for: time })
const campaign = (journey: unknown[], more: object = {}): Campaign =>
  campaignSchema.parse({
    name: 'Live',
    trigger: { kind: 'now' },
    audience: { all: [] },
    goals: [{ key: 'g', kind: 'onboarding', journey }],
    ...more,
  })

describe('what differs between two versions of a campaign', () => {
  test('is told step by step, with the value before and after', () => {
    const diff = diffCampaigns(campaign([wait('a'), wait('b')]), campaign([wait('a', '3d'), wait('c')]))
    expect(diff.steps).toEqual({ added: ['c'], removed: ['b'], changed: ['a'], moved: [] })
    expect(diff.stepChanges).toEqual([
      {
        id: 'a',
        goal: 'g',
        kind: 'changed',
        before: { kind: 'wait', for: '1d' },
        after: { kind: 'wait', for: '3d' },
        changes: [{ path: '/for', kind: 'changed', before: '1d', after: '3d' }],
      },
      expect.objectContaining({ id: 'c', kind: 'added', after: { kind: 'wait', for: '1d' }, changes: [] }),
      expect.objectContaining({ id: 'b', kind: 'removed', before: { kind: 'wait', for: '1d' }, changes: [] }),
    ])
  })

  test('a step that only stands elsewhere is moved: as few as explain the new order', () => {
    const { steps } = diffCampaigns(
      campaign([wait('a'), wait('b'), wait('c'), wait('d')]),
      campaign([wait('d'), wait('a'), wait('b'), wait('c')]),
    )
    expect(steps).toEqual({ added: [], removed: [], changed: [], moved: ['d'] })
  })

  test('into another list too; the steps beneath a step are steps of their own', () => {
    const branch = (inside: unknown[]) => ({
      kind: 'branch',
      id: 'br',
      cases: [{ when: { attribute: 'plan', is: 'pro' }, do: inside }],
      else: [],
    })
    const { steps } = diffCampaigns(campaign([branch([]), wait('a')]), campaign([branch([wait('a')])]))
    expect(steps).toEqual({ added: [], removed: [], changed: [], moved: ['a'] })
  })

  test('an id that is written out says the same as the path it is made from', () => {
    const { id: _, ...nameless } = wait('x')
    expect(diffCampaigns(campaign([nameless]), campaign([wait('g.0')]))).toMatchObject({ changes: [], stepChanges: [] })
  })

  test('a new arm of a step changes the step', () => {
    const split = (arms: Record<string, unknown[]>) => ({ kind: 'split', id: 's', arms })
    const more = {
      experiment: {
        variants: [
          { key: 'a', weight: 1 },
          { key: 'b', weight: 1 },
        ],
        metric: { kind: 'conversion' },
      },
    }
    const diff = diffCampaigns(campaign([split({ a: [] })], more), campaign([split({ a: [], b: [] })], more))
    expect(diff.steps.changed).toEqual(['s'])
    expect(diff.experimentChanged).toBe(false)
  })
})
