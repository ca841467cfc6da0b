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

export interface CampaignDiff {
  changes: Change[]
  steps: { added: string[]; removed: string[]; changed: string[] }
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
  const changed = [...now.keys()].filter(id => old.has(id) && !same(old.get(id), now.get(id)))
  return {
    changes,
    steps: { added, removed, changed },
    experimentChanged: !same(before.experiment, after.experiment),
    triggerChanged: !same(before.trigger, after.trigger),
  }
}

const withoutJourney = ({ journey: _, ...goal }: Campaign['goals'][number]) => goal

/** Every step by its id, without the steps beneath it: those are steps of their own. */
function stepsOf(campaign: Campaign): Map<string, unknown> {
  const found = new Map<string, unknown>()
  for (const goal of campaign.goals) {
    const visit = (list: readonly Step[], path: readonly (string | number)[]) =>
      list.forEach((step, i) => {
        const at = [...path, i]
        const lists = stepKinds[step.kind].lists(step)
        const own = structuredClone(step) as unknown as Record<string, unknown>
        for (const [[head]] of lists)
          if (head === 'cases') own.cases = (own.cases as { when: unknown }[]).map(({ when }) => ({ when }))
          else if (head !== undefined) own[head] = null
        found.set(step.id ?? pathId(goal.key, at), { ...own, goal: goal.key, arms: lists.map(([name]) => name) })
        for (const [name, children] of lists) visit(children, [...at, ...name])
      })
    visit(goal.journey, [])
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
