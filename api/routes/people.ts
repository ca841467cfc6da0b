import type { FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { addressHash } from '../../domain/customer/address-hash.ts'
import { channelsEnded } from '../../domain/customer/consent.ts'
import { escapeHtml } from '../../domain/message/escape.ts'
import type { ChannelKind } from '../../domain/message/kinds.ts'
import { messageToken, readMessageToken, type TokenUse } from '../../domain/message/token.ts'
import { type ConsentSaid, recordConsents } from '../../prisma/queries/consents.ts'
import { type LinkedMessage, linkedMessage, wordsOf } from '../../prisma/queries/linked.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import { unsuppress } from '../../prisma/queries/suppress.ts'
import type { Deps, Routes } from '../deps.ts'
import { readFields } from '../people/form.ts'
import { sendPage, sendStranger } from '../people/html.ts'
import { choicesOf, nameOf, preferencesForm, saidWith } from '../people/preferences.ts'
import { aboutChannel, spokenTo, type Words } from '../people/words.ts'

const params = z.object({ token: z.string().max(200) })
const bodyLimit = 64 * 1024
const response = { 200: z.string(), 404: z.string() }

/** Where people say what they want: unsubscribing in one click (RFC 8058), and the preference centre. Reading changes nothing. */
export const people: Routes = (root, deps) => {
  root.register(async scope => {
    // Mailbox providers send multipart or urlencoded; whatever it is, a person's word must not fail on its wrapping.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    scope.addHook('onRequest', async request => {
      // A type that is none would be refused before anybody reads it.
      const type = request.headers['content-type']
      if (type !== undefined && !/^\s*[\w.+-]+\/[\w.+-]+/.test(type)) request.headers['content-type'] = 'application/octet-stream'
    })
    const app = scope.withTypeProvider<ZodTypeProvider>()
    const settings = { config: { needs: 'public' as const }, bodyLimit, schema: { tags: ['people'], params, response } }

    app.get('/u/:token', settings, async (request, reply) => {
      const message = await messageOf(deps, 'unsubscribe', request.params.token)
      if (!message) return sendStranger(reply)
      const spoken = spokenTo(message, request.headers['accept-language'])
      const { words } = spoken
      const { unsubscribeScope } = await readSettings(deps.db, deps.config)
      return sendPage(
        reply,
        200,
        spoken.language,
        words.unsubscribe,
        `<p>${escapeHtml(question(message.channel, unsubscribeScope, words))}</p><form method="post"><input type="hidden" name="from" value="page"><button type="submit">${escapeHtml(words.unsubscribe)}</button></form>${toPreferences(deps, message, words.orChoose)}`,
      )
    })

    app.post('/u/:token', settings, async (request, reply) => {
      const message = await messageOf(deps, 'unsubscribe', request.params.token)
      if (!message) return sendStranger(reply)
      const spoken = spokenTo(message, request.headers['accept-language'])
      const { words } = spoken
      // Whatever is wrong with the wrapping: the token says who, and the method says what.
      const fields = await readFields(request.body, request.headers['content-type']).catch(() => new URLSearchParams())
      const { unsubscribeScope } = await readSettings(deps.db, deps.config)
      const fromPage = fields.get('from') === 'page'
      await say(
        deps,
        request,
        message,
        channelsEnded(message.channel, unsubscribeScope).map(channel => ({ channel, topic: '', status: 'unsubscribed' })),
        fromPage
          ? { source: 'page', shown: question(message.channel, unsubscribeScope, words) }
          : { source: 'oneClick', shown: 'List-Unsubscribe' },
      )
      const ended = unsubscribeScope === 'all' ? words.endedAll : aboutChannel(words.endedChannel, words, message.channel)
      return sendPage(
        reply,
        200,
        spoken.language,
        words.ended,
        `<p role="status">${escapeHtml(ended)}</p>${toPreferences(deps, message, words.choose)}`,
      )
    })

    const centre = async (message: LinkedMessage, words: Words) => {
      const standing = await readSettings(deps.db, deps.config)
      const reachable = (['email', 'sms', 'inApp'] as const).filter(
        channel => channel === message.channel || (channel === 'email' && message.email) || (channel === 'sms' && message.phone),
      )
      return choicesOf(reachable, await wordsOf(deps.db, message.customer), standing, words)
    }

    app.get('/preferences/:token', settings, async (request, reply) => {
      const message = await messageOf(deps, 'preferences', request.params.token)
      if (!message) return sendStranger(reply)
      const { language, words } = spokenTo(message, request.headers['accept-language'])
      return sendPage(reply, 200, language, words.centre, preferencesForm(await centre(message, words), words))
    })

    app.post('/preferences/:token', settings, async (request, reply) => {
      const message = await messageOf(deps, 'preferences', request.params.token)
      if (!message) return sendStranger(reply)
      const { language, words } = spokenTo(message, request.headers['accept-language'])
      const fields = await readFields(request.body, request.headers['content-type'])
      const choices = await centre(message, words)
      const said = saidWith(choices, new Set(fields.getAll('shown')), new Set(fields.getAll('on')))
      await say(deps, request, message, said, {
        source: 'preferences',
        shown: choices.map(choice => `${nameOf(choice)}: ${choice.name}`).join('; '),
      })
      return sendPage(
        reply,
        200,
        language,
        words.saved,
        `<p role="status">${escapeHtml(words.savedLead)}</p>${preferencesForm(await centre(message, words), words)}`,
      )
    })
  })
}

async function messageOf(deps: Deps, use: TokenUse, token: string): Promise<LinkedMessage | undefined> {
  const id = readMessageToken(deps.config.secretKey, use, token)
  return id === undefined ? undefined : await linkedMessage(deps.db, id)
}

const question = (channel: ChannelKind, scope: 'channel' | 'all', words: Words): string =>
  scope === 'all' ? words.endAll : aboutChannel(words.endChannel, words, channel)

const toPreferences = (deps: Deps, message: LinkedMessage, words: string): string =>
  `<p><a href="/preferences/${messageToken(deps.config.secretKey, 'preferences', message.id)}">${escapeHtml(words)}</a></p>`

/** Keeps what a person said, with what was shown to them, where and when. Who asks for a channel again is off its list of the unsubscribed. */
async function say(
  deps: Deps,
  request: FastifyRequest,
  message: LinkedMessage,
  said: readonly Pick<ConsentSaid, 'channel' | 'topic' | 'status'>[],
  how: { source: string; shown: string },
): Promise<void> {
  if (said.length === 0) return
  const at = deps.clock()
  const agent = request.headers['user-agent']
  const forwarded = request.headers['x-forwarded-for']
  const evidence = {
    shown: how.shown.slice(0, 2_000),
    message: message.id,
    ip: request.ip,
    ...(typeof forwarded === 'string' ? { forwardedFor: forwarded.slice(0, 200) } : {}),
    ...(agent ? { userAgent: agent.slice(0, 300) } : {}),
  }
  await deps.db.transaction(async tx => {
    await recordConsents(
      tx,
      said.map(each => ({ ...each, customer: message.customer, source: how.source, evidence, at })),
    )
    for (const { channel, status } of said) {
      const address = channel === 'email' ? message.email : channel === 'sms' ? message.phone : null
      if (status === 'subscribed' && address)
        await unsuppress(tx, channel, addressHash(deps.config.secretKey, channel as ChannelKind, address), ['unsubscribed'])
    }
  })
}
