import type { StepBody } from '../domain/journey/step-kind.ts'
import type { Act, ActDeps } from './act.ts'
import { actAward } from './act-award.ts'
import { actOffer } from './act-offer.ts'
import { actSet } from './act-set.ts'
import { actTask } from './act-task.ts'
import { actWebhook } from './act-webhook.ts'

/** Every act by the kind of its step; messages, which a ledger guards, are message-step.ts. A new one is one line. */
export const createActs = (deps: ActDeps) =>
  ({
    set: actSet(),
    award: actAward(deps),
    offer: actOffer(),
    task: actTask(),
    webhook: actWebhook(deps),
  }) as unknown as Partial<Record<StepBody['kind'], Act>>
