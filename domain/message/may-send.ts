import { type Consent, mayContact } from '../customer/consent.ts'
import type { Settings } from '../settings.ts'
import { quietFrom, quietUntil, zoneOf } from '../zone.ts'
import type { SendFacts } from './facts.ts'

/** Whether a message may leave now, with the evidence it rests on. */
export type Verdict =
  | { send: true }
  | { send: false; because: 'erased' }
  | { send: false; because: 'suppressed'; suppression: string; since?: Date | undefined }
  | { send: false; because: 'unsubscribed'; record?: Consent; since?: Date | undefined }
  | { send: false; because: 'noConsent'; channel: string; topic: string | null; mode: 'explicit' }
  | { send: false; because: 'noAddress'; channel: string }
  | { send: false; because: 'holdout' }
  | { send: false; because: 'goalReached'; at: Date }
  | { send: false; because: 'exited' }
  | { send: false; because: 'budget'; amount: number; spent: number; cost: number; currency: string }
  | { send: false; because: 'capped'; count: number; max: number; channel: string; per: string }
  | { send: false; because: 'quietHours'; until: Date; zone: string; fellBack: boolean; from: string; to: string }

/** Every reason of a verdict not to send: the page has a text for each, in every language. */
export const refusalReasons = [
  'erased',
  'suppressed',
  'unsubscribed',
  'noConsent',
  'noAddress',
  'holdout',
  'goalReached',
  'exited',
  'budget',
  'capped',
  'quietHours',
] as const satisfies readonly Refusal['because'][]
/** The list is whole: a reason that it lacks does not compile. */
type Missing = Exclude<Refusal['because'], (typeof refusalReasons)[number]>
const _whole: [Missing] extends [never] ? true : Missing = true

type Refusal = Exclude<Verdict, { send: true }>
type Rule = (facts: SendFacts, settings: Settings) => Refusal | undefined

/** A person who was erased gets nothing. */
const erased: Rule = facts => (facts.erased ? { send: false, because: 'erased' } : undefined)

/** A suppressed address gets nothing; one that only unsubscribed still gets what a transaction owes it. */
const suppressed: Rule = ({ suppression, class: messageClass }) => {
  if (!suppression) return undefined
  const since = suppression.at
  if (suppression.reason !== 'unsubscribed') return { send: false, because: 'suppressed', suppression: suppression.reason, since }
  return messageClass === 'marketing' ? { send: false, because: 'unsubscribed', since } : undefined
}

/** Marketing needs the person's consent for channel and topic, said or implied as the settings ask; a transaction needs none. */
const consent: Rule = (facts, settings) => {
  if (facts.class === 'transactional') return undefined
  const answer = mayContact(facts.consents, facts.channel, facts.topic, settings.consent[facts.channel])
  if (answer.may) return undefined
  if (answer.because === 'unsubscribed') return { send: false, because: 'unsubscribed', record: answer.record }
  return { send: false, because: 'noConsent', channel: facts.channel, topic: facts.topic, mode: 'explicit' }
}

/** Nobody is written to without an address. */
const address: Rule = facts => (facts.address ? undefined : { send: false, because: 'noAddress', channel: facts.channel })

/** The holdout counts in the outcome and gets nothing. */
const holdout: Rule = facts => (facts.holdout ? { send: false, because: 'holdout' } : undefined)

/** Who reached the goal is not asked for it again. */
const goalReached: Rule = facts =>
  facts.goalReachedAt ? { send: false, because: 'goalReached', at: facts.goalReachedAt } : undefined

/** Who the exit rule takes out gets nothing more. */
const exited: Rule = facts => (facts.exited ? { send: false, because: 'exited' } : undefined)

/** A message that the budget cannot pay in full is not sent. */
const budget: Rule = ({ budget: money }) =>
  // Sums of prices carry binary dust: a millionth of a unit must not cost the last affordable message.
  money && money.spent + money.cost > money.amount + 1e-6 ? { send: false, because: 'budget', ...money } : undefined

/** Marketing stops at the first cap whose window is full; transactions and campaigns that ignore caps pass. */
const capped: Rule = facts => {
  if (facts.class === 'transactional' || facts.ignoreCaps) return undefined
  for (const [i, cap] of (facts.caps ?? []).entries()) {
    const count = facts.capCounts?.[i] ?? 0
    if (count >= cap.max) return { send: false, because: 'capped', count, max: cap.max, channel: cap.channel, per: cap.per }
  }
  return undefined
}

/** In the quiet hours of the customer's own zone a message waits for their end; a transaction may ignore them where its campaign says so. */
const quiet: Rule = (facts, settings) => {
  const hours = settings.quietHours[facts.channel]
  if (!hours || (facts.class === 'transactional' && facts.quietHours === 'ignore')) return undefined
  const { zone, fellBack } = zoneOf(facts.timezone, settings.defaultTimezone)
  const end = quietUntil(facts.at, zone, hours.from, hours.until)
  if (!end) return undefined
  const awake = quietFrom(end, zone, hours.from, hours.until).getTime() - end.getTime()
  const spread = Math.min(facts.spreadMs ?? 0, awake)
  const until = new Date(end.getTime() + Math.floor(share(facts.customer) * spread))
  return { send: false, because: 'quietHours', until, zone, fellBack, from: hours.from, to: hours.until }
}

/** A number in [0, 1) that is always the same for a customer, spread evenly over customers (Knuth's multiplicative hash). */
const share = (customer: number): number => (Math.imul(customer, 2_654_435_761) >>> 0) / 2 ** 32

/** In this order, the first that objects decides: what forbids for good stands before what only delays. */
const rules: readonly Rule[] = [erased, suppressed, consent, address, holdout, goalReached, exited, budget, capped, quiet]

/** The verdict on one message to one customer now. Pure: everything it knows is in the facts and the settings. */
export function maySend(facts: SendFacts, settings: Settings): Verdict {
  for (const rule of rules) {
    const refusal = rule(facts, settings)
    if (refusal) return refusal
  }
  return { send: true }
}
