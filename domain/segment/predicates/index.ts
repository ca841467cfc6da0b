import { attribute } from './attribute.ts'
import { consent } from './consent.ts'
import { event } from './event.ts'
import { inactive } from './inactive.ts'
import { message } from './message.ts'
import { subscription } from './subscription.ts'

/** Every kind of predicate. A new one is its own file and one word here. */
export const predicates = [attribute, event, inactive, subscription, consent, message] as const
