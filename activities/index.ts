import { webhookSecret } from '../domain/journey/webhook-signature.ts'
import type { ActDeps } from './act.ts'
import { createDispatching, type DispatchingDeps } from './dispatching.ts'
import { createEntering } from './entering.ts'
import { createErase } from './erase.ts'
import { createImports } from './imports.ts'
import type { MessageStepDeps } from './message-step.ts'
import { createOutgoing } from './outgoing.ts'
import { createPerform } from './perform.ts'
import { createRawRetention } from './raw-retention.ts'
import { createReconcile } from './reconcile.ts'
import { createRevalue } from './revalue.ts'
import { createReview } from './review.ts'
import { createScores } from './scores.ts'
import { createSegmentHistory } from './segment-history.ts'
import { type Ring, tellBy } from './tell.ts'

export type ActivityDeps = MessageStepDeps &
  DispatchingDeps &
  Partial<Omit<ActDeps, 'db'>> & {
    /** Hears of runs for which something happened in an activity. */
    ring?: Ring
    /** Whether journeys may call addresses of private networks. */
    allowPrivateWebhooks?: boolean
  }

/** Everything Temporal may ask of a worker, closed over what it needs. */
export const createActivities = (given: ActivityDeps) => {
  const deps = {
    ...given,
    tell: given.tell ?? tellBy(given.db, given.ring),
    outgoing:
      given.outgoing ??
      createOutgoing({ secret: webhookSecret(given.links.secretKey), allowPrivate: given.allowPrivateWebhooks ?? false }),
  }
  return {
    ...createDispatching(deps),
    ...createEntering(deps),
    ...createErase(deps),
    ...createImports(deps),
    ...createPerform(deps),
    ...createRawRetention(deps),
    ...createReconcile(deps),
    ...createRevalue(deps),
    ...createReview(deps),
    ...createScores(deps),
    ...createSegmentHistory(deps),
  }
}

export type Activities = ReturnType<typeof createActivities>
