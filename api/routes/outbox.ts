import { z } from 'zod'
import { PerennialError } from '../../domain/errors.ts'
import { campaignIds } from '../../domain/ids.ts'
import { channelSchema } from '../../domain/message/kinds.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { type OutboxRow, outboxPage } from '../../prisma/queries/outbox.ts'
import { storeReports } from '../../prisma/queries/provider-events.ts'
import type { Routes } from '../deps.ts'
import { newsDesk } from '../news-desk.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'

const itemSchema = z
  .object({
    message: z.string(),
    channel: channelSchema,
    to: z.string(),
    title: z.string().meta({ description: 'Its subject, title, or first words.' }),
    content: z.record(z.string(), z.unknown()),
    at: z.iso.datetime(),
    test: z.boolean().meta({ description: 'Sent as a test of the channel: of no campaign, to no customer.' }),
    customer: z.string().nullable(),
    campaign: z.object({ id: z.string(), name: z.string() }).nullable(),
    step: z.string().nullable(),
    variant: z.string().nullable(),
    status: z.string(),
  })
  .meta({ id: 'OutboxItem' })

const position = z.object({ at: z.iso.datetime(), message: z.uuid() })

const show = (row: OutboxRow): z.infer<typeof itemSchema> => ({
  message: row.message,
  channel: row.channel as 'email' | 'sms' | 'inApp',
  to: row.to,
  title: String(row.content.subject ?? row.content.title ?? row.content.body ?? '').slice(0, 200),
  content: row.content,
  at: row.at.toISOString(),
  test: row.of === null,
  customer: row.of?.customer ?? null,
  campaign: row.of && { id: campaignIds.show(row.of.campaign), name: row.of.campaignName },
  step: row.of && (row.of.stepId ?? String(row.of.step)),
  variant: row.of?.variant ?? null,
  status: row.of?.status ?? 'accepted',
})

/**
 * What would have left if there were a provider, to look at; and what its reader would do, to try out how a journey goes on.
 * Nobody can play the reader of a message that a real provider has taken.
 */
export const outbox: Routes = (app, deps) => {
  const tags = ['outbox']
  const desk = newsDesk(app, deps)

  app.get(
    '/v1/outbox',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        querystring: pageQuery.extend({ channel: channelSchema.optional(), customer: z.string().max(500).optional() }),
        response: { 200: pageOf(itemSchema) },
      },
    },
    async request => {
      const { limit, cursor, channel, customer } = request.query
      const rows = await outboxPage(deps.db, { channel, customer, before: decodeCursor(cursor, position), limit: limit + 1 })
      return page(rows, limit, row => ({ at: row.at.toISOString(), message: row.message }), show)
    },
  )

  app.post(
    '/v1/outbox/:message/played',
    {
      config: { needs: 'draft' },
      schema: {
        tags,
        summary: 'Plays the reader of a message in the outbox: it counts as if a provider had reported it.',
        params: z.object({ message: z.uuid() }),
        body: z.strictObject({ did: z.enum(['delivered', 'opened', 'clicked', 'replied', 'bounced', 'complained']) }),
        response: { 202: z.object({ message: z.string(), did: z.string() }) },
      },
    },
    async (request, reply) => {
      const { message } = request.params
      const { did } = request.body
      const [row] = await outboxPage(deps.db, { message, limit: 1 })
      if (!row) throw new PerennialError('notFound', t => t.refusals.notInOutbox(message))
      if (!row.of) throw new PerennialError('conflict', t => t.refusals.isATest)
      if (row.channel === 'inApp') throw new PerennialError('conflict', t => t.refusals.realInbox)
      const at = deps.clock()
      await storeReports(
        deps.db,
        'sandbox',
        [{ eventId: `${message} ${did}`, kind: did, message, facts: { at: at.getTime() } }],
        at,
      )
      await recordAudit(deps.db, { at, actor: request.actor.name, action: 'outbox.played', target: message, facts: { did } })
      desk.stir()
      return reply.code(202).send({ message, did })
    },
  )
}
