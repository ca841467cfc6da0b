import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Channels, Outcome } from '../../channels/channel.ts'
import { createChannels } from '../../channels/registry.ts'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import { addressHash } from '../../domain/customer/address-hash.ts'
import { emailAddress } from '../../domain/customer/email.ts'
import { phoneNumber } from '../../domain/customer/phone.ts'
import { fault, PerennialError, unprocessable } from '../../domain/errors.ts'
import type { LetterField } from '../../domain/message/letter.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import { keepInInbox, keepInOutbox } from '../../prisma/queries/stores.ts'
import { findSuppression } from '../../prisma/queries/suppressions.ts'
import { unsubscribedSince } from '../../prisma/queries/test-send.ts'
import type { Deps, Routes } from '../deps.ts'
import { type Preview, preview } from '../preview.ts'
import { campaignOf } from './campaigns.ts'

const bodySchema = z
  .strictObject({
    channel: z.enum(['email', 'sms', 'inApp']),
    to: z.string().trim().min(1).max(300).meta({ description: 'An e-mail address, or a phone number.' }),
    message: z
      .strictObject({
        campaign: z.string().min(1).max(100),
        customer: z.string().min(1).max(500).meta({ description: 'Whose copy to send.' }),
        step: z.string().min(1).max(200).optional(),
        variant: z.string().min(1).max(100).optional(),
      })
      .optional()
      .meta({
        description: 'A message of a campaign, its links leading nowhere. Without it, a few words that say what they are.',
      }),
  })
  .meta({ id: 'TestSend' })
const answerSchema = z
  .object({
    channel: z.string(),
    provider: z.string().meta({ description: '`sandbox`: nothing has left, it lies in the outbox.' }),
    to: z.string(),
    outcome: z.enum(['accepted', 'refused', 'later', 'unclear']).meta({ description: 'What the provider said.' }),
    detail: z.string().optional(),
    message: z.uuid(),
  })
  .meta({ id: 'TestSendAnswer' })
type Fields = Partial<Record<LetterField, string>>

/** One message to one address through the channel itself, marked as a test; never to anybody who must not be written to. */
export const testSend: Routes = (app, deps) => {
  let made: Channels | undefined
  const channels = () => {
    made ??= createChannels(deps.config, {
      inbox: { put: rows => keepInInbox(deps.db, rows) },
      outbox: kind => ({ put: rows => keepInOutbox(deps.db, kind, rows) }),
    })
    return made
  }

  app.post(
    '/v1/settings/test-send',
    {
      config: { needs: 'launch', idempotent: true },
      schema: {
        tags: ['settings'],
        summary: 'Sends one message, marked as a test, and answers what the provider said.',
        body: bodySchema,
        response: { 200: answerSchema },
      },
    },
    async request => {
      const { channel, message } = request.body
      if (channel === 'inApp')
        throw unprocessable(
          '/channel',
          'noTest',
          t => t.refusals.inAppHasNoAddress,
          t => t.refusals.openYourApp,
        )
      const to = await addressOf(deps, channel, request.body.to)
      await refuseWhoMustNot(deps, channel, to)
      const at = deps.clock()
      const fields = message ? await ofCampaign(deps, channel, message) : words(channel, at)
      const id = randomUUID()
      const carrier = channels()[channel]
      const [outcome] = await carrier.send({
        letter: { fields: Object.fromEntries(Object.entries(fields).map(([key, text]) => [key, [text]])), places: 0 },
        class: 'transactional',
        envelopes: [{ messageId: id, to, values: [] }],
        at: at.getTime(),
      })
      const said: Outcome = outcome ?? { kind: 'unclear', code: 'noAnswer', detail: 'The channel gave no answer.' }
      await recordAudit(deps.db, {
        at,
        actor: request.actor.name,
        action: 'channel.tested',
        target: channel,
        facts: { provider: carrier.provider, outcome: said.kind, ...(message ? { campaign: message.campaign } : {}) },
      })
      return {
        channel,
        provider: carrier.provider,
        to,
        outcome: said.kind,
        ...('detail' in said ? { detail: said.detail } : {}),
        message: id,
      }
    },
  )
}

async function addressOf(deps: Deps, channel: 'email' | 'sms', text: string): Promise<string> {
  const { defaultRegion } = await readSettings(deps.db, deps.config)
  const address = channel === 'email' ? emailAddress(text) : phoneNumber(text, defaultRegion)
  if (address) return address
  throw unprocessable('/to', 'invalid', channel === 'email' ? t => t.refusals.noEmailAddress : t => t.refusals.noPhoneNumber)
}

/** Stricter than a campaign: a test is owed to nobody, so that whoever said no to anything is left alone. */
async function refuseWhoMustNot(deps: Deps, channel: 'email' | 'sms', to: string): Promise<void> {
  const suppression = await findSuppression(deps.db, channel, addressHash(deps.config.secretKey, channel, to))
  const since = suppression?.at ?? (await unsubscribedSince(deps.db, channel, to))
  if (!since) return
  const reason = suppression?.reason ?? 'unsubscribed'
  const when = since.toISOString()
  throw new PerennialError('conflict', t => t.refusals.nothingSent(t.refusals.mayNotWrite(reason, when)), {
    faults: [
      fault(
        '/to',
        'suppressed',
        t => t.refusals.mayNotWrite(reason, when),
        t => t.refusals.anotherAddress,
      ),
    ],
  })
}

const words = (channel: 'email' | 'sms', at: Date): Fields => {
  const text = `This is a test of the channel, sent on ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC.`
  return channel === 'sms' ? { body: `[Test] ${text}` } : { subject: '[Test] It works', html: `<p>${text}</p>`, text }
}

async function ofCampaign(
  deps: Deps,
  channel: 'email' | 'sms',
  { campaign, ...asked }: NonNullable<z.infer<typeof bodySchema>['message']>,
): Promise<Fields> {
  const { id, document } = await campaignOf(deps, campaign)
  const shown: Preview = await preview(deps, { id, document: campaignSchema.parse(document) }, { ...asked, wholeLinks: true })
  if (shown.channel !== channel)
    throw unprocessable('/channel', 'otherChannel', t => t.refusals.otherChannel(shown.step, shown.channel))
  if (shown.channel === 'email') return { subject: `[Test] ${shown.subject}`, html: shown.html, text: shown.text }
  return shown.channel === 'sms' ? { body: `[Test] ${shown.body}` } : {}
}
