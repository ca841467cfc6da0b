import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { readSendGridEvents, verifySendGrid } from '../../channels/email/sendgrid-events.ts'
import { header, toStored } from '../../channels/provider-news.ts'
import { readTwilioInbound, readTwilioStatus, verifyTwilio } from '../../channels/sms/twilio-events.ts'
import { readStripe, verifyStripe } from '../../channels/stripe/events.ts'
import { addressHash } from '../../domain/customer/address-hash.ts'
import { confirmation } from '../../domain/customer/confirmation.ts'
import { readInbound } from '../../domain/customer/stop-words.ts'
import { takeInbound } from '../../prisma/queries/inbound.ts'
import { storeReports } from '../../prisma/queries/provider-events.ts'
import type { Routes } from '../deps.ts'
import { readJson } from '../json.ts'
import { newsDesk } from '../news-desk.ts'
import { takeStripe } from '../stripe.ts'
import { badSignature, hashesOf, publicAddress, rawBody, readForm } from '../webhooks.ts'

/** A provider decides how much it reports at once. */
const bodyLimit = 64 * 1024 * 1024
const storedSchema = z.object({ stored: z.int() })
const callQuery = z.record(z.string(), z.union([z.string(), z.array(z.string())]))

/** What providers report. Stored first, answered, then processed; whatever is not signed changes nothing. */
export const webhooks: Routes = (root, deps) => {
  const desk = newsDesk(root, deps)
  const { config } = deps
  root.register(async scope => {
    // Signatures are over bytes: nothing is parsed before one holds.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    const app = scope.withTypeProvider<ZodTypeProvider>()
    const tags = ['webhooks']
    const settings = { config: { needs: 'public' as const }, bodyLimit }

    app.post('/webhooks/sendgrid/events', { ...settings, schema: { tags, response: { 200: storedSchema } } }, async request => {
      const key = config.sendgridWebhookPublicKey
      const raw = rawBody(request)
      const receivedAt = deps.clock()
      if (!key || !verifySendGrid(key, request.headers, raw, receivedAt))
        throw badSignature('SendGrid', 'SENDGRID_WEBHOOK_PUBLIC_KEY', Boolean(key))
      const news = readSendGridEvents(readJson(raw), hashesOf(deps, 'email'))
      const reports = news.map(each => toStored(each, receivedAt))
      const stored = await desk.taking(() => storeReports(deps.db, 'sendgrid', reports, receivedAt))
      if (stored > 0) desk.stir()
      return { stored }
    })

    app.post(
      '/webhooks/twilio/status',
      { ...settings, schema: { tags, querystring: callQuery, response: { 200: storedSchema } } },
      async request => {
        const form = readForm(rawBody(request))
        const token = config.twilio?.authToken
        if (!token || !verifyTwilio(token, publicAddress(deps, request), form, header(request.headers, 'x-twilio-signature')))
          throw badSignature('Twilio', 'TWILIO_AUTH_TOKEN', Boolean(token))
        const receivedAt = deps.clock()
        const news = readTwilioStatus(form, request.query, receivedAt.getTime(), hashesOf(deps, 'sms'), config.twilio?.errors)
        const stored = news ? await storeReports(deps.db, 'twilio', [toStored(news, receivedAt)], receivedAt) : 0
        if (stored > 0) desk.stir()
        return { stored }
      },
    )

    app.post(
      '/webhooks/twilio/inbound',
      { ...settings, schema: { tags, querystring: callQuery, response: { 200: z.string() } } },
      async (request, reply) => {
        const form = readForm(rawBody(request))
        const token = config.twilio?.authToken
        if (!token || !verifyTwilio(token, publicAddress(deps, request), form, header(request.headers, 'x-twilio-signature')))
          throw badSignature('Twilio', 'TWILIO_AUTH_TOKEN', Boolean(token))
        reply.type('text/xml; charset=utf-8')
        const inbound = readTwilioInbound(form)
        if (!inbound) return reply.serializer(String).send(twiml())
        // What either of us takes for STOP is one.
        const asks = inbound.optOut === 'stop' ? 'stop' : readInbound(inbound.body)
        const { fresh, locale } = await takeInbound(deps.db, {
          eventId: inbound.sid,
          from: inbound.from,
          address: addressHash(config.secretKey, 'sms', inbound.from),
          asks,
          words: inbound.body,
          at: deps.clock(),
        })
        if (fresh && (asks === 'none' || asks === 'help')) desk.stir()
        // Twilio has answered already what it understood itself; a repetition is not answered again.
        const answer = fresh && asks !== 'none' && !inbound.optOut ? confirmation(asks, locale) : undefined
        return reply.serializer(String).send(twiml(answer))
      },
    )

    app.post('/webhooks/stripe', { ...settings, schema: { tags, response: { 200: storedSchema } } }, async request => {
      const secret = config.stripeWebhookSecret
      const raw = rawBody(request)
      const at = deps.clock()
      if (!secret || !verifyStripe(secret, header(request.headers, 'stripe-signature'), raw, at.getTime()))
        throw badSignature('Stripe', 'STRIPE_WEBHOOK_SECRET', Boolean(secret))
      const news = readStripe(readJson(raw))
      return { stored: news ? await takeStripe(deps, news, at) : 0 }
    })
  })
}

const twiml = (words?: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Response>${words === undefined ? '' : `<Message>${escapeXml(words)}</Message>`}</Response>`

const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
