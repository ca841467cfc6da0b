import { triggerKinds } from '../domain/campaign/triggers/index.ts'
import { holdoutKey } from '../domain/experiment/assign.ts'
import type { Texts } from '../domain/texts/texts.ts'
import type { ExplainedDecision } from './explain.ts'
import { localTime } from './explain-verdict.ts'

type Facts = Readonly<Record<string, unknown>>

/** Whom it is said of: their clock, and whether it is a guess. */
export interface Zone {
  zone: string
  fellBack: boolean
}

/** A decision as one or two sentences of a person: what was decided, and the facts it rests on. */
export function sayDecision(decision: ExplainedDecision, zone: Zone, texts: Texts): string {
  const said = says[decision.kind](decision, zone, texts)
  return said.filter(sentence => sentence !== undefined).join(' ')
}

type Said = readonly (string | undefined)[]
type Says = (decision: ExplainedDecision, zone: Zone, texts: Texts) => Said

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
const object = (value: unknown): Facts => (typeof value === 'object' && value !== null ? (value as Facts) : {})
const list = (value: unknown): readonly Facts[] => (Array.isArray(value) ? value.map(object) : [])
const dayOf = (value: unknown): string | undefined => text(value)?.slice(0, 10)

/** A moment on the customer's clock. */
const moment = (value: unknown, { zone }: Zone): string => {
  const at = Date.parse(text(value) ?? '')
  return Number.isNaN(at) ? '' : localTime(new Date(at), zone)
}

const trigger: Says = ({ outcome, reason, facts }, zone, { story, ...texts }) => {
  const entered = moment(facts.lastEnteredAt, zone)
  switch (outcome) {
    case 'entered': {
      const event = text(facts.event)
      if (event) return [story.enteredBy(event, moment(facts.eventAt, zone))]
      const began = object(facts.trigger)
      const kind = triggerKinds[text(began.kind) as keyof typeof triggerKinds]
      return kind ? [story.entered(kind.describe(began as never, { story, ...texts }))] : []
    }
    case 'moved':
      return [story.moved(number(facts.from), number(facts.to))]
    case 'notLaunched':
      return [story.notLaunched]
    case 'over':
      return [story.over]
    case 'notAgain':
      return [facts.from === undefined ? story.never(entered) : story.againFrom(entered, moment(facts.from, zone))]
    case 'mayAgain':
      return [story.againFrom(entered, moment(facts.from, zone))]
    default:
      return reason === 'paused' ? [story.paused] : [story.notMet(text(facts.trigger) ?? '')]
  }
}

const audience: Says = ({ outcome, facts }, _zone, { story }) => {
  if (outcome === 'taken') return [story.taken(String(facts.by), String(facts.group), dayOf(facts.since) ?? '')]
  const rule = text(facts.rule) ?? ''
  return [outcome === 'matches' ? story.fits(rule) : story.fitsNot(rule)]
}

const goal: Says = ({ outcome, facts }, _zone, { story }) => {
  if (facts.goal === undefined) return [story.goal(outcome, text(facts.when) ?? '')]
  const key = String(facts.goal)
  return [outcome === 'matches' ? story.goalFits(key) : story.goalFitsNot(key)]
}

const variant: Says = ({ step, outcome, facts }, _zone, { story, everywhere }) => {
  if (step !== undefined) return [outcome === 'none' ? story.otherwise : story.split(outcome)]
  const u = number(facts.u).toFixed(4)
  if (outcome === 'contactable') return [story.contactable]
  if (outcome === 'globalHoldout') return [story.globalHoldout(u, everywhere.percent(number(facts.share)))]
  if (facts.u === undefined) return [story.nothingCompared]
  const assigned = story.assigned[text(facts.assigned) as keyof typeof story.assigned]
  if (assigned) return [assigned(outcome)]
  return [outcome === holdoutKey ? story.heldOut(u, everywhere.percent(number(facts.holdout))) : story.drawn(outcome, u)]
}

const wait: Says = ({ outcome, facts }, zone, { story, journey }) => {
  if (outcome === 'happened') return [story.happened]
  if (outcome === 'timedOut') return [story.timedOut]
  if (outcome === 'paused') return [story.standsStill]
  const due = moment(facts.due, zone)
  const awaited = list(facts.awaited).map(on =>
    on.event !== undefined
      ? journey.steps.event(String(on.event))
      : on.message !== undefined
        ? journey.steps.reaction(on.message as Parameters<typeof journey.steps.reaction>[0])
        : story.taskDone,
  )
  return [awaited.length > 0 ? story.awaits(awaited, due) : story.waits(due)]
}

const branch: Says = ({ outcome }, _zone, { story }) => [outcome === 'else' ? story.otherwise : story.went(outcome)]

const exit: Says = ({ reason }, _zone, { story }) => [story.ended[reason ?? ''] ?? reason]

const verdict: Says = (decision, zone, texts) => {
  const { outcome, reason, facts } = decision
  const { story } = texts
  if (reason === 'webhook') return [story.webhook(number(facts.attempts), text(facts.error) ?? String(facts.code ?? ''))]
  const evidence = object(facts.evidence)
  if (outcome === 'skipped' || outcome === 'deferred') return refused(decision, evidence, zone, texts)
  const status = story.status[outcome]
  const why = [evidence.why, evidence.detail, evidence.because, evidence.code].find(each => each !== undefined && each !== null)
  const told = status === undefined ? undefined : why === undefined ? `${status}.` : `${status}${story.because(String(why))}`
  return [told, ...(facts.localTime === undefined ? [] : allowed(facts, texts))]
}

/** What let a message leave. */
function allowed(facts: Facts, { story, everywhere }: Texts): Said {
  const hours = object(facts.quietHours)
  const clock = { at: String(facts.localTime), zone: String(facts.zone), assumed: facts.zoneUnknown === true }
  const consent = object(facts.consent)
  const record = object(consent.record)
  const caps = list(facts.caps).map(({ channel, count, max, per }) => ({
    channel: String(channel),
    count: number(count),
    max: number(max),
    span: everywhere.duration(String(per)),
  }))
  return [
    story.left(clock, facts.quietHours === undefined ? undefined : { from: String(hours.from), until: String(hours.until) }),
    record.status === 'subscribed'
      ? story.consented(dayOf(record.at) ?? '', String(record.source), text(record.topic) ?? '')
      : consent.mode === 'implied' && consent.record === null
        ? story.askedNone
        : undefined,
    caps.length > 0 ? story.capsBefore(caps) : undefined,
  ]
}

/** What kept a message from leaving. */
function refused({ reason, facts }: ExplainedDecision, evidence: Facts, zone: Zone, { story, everywhere }: Texts): Said {
  switch (reason ?? evidence.because) {
    case 'erased':
      return [story.erased]
    case 'suppressed':
      return [story.suppressed(String(evidence.suppression), dayOf(evidence.since))]
    case 'unsubscribed': {
      const record = object(evidence.record)
      return [story.unsubscribed(text(record.topic) ?? '', dayOf(record.at) ?? dayOf(evidence.since), text(record.source))]
    }
    case 'noConsent':
      return [story.noConsent(String(evidence.channel), text(evidence.topic) ?? null)]
    case 'noAddress':
      return [story.noAddress(String(evidence.channel))]
    case 'goalReached':
      return [story.goalReached]
    case 'exited':
      return [story.exited]
    case 'holdout':
      return [story.notCompared]
    case 'budget': {
      const [spent, amount, cost] = [evidence.spent, evidence.amount, evidence.cost].map(money => everywhere.cents(number(money)))
      return [story.budget(spent ?? '', amount ?? '', cost ?? '', String(evidence.currency))]
    }
    case 'capped':
      return [
        story.capped(
          number(evidence.count),
          number(evidence.max),
          String(evidence.channel),
          everywhere.duration(String(evidence.per)),
        ),
      ]
    case 'quietHours':
      return [
        story.quiet(
          { at: String(evidence.localTime), zone: String(evidence.zone), assumed: evidence.fellBack === true },
          { from: String(evidence.from), until: String(evidence.to) },
          moment(evidence.until ?? facts.deferredUntil, { ...zone, zone: String(evidence.zone) }),
        ),
      ]
    case 'invalidTemplateData':
      return [text(evidence.missing) ? story.lacks(String(evidence.missing)) : story.broken(String(evidence.failed))]
    case 'stopped':
      return [story.dropped]
    default:
      return [reason]
  }
}

const says: Record<ExplainedDecision['kind'], Says> = { trigger, audience, goal, variant, verdict, wait, branch, exit }
