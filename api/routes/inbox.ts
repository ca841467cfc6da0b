import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { fault, PerennialError } from '../../domain/errors.ts'
import { type InboxGrant, inboxToken, readInboxToken } from '../../domain/message/inbox-token.ts'
import type { Texts } from '../../domain/texts/texts.ts'
import { durationSchema, milliseconds } from '../../domain/time.ts'
import { customerNumber, type InboxDeed, type InboxRow, listInbox, markInbox } from '../../prisma/queries/inbox.ts'
import { storeReports } from '../../prisma/queries/provider-events.ts'
import { keyOf } from '../auth.ts'
import type { App, Deps, Routes } from '../deps.ts'
import { createHub } from '../inbox/hub.ts'
import { newsDesk } from '../news-desk.ts'
import { decodeCursor, page, pageQuery } from '../page.ts'

const beatEveryMs = 15_000
/** A reader this far behind comes back and catches up, instead of being kept in memory. */
const mostUnsent = 256 * 1024
const longestGrant = 24 * 3_600_000

const messageSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    body: z.string(),
    action: z.string().nullable().meta({ description: 'An address to go to' }),
    actionLabel: z.string().nullable(),
    at: z.iso.datetime(),
    seenAt: z.iso.datetime().nullable(),
    clickedAt: z.iso.datetime().nullable(),
    dismissedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'InboxMessage' })

const show = (row: InboxRow): z.infer<typeof messageSchema> => ({
  id: row.id,
  title: row.content.title ?? '',
  body: row.content.body ?? '',
  action: row.content.action ?? null,
  actionLabel: row.content.actionLabel ?? null,
  at: row.at.toISOString(),
  seenAt: row.seenAt?.toISOString() ?? null,
  clickedAt: row.clickedAt?.toISOString() ?? null,
  dismissedAt: row.dismissedAt?.toISOString() ?? null,
})

/** What one customer finds in the app: a list, a live stream, and what they do with it. Opened by a short-lived token of their own. */
export const inbox: Routes = (app, deps) => {
  tokens(app, deps)
  snippet(app)
  app.register(async scope => {
    const own = scope.withTypeProvider<ZodTypeProvider>()
    openToOtherSites(own)
    reading(own, deps)
    listening(own, deps)
    deeds(own, deps)
  })
}

const tags = ['in-app']
const open = { config: { needs: 'public' } } as const
const security = [{ inboxToken: [] }]

/** Whose inbox the request's token opens. Throws `unauthorized`. */
function grantOf(deps: Deps, request: FastifyRequest): InboxGrant {
  const token = keyOf(request.headers.authorization)
  const grant = token === undefined ? undefined : readInboxToken(deps.config.secretKey, token, deps.clock())
  if (grant) return grant
  const why = ({ refusals }: Texts) => (token === undefined ? refusals.noInboxToken : refusals.inboxTokenOver)
  throw new PerennialError('unauthorized', t => t.refusals.needsInboxToken(why(t)), {
    faults: [fault('/headers/authorization', 'noInboxToken', why, t => t.refusals.newInboxToken)],
  })
}

function tokens(app: App, deps: Deps): void {
  app.post(
    '/v1/customers/:externalId/inbox-token',
    {
      config: { needs: 'manage' },
      schema: {
        tags,
        summary: 'A token with which this customer’s browser reads their inbox, and nothing else. Ask for it from your server.',
        params: z.object({ externalId: z.string().min(1).max(500) }),
        body: z
          .strictObject({ expiresIn: durationSchema.default('1h').meta({ description: 'At most 24h', examples: ['1h'] }) })
          .nullish(),
        response: { 200: z.object({ token: z.string(), expiresAt: z.iso.datetime() }) },
      },
    },
    async request => {
      const ms = milliseconds(request.body?.expiresIn ?? '1h')
      if (ms <= 0 || ms > longestGrant)
        throw new PerennialError('malformed', t => t.refusals.expiresIn, {
          faults: [fault('/expiresIn', 'outOfRange', t => t.refusals.atMost24h)],
        })
      const { externalId } = request.params
      const customer = await customerNumber(deps.db, externalId)
      if (customer === undefined) throw new PerennialError('notFound', t => t.refusals.noCustomer(externalId))
      const expiresAt = new Date(Math.floor((deps.clock().getTime() + ms) / 1_000) * 1_000)
      return { token: inboxToken(deps.config.secretKey, { customer, expiresAt }), expiresAt: expiresAt.toISOString() }
    },
  )
}

/** Any site may ask: what opens an inbox is the token, which no browser sends by itself. */
function openToOtherSites(app: App): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({ 'access-control-allow-origin': '*', 'access-control-expose-headers': 'retry-after' })
  })
  const paths = ['messages', 'stream', ...(['seen', 'clicked', 'dismissed'] as const).map(deed => `messages/:id/${deed}`)]
  for (const path of paths)
    app.options(`/v1/inbox/${path}`, { ...open, schema: { hide: true } }, async (_request, reply) =>
      reply
        .code(204)
        .headers({
          'access-control-allow-methods': 'GET, POST',
          'access-control-allow-headers': 'authorization, content-type, last-event-id',
          'access-control-max-age': '7200',
        })
        .send(),
    )
}

function reading(app: App, deps: Deps): void {
  app.get(
    '/v1/inbox/messages',
    {
      ...open,
      schema: {
        tags,
        summary: 'What the customer has not dismissed, newest first',
        security,
        querystring: pageQuery,
        response: {
          200: z.object({
            data: z.array(messageSchema),
            next: z.string().nullable(),
            unseen: z.int().meta({ description: 'Of all, not of this page' }),
          }),
        },
      },
    },
    async request => {
      const { customer } = grantOf(deps, request)
      const { limit, cursor } = request.query
      const before = decodeCursor(cursor, z.object({ at: z.iso.datetime(), id: z.uuid() }))
      const { rows, unseen } = await listInbox(deps.db, customer, { limit: limit + 1, before })
      return { ...page(rows, limit, row => ({ at: row.at.toISOString(), id: row.id }), show), unseen }
    },
  )
}

function listening(app: App, deps: Deps): void {
  const hub = createHub(deps)
  app.addHook('preClose', () => hub.close())
  app.get(
    '/v1/inbox/stream',
    {
      ...open,
      schema: {
        tags,
        summary: 'Server-sent events: `message` with an InboxMessage as it comes; `reload` when the list is to be read again.',
        description:
          'With Last-Event-ID (the id of the last message that came) what was missed comes first. A message may come again after a reconnection; its id is the same. The stream ends with its token.',
        security,
        headers: z.looseObject({ 'last-event-id': z.string().max(100).optional() }),
      },
    },
    async (request, reply) => {
      const grant = grantOf(deps, request)
      const last = z.uuid().safeParse(request.headers['last-event-id'])
      const response = reply.raw
      const leave = await hub.join({ customer: grant.customer, ...writing(response) }, last.success ? last.data : undefined)
      reply.hijack()
      const end = () => {
        clearInterval(beat)
        leave()
        response.end()
      }
      const beat = setInterval(() => {
        if (deps.clock() >= grant.expiresAt || response.writableLength > mostUnsent) end()
        else response.write(': still here\n\n')
      }, beatEveryMs)
      response.once('close', end)
      if (response.destroyed) return end()
      response.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        // Not kept for another request: a server that ends would wait for it.
        connection: 'close',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      response.write('retry: 3000\n\n')
    },
  )
}

const writing = (response: ServerResponse) => ({
  send: (rows: readonly InboxRow[]) => {
    for (const row of rows) response.write(`event: message\nid: ${row.id}\ndata: ${JSON.stringify(show(row))}\n\n`)
  },
  reload: () => void response.write('event: reload\ndata: {}\n\n'),
  end: () => void response.end(),
})

/** What each deed proves about the message: who dismisses it has seen it. */
const proof: Record<InboxDeed, 'opened' | 'clicked'> = { seen: 'opened', clicked: 'clicked', dismissed: 'opened' }

function deeds(app: App, deps: Deps): void {
  const desk = newsDesk(app, deps)
  for (const deed of ['seen', 'clicked', 'dismissed'] as const)
    app.post(
      `/v1/inbox/messages/:id/${deed}`,
      {
        ...open,
        schema: {
          tags,
          summary: `The customer has ${deed} it: moves the message forward, and whoever waits for that. Again changes nothing.`,
          security,
          params: z.object({ id: z.uuid() }),
          response: { 200: messageSchema },
        },
      },
      async request => {
        const { customer } = grantOf(deps, request)
        const { id: message } = request.params
        const at = deps.clock()
        const row = await deps.db.transaction(async tx => {
          const marked = await markInbox(tx, { customer, message, deed, at })
          const kind = proof[deed]
          const report = { eventId: `${message}:${kind}`, kind, message, facts: { at: at.getTime() } }
          if (marked) await storeReports(tx, 'inbox', [report], at)
          return marked
        })
        if (!row) throw new PerennialError('notFound', t => t.refusals.notInInbox(message))
        desk.stir()
        return show(row)
      },
    )
}

/** The browser's part, served as it was written. */
function snippet(app: App): void {
  const source = readFileSync(new URL('../inbox/inbox.js', import.meta.url))
  const packed = gzipSync(source, { level: 9 })
  app.get('/inbox.js', { config: { needs: 'public' }, schema: { hide: true } }, async (request, reply) => {
    const gzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
    reply.headers({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=3600',
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': '*',
      vary: 'accept-encoding',
      ...(gzip ? { 'content-encoding': 'gzip' } : {}),
    })
    return reply.serializer(body => body as never).send(gzip ? packed : source)
  })
}
