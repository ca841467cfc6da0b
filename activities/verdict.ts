import type { Envelope } from '../channels/channel.ts'
import type { Campaign } from '../domain/campaign/campaign.ts'
import { localeOf } from '../domain/customer/language.ts'
import type { MessageBody } from '../domain/journey/steps/message.ts'
import { costOf } from '../domain/message/cost.ts'
import type { CapWindow } from '../domain/message/facts.ts'
import { fill } from '../domain/message/letter.ts'
import { maySend } from '../domain/message/may-send.ts'
import { type Scope, type ScopeCustomer, scopeCustomer } from '../domain/message/scope.ts'
import { stopNotice } from '../domain/message/stop-notice.ts'
import type { CompiledLetter, Rendering } from '../domain/message/template.ts'
import type { TokenUse } from '../domain/message/token.ts'
import type { Settings } from '../domain/settings.ts'
import type { LedgerLine, Recipient } from '../prisma/queries/messages.ts'

/** What one customer's verdict is given on. */
export interface Judgement {
  person: Recipient
  suppression: { reason: string; at: Date } | undefined
  body: MessageBody
  letter: CompiledLetter
  document: Campaign
  settings: Settings
  caps: readonly CapWindow[]
  /** What the run may spend and has spent, in the reporting currency; null: no budget. */
  budget: { amount: number; spent: number; currency: string } | null
  at: Date
  /** The id of the ledger line. */
  id: string
  /** The message's token for one use. */
  token(use: TokenUse): string
  links: Links
}

/** What a scope is made of: the person, however they were read. */
export type ScopeFacts = Pick<Judgement, 'document' | 'settings' | 'at' | 'links' | 'token'> & {
  body: Pick<MessageBody, 'survey' | 'channel' | 'class'>
  /** Which letter reads it; without one, everything is there. */
  letter?: Pick<CompiledLetter, 'reads'>
  person: ScopeCustomer & Pick<Recipient, 'timezone' | 'eventName' | 'eventProperties' | 'smsBefore' | 'rewards'>
}

/** Makes the addresses that travel in a message. */
export interface Links {
  secretKey: string
  publicUrl: string
}

const none: readonly never[] = []

/** People who fall out of quiet hours together leave over this long, so that nine o'clock is no flood. */
const spreadMs = 15 * 60_000

export const addressOf = (channel: MessageBody['channel'], person: Recipient): string | null =>
  (channel === 'email' ? person.email : channel === 'sms' ? person.phone : String(person.customer)) ?? null

/** One line of the ledger, and the envelope when the verdict is to send. */
export function judge(judgement: Judgement): { line: LedgerLine; envelope?: Envelope } {
  const { person, body, settings, at, id } = judgement
  const base = {
    id,
    enrollment: person.enrollment,
    customer: person.customer,
    variant: person.variant,
    reason: null,
    evidence: null,
    deferredUntil: null,
    cost: null,
  }
  let scope: Scope | undefined
  let rendered: Rendering | undefined
  const render = () => {
    scope ??= scopeOf(judgement)
    rendered ??= judgement.letter.values(scope)
    return rendered
  }
  // An SMS costs what its text is long; who cannot be given a text costs nothing and is skipped for that.
  const text = () => {
    const values = render()
    return values.ok ? fill(judgement.letter.letter.fields.body ?? [], values.values) : ''
  }
  const cost = () => costOf(body.channel, text, settings.prices)
  const verdict = maySend(
    {
      at,
      customer: person.customer,
      channel: body.channel,
      class: body.class,
      topic: body.topic,
      address: addressOf(body.channel, person),
      timezone: person.timezone,
      suppression: judgement.suppression ?? null,
      consents: person.consents?.map(consent => ({ ...consent, at: new Date(consent.at) })) ?? none,
      budget: judgement.budget ? { ...judgement.budget, cost: cost() } : null,
      ignoreCaps: judgement.document.limits.ignoreCaps,
      caps: judgement.caps,
      capCounts: person.capCounts,
      quietHours: judgement.document.limits.quietHours,
      spreadMs,
    },
    settings,
  )
  if (!verdict.send) {
    const { send: _, because, ...evidence } = verdict
    if (verdict.because === 'quietHours')
      return { line: { ...base, status: 'deferred', evidence: { because, ...evidence }, deferredUntil: verdict.until } }
    return { line: { ...base, status: 'skipped', reason: because, evidence } }
  }
  const letter = render()
  if (!letter.ok) return { line: { ...base, status: 'skipped', reason: 'invalidTemplateData', evidence: letter } }
  const envelope: Envelope = {
    messageId: id,
    to: addressOf(body.channel, person) ?? '',
    values: letter.values,
    ...(letter.links ? { links: letter.links } : {}),
    ...(body.class === 'marketing' && scope?.unsubscribeUrl ? { unsubscribeUrl: scope.unsubscribeUrl } : {}),
  }
  return { line: { ...base, status: 'sending', cost: cost() }, envelope }
}

/** What one person's copy may read; the same person and moment again give the same copy. */
export function scopeOf({ person, body, letter, document, settings, at, links, token }: ScopeFacts): Scope {
  const link = (use: TokenUse, path: string) => `${links.publicUrl}/${path}/${token(use)}`
  // Links are signed for what the letter reads and no more. Plain values and no getters: these are made by the million.
  const reads = letter?.reads ?? (() => true)
  const listed = body.channel === 'email' && body.class === 'marketing'
  const scope: Scope = { customer: scopeCustomer(person), campaign: { name: document.name }, at: at.getTime() }
  if (person.eventName != null) scope.event = { name: person.eventName, properties: person.eventProperties ?? {} }
  if (listed || reads('unsubscribeUrl')) scope.unsubscribeUrl = link('unsubscribe', 'u')
  if (reads('preferencesUrl')) scope.preferencesUrl = link('preferences', 'preferences')
  if (reads('clickToken') && (settings.trackClicks || settings.trackOpens)) scope.clickToken = token('click')
  if (body.survey) scope.surveyUrl = link('survey', 's')
  if (body.channel === 'sms' && body.class === 'marketing' && !person.smsBefore) scope.stopNotice = stopNotice(localeOf(person))
  if (settings.postalAddress) scope.postalAddress = settings.postalAddress
  if (person.rewards) Object.assign(scope, person.rewards)
  if (person.timezone) scope.zone = person.timezone
  return scope
}
