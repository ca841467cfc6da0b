import { account } from './account.ts'
import { attribute } from './attribute.ts'
import { churnRisk } from './churn-risk.ts'
import { consent } from './consent.ts'
import { event } from './event.ts'
import { health } from './health.ts'
import { inactive } from './inactive.ts'
import { lifecycle } from './lifecycle.ts'
import { message } from './message.ts'
import { rfm } from './rfm.ts'
import { subscription } from './subscription.ts'
import { superHealthy } from './super-healthy.ts'

/** Every kind of predicate. A new one is its own file and one word here. */
export const predicates = [
  attribute,
  account,
  event,
  inactive,
  subscription,
  consent,
  message,
  lifecycle,
  rfm,
  health,
  churnRisk,
  superHealthy,
] as const
