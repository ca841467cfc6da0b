import { pointer } from '../errors.ts'
import { pathId, type Step } from '../journey/step-kind.ts'
import { stepKinds } from '../journey/steps/index.ts'
import type { Campaign } from './campaign.ts'

/** One place where two versions of a campaign differ; JSON pointers into the documents. */
export interface Change {
  path: string
  kind: 'added' | 'removed' | 'changed'
  before?: unknown
  after?: unknown
}

/** One step that differs: itself before and after, without the steps beneath it, and where the two differ. */
export interface StepChange {
  id: string
  goal: string
  kind: 'added' | 'removed' | 'changed' | 'moved'
  before?: Record<string, unknown>
  after?: Record<string, unknown>
  changes: Change[]
}

export interface CampaignDiff {
  changes: Change[]
  /** By id; a step that only stands elsewhere is `moved`. */
  steps: { added: string[]; removed: string[]; changed: string[]; moved: string[] }
  stepChanges: StepChange[]
  /** The edit touches what the experiment compares: its arms, shares or measure. */
  experimentChanged: boolean
  triggerChanged: boolean
}

/** What changed between two versions of a campaign, journeys told by their steps' ids. */
export function diffCampaigns(before: Campaign, after: Campaign): CampaignDiff {
  const changes: Change[] = []
  compare(
    { ...before, goals: before.goals.map(withoutJourney) },
    { ...after, goals: after.goals.map(withoutJourney) },
    [],
    changes,
  )
  const [old, now] = [stepsOf(before), stepsOf(after)]
  const added = [...now.keys()].filter(id => !old.has(id))
  const removed = [...old.keys()].filter(id => !now.has(id))
  const kept = [...now.keys()].filter(id => old.has(id))
  const changed = kept.filter(id => !same(old.get(id)?.own, now.get(id)?.own))
  const moved = movedAmong(kept, old, now).filter(id => !changed.includes(id))
  const told = { added, removed, changed, moved }
  return {
    changes,
    steps: told,
    stepChanges: (['changed', 'moved', 'added', 'removed'] as const).flatMap(kind =>
      told[kind].map(id => stepChange(id, kind, old.get(id), now.get(id))),
    ),
    experimentChanged: !same(before.experiment, after.experiment),
    triggerChanged: !same(before.trigger, after.trigger),
  }
}

const withoutJourney = ({ journey: _, ...goal }: Campaign['goals'][number]) => goal

interface Standing {
  goal: string
  /** The list it stands in: of its goal, or of an arm of a step. */
  list: string
  own: Record<string, unknown>
}

function stepChange(id: string, kind: StepChange['kind'], old: Standing | undefined, now: Standing | undefined): StepChange {
  const changes: Change[] = []
  if (old && now) compare(old.own, now.own, [], changes)
  return {
    id,
    goal: (now ?? old)!.goal,
    kind,
    ...(old ? { before: old.own } : {}),
    ...(now ? { after: now.own } : {}),
    changes,
  }
}

/** Of steps that both have: those in another list, and those that others of their list have passed. As few as can be. */
function movedAmong(kept: readonly string[], old: ReadonlyMap<string, Standing>, now: ReadonlyMap<string, Standing>): string[] {
  const place = new Map([...old.keys()].map((id, i) => [id, i]))
  const moved = kept.filter(id => old.get(id)?.list !== now.get(id)?.list)
  for (const list of new Set(kept.map(id => now.get(id)?.list))) {
    const here = kept.filter(id => now.get(id)?.list === list && !moved.includes(id))
    const resting = new Set(longestRising(here.map(id => place.get(id) ?? 0)))
    moved.push(...here.filter(id => !resting.has(place.get(id) ?? 0)))
  }
  return moved
}

/** The longest part of a sequence, in its order, that only rises. */
function longestRising(values: readonly number[]): number[] {
  let best: number[] = []
  const ending: number[][] = []
  for (const value of values) {
    const before = ending.filter(chain => (chain.at(-1) ?? 0) < value).toSorted((a, b) => b.length - a.length)[0] ?? []
    const chain = [...before, value]
    ending.push(chain)
    if (chain.length > best.length) best = chain
  }
  return best
}

/** Every step by its id, without the steps beneath it: those are steps of their own. */
function stepsOf(campaign: Campaign): Map<string, Standing> {
  const found = new Map<string, Standing>()
  for (const goal of campaign.goals) {
    const visit = (steps: readonly Step[], path: readonly (string | number)[], list: string) =>
      steps.forEach((step, i) => {
        const at = [...path, i]
        const lists = stepKinds[step.kind].lists(step)
        // The id names the step: written out or made from the path, it is the same one.
        const { id: _, ...own } = structuredClone(step) as unknown as Record<string, unknown>
        for (const head of new Set(lists.map(([name]) => name[0]!))) {
          const names = lists.flatMap(([name]) => (name[0] === head && name.length > 1 ? [name.at(-1)] : []))
          if (head === 'cases') own.cases = (own.cases as { when: unknown }[]).map(({ when }) => ({ when }))
          else if (names.length > 0) own[head] = names
          else delete own[head]
        }
        const id = step.id ?? pathId(goal.key, at)
        found.set(id, { goal: goal.key, list, own })
        for (const [name, children] of lists) visit(children, [...at, ...name], [id, ...name].join(' '))
      })
    visit(goal.journey, [], goal.key)
  }
  return found
}

function compare(before: unknown, after: unknown, path: readonly PropertyKey[], changes: Change[]): void {
  if (same(before, after)) return
  if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(before[key], after[key], [...path, key], changes)
    return
  }
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
  changes.push({
    path: pointer(path),
    kind,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  })
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Whether two documents say the same, whatever the order of their keys. */
const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    isRecord(part) && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  ) ?? 'undefined'
