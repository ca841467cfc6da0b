import type { Campaign, Step } from '../../api/contract.ts'
import { listsOf, stepId, stepsOf } from './document.ts'
import { type Path, setAt } from './edit.ts'

/**
 * The same document, every step with an id of its own. Customers of a campaign that runs stand at steps by their id, and an id made
 * from the path would become another step's as soon as something moves. `fresh` names steps that are new; without it they are called
 * by their path, as the server calls them.
 */
export function pinned(document: Campaign, fresh?: string): Campaign {
  const used = new Set(document.goals.flatMap(goal => [...stepsOf(goal.journey)].flatMap(({ step }) => step.id ?? [])))
  let n = 0
  const nameOf = (goal: string, step: Step, path: Path): string => {
    if (fresh === undefined) return stepId(goal, step, path)
    for (;;) {
      const name = `${step.kind}-${fresh}-${++n}`
      if (!used.has(name)) return name
    }
  }
  const name = (goal: string, steps: readonly Step[], path: Path): Step[] =>
    steps.map((step, i) => {
      const at = [...path, i]
      let own: Step = step.id === undefined ? { ...step, id: nameOf(goal, step, at) } : step
      for (const [beneath, children] of listsOf(step))
        if (children.length > 0) own = setAt(own, beneath, name(goal, children, [...at, ...beneath]))
      return own
    })
  return { ...document, goals: document.goals.map(goal => ({ ...goal, journey: name(goal.key, goal.journey, []) })) }
}
