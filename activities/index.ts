import { createDispatching, type DispatchingDeps } from './dispatching.ts'
import { createEntering } from './entering.ts'
import { createImports } from './imports.ts'
import type { MessageStepDeps } from './message-step.ts'
import { createPerform } from './perform.ts'
import { createReconcile } from './reconcile.ts'

export type ActivityDeps = MessageStepDeps & DispatchingDeps

/** Everything Temporal may ask of a worker, closed over what it needs. */
export const createActivities = (deps: ActivityDeps) => ({
  ...createDispatching(deps),
  ...createEntering(deps),
  ...createImports(deps),
  ...createPerform(deps),
  ...createReconcile(deps),
})

export type Activities = ReturnType<typeof createActivities>
