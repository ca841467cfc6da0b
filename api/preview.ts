import { type Campaign, onlyVariant, variantsOf } from '../domain/campaign/campaign.ts'
import { localeOf } from '../domain/customer/language.ts'
import { fault, PerennialError, unprocessable } from '../domain/errors.ts'
import { assignVariant, holdoutKey } from '../domain/experiment/assign.ts'
import { compileProgram } from '../domain/journey/program.ts'
import type { MessageBody } from '../domain/journey/steps/message.ts'
import type { ContentOf } from '../domain/message/content.ts'
import type { ChannelKind } from '../domain/message/kinds.ts'
import { letterVariables } from '../domain/message/letter-variables.ts'
import { type Previewed, previewContent } from '../domain/message/preview.ts'
import { rewardNames, type Scope, type ScopeRewards, scopeCustomer } from '../domain/message/scope.ts'
import { authored } from '../domain/message/sources.ts'
import { stopNotice } from '../domain/message/stop-notice.ts'
import type { Settings } from '../domain/settings.ts'
import type { Sentence } from '../domain/texts/texts.ts'
import { milliseconds } from '../domain/time.ts'
import { rewardsOf } from '../prisma/queries/person-rewards.ts'
import { newestEvent, type PreviewCustomer, previewCustomer } from '../prisma/queries/preview.ts'
import { readSettings } from '../prisma/queries/settings.ts'
import type { Deps } from './deps.ts'

export interface PreviewRequest {
  customer: string
  step?: string | undefined
  variant?: string | undefined
  event?: { name?: string | undefined; properties: Record<string, unknown> } | undefined
  /** Shows the addresses in an SMS as they were written, for a test that somebody shall follow. */
  wholeLinks?: boolean
}

export type Preview = Previewed & {
  customer: string
  step: string
  variant: string
  class: MessageBody['class']
  to: string | null
  from: string | null
}

/**
 * One message of a draft as one customer would get it: the same compiler and the same scope as a send, with links that lead
 * nowhere. Throws `notFound` for an unknown customer, `unprocessable` for a step, variant or field that is not there.
 */
export async function preview(
  deps: Deps,
  campaign: { id: number; document: Campaign },
  request: PreviewRequest,
): Promise<Preview> {
  const { document } = campaign
  const step = messageStep(document, request.step)
  const person = await previewCustomer(deps.db, request.customer)
  if (!person)
    throw new PerennialError('notFound', t => t.refusals.noCustomer(request.customer), {
      faults: [fault('/customer', 'unknownCustomer', t => t.refusals.noCustomerHere(request.customer))],
    })
  const variant = variantFor(campaign, request)
  const content = step.body.contents[variant] ?? step.body.contents['']
  if (!content)
    throw unprocessable(
      '/variant',
      'missingVariant',
      t => t.refusals.noContentFor(step.id, variant),
      t => t.refusals.hasContentFor(Object.keys(step.body.contents)),
    )
  const settings = await readSettings(deps.db, deps.config)
  const scope = await scopeFor(deps, settings, document, step.body, person, request.event)
  const rendered = previewContent(step.body.channel, content as ContentOf[ChannelKind], scope, {
    path: '/customer',
    shortLinksOf: request.wholeLinks || !settings.trackClicks ? undefined : deps.config.publicUrl,
  })
  return {
    customer: person.externalId,
    step: step.id,
    variant,
    class: step.body.class,
    ...ends(deps, step.body.channel, person),
    ...rendered,
  }
}

/** The step by its id; the only message of a campaign needs no name. */
function messageStep(document: Campaign, id: string | undefined): { id: string; body: MessageBody } {
  const { steps } = compileProgram(document.goals)
  // A survey is a message whose link leads to a question.
  const messages = steps.filter(step => step.body.kind === 'message')
  const known: Sentence = t => t.refusals.itsMessages(messages.map(step => step.id))
  if (id === undefined && messages.length !== 1) throw unprocessable('/step', 'missing', t => t.refusals.nameStep, known)
  const step = id === undefined ? messages[0] : steps.find(each => each.id === id)
  if (!step) throw unprocessable('/step', 'unknownStep', t => t.refusals.noStep(id), known)
  if (step.body.kind !== 'message')
    throw unprocessable('/step', 'notAMessage', t => t.refusals.notAMessage(step.id, step.kind), known)
  return { id: step.id, body: step.body }
}

/** The variant asked for, or the one this customer would be given; who is held out is shown the first. */
function variantFor(campaign: { id: number; document: Campaign }, { variant, customer }: PreviewRequest): string {
  const { experiment } = campaign.document
  const keys = variantsOf(campaign.document).map(each => each.key)
  if (variant !== undefined) {
    if (keys.includes(variant)) return variant
    const known: Sentence = t => (experiment ? t.refusals.itsVariants(keys) : t.refusals.noExperiment)
    throw unprocessable('/variant', 'unknownVariant', t => t.refusals.noVariant(variant), known)
  }
  const first = keys[0] ?? onlyVariant
  if (!experiment) return first
  const { holdout, variants } = experiment
  const assigned = assignVariant({ salt: `campaign-${campaign.id}`, customerId: customer, holdout, variants })
  return assigned === holdoutKey ? first : assigned
}

async function scopeFor(
  deps: Deps,
  settings: Settings,
  document: Campaign,
  body: MessageBody,
  person: PreviewCustomer,
  given: PreviewRequest['event'],
): Promise<Scope> {
  const trigger = document.trigger.kind === 'event' ? document.trigger.event : undefined
  const event = given
    ? { name: given.name ?? trigger ?? '', properties: given.properties }
    : trigger === undefined
      ? undefined
      : await newestEvent(deps.db, person.id, trigger)
  return {
    customer: scopeCustomer(person),
    ...(await rewardsFor(deps, document, body, person)),
    ...(event ? { event } : {}),
    campaign: { name: document.name },
    unsubscribeUrl: `${deps.config.publicUrl}/u/preview`,
    preferencesUrl: `${deps.config.publicUrl}/preferences/preview`,
    surveyUrl: `${deps.config.publicUrl}/s/preview`,
    // The first marketing SMS somebody gets says how to end them.
    ...(body.channel === 'sms' && body.class === 'marketing' && !person.smsBefore
      ? { stopNotice: stopNotice(localeOf(person)) }
      : {}),
    ...(settings.postalAddress ? { postalAddress: settings.postalAddress } : {}),
    at: deps.clock().getTime(),
    ...(person.timezone ? { zone: person.timezone } : {}),
  }
}

/** Points and tier as they stand; the offer is the one this campaign would make, or the newest the customer has. */
async function rewardsFor(deps: Deps, document: Campaign, body: MessageBody, person: PreviewCustomer): Promise<ScopeRewards> {
  const reads = Object.values(body.contents).some(content =>
    letterVariables(body.channel, authored(content)).some(({ steps }) =>
      (rewardNames as readonly string[]).includes(String(steps[0])),
    ),
  )
  if (!reads) return {}
  const [row] = await rewardsOf(deps.db, [{ customer: person.id, enrollment: null }])
  const made = compileProgram(document.goals).steps.flatMap(step => (step.body.kind === 'offer' ? [step.body] : []))[0]
  const expiresAt = made?.expires ? new Date(deps.clock().getTime() + milliseconds(made.expires)) : row?.expiresAt
  return {
    points: row?.balance ?? 0,
    ...(row?.tier ? { tier: row.tier } : {}),
    ...(row?.nextTier ? { nextTier: { name: row.nextTier, missing: row.missing ?? 0 } } : {}),
    ...(made || row?.key
      ? {
          offer: {
            key: made?.key ?? row?.key ?? '',
            value: made?.value ?? row?.value ?? '',
            code: 'ABCD-2345',
            ...(expiresAt ? { expiresAt: expiresAt.toISOString() } : {}),
          },
        }
      : {}),
  }
}

/** Between whom the message would travel; `from` is null where the sandbox keeps it. */
function ends({ config }: Deps, channel: ChannelKind, person: PreviewCustomer): { to: string | null; from: string | null } {
  if (channel === 'email') return { to: person.email, from: config.sendgrid?.from ?? null }
  if (channel === 'sms') return { to: person.phone, from: config.twilio?.from ?? config.twilio?.messagingServiceSid ?? null }
  return { to: person.externalId, from: null }
}
