import { z } from 'zod'
import { PerennialError } from '../../domain/errors.ts'
import { campaignIds, runIds } from '../../domain/ids.ts'
import { messageStatuses } from '../../domain/message/delivery.ts'
import { channelSchema } from '../../domain/message/kinds.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { holdStatus } from '../../prisma/queries/runs.ts'
import { askAgain } from '../../prisma/queries/send-again.ts'
import { ledgerPage, settleDoubt } from '../../prisma/queries/uncertain.ts'
import type { Deps, Routes } from '../deps.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'
import { messageSchema, showMessage } from './messages.ts'

const entrySchema = messageSchema
  .extend({
    campaign: z.string(),
    run: z.string(),
    uncertainAt: z.iso.datetime().optional(),
    /** For a send without a clear answer: what would settle it. */
    wouldSettle: z.array(z.string()).optional(),
  })
  .meta({ id: 'LedgerEntry' })
type Row = Awaited<ReturnType<typeof ledgerPage>>[number]

/** What would settle a doubtful send, for the person who looks at it. */
function wouldSettle({ channel, status }: Row, publicUrl: string): string[] {
  const byHand =
    status === 'held'
      ? 'POST /v1/messages/{id}/settle with {"as": "accepted"} or {"as": "notAccepted"} after looking it up at the provider; its customer has gone on, so it is sent again only by POST /v1/messages/{id}/send-again'
      : 'POST /v1/messages/{id}/settle with {"as": "accepted"}, or with {"as": "notAccepted"} to send it again, after looking it up at the provider'
  if (channel === 'sms')
    return [
      `a status callback to ${publicUrl}/webhooks/twilio/status`,
      'Twilio’s list of messages to the number, asked every half minute',
      byHand,
    ]
  return [
    `an event about it at ${publicUrl}/webhooks/sendgrid/events (its custom_args carry message_id)`,
    'SendGrid’s email activity, asked where the account has it (SENDGRID_ACTIVITY=1)',
    'events about nearly all others of that time and none about its batch',
    byHand,
  ]
}

const show = (row: Row, publicUrl: string): z.infer<typeof entrySchema> => ({
  ...showMessage(row, row.stepId ?? `${row.step}`),
  campaign: campaignIds.show(row.campaign),
  run: runIds.show(row.run),
  ...(row.uncertainAt ? { uncertainAt: row.uncertainAt.toISOString() } : {}),
  ...(row.status === 'uncertain' || row.status === 'held' ? { wouldSettle: wouldSettle(row, publicUrl) } : {}),
})

/** The ledger over all campaigns: above all, what nobody knows the fate of, and a person's word on it. */
export const ledger: Routes = (app, deps) => {
  app.get(
    '/v1/messages',
    {
      config: { needs: 'read' },
      schema: {
        tags: ['messages'],
        querystring: pageQuery.extend({ status: z.enum(messageStatuses).optional(), channel: channelSchema.optional() }),
        response: { 200: pageOf(entrySchema) },
      },
    },
    async request => {
      const { limit, cursor, status, channel } = request.query
      const rows = await ledgerPage(deps.db, { status, channel, before: decodeCursor(cursor, z.uuid()), limit: limit + 1 })
      return page(
        rows,
        limit,
        row => row.id,
        row => show(row, deps.config.publicUrl),
      )
    },
  )

  app.post(
    '/v1/messages/:id/settle',
    {
      config: { needs: 'launch' },
      schema: {
        tags: ['messages'],
        params: z.object({ id: z.string().max(100) }),
        body: z.strictObject({ as: z.enum(['accepted', 'notAccepted']) }),
        response: { 200: entrySchema },
      },
    },
    async request => {
      const before = await entryOf(deps, request.params.id)
      const at = deps.clock()
      const { as } = request.body
      const [settled] = await deps.db.transaction(async tx => {
        const evidence = { because: 'a person looked it up', by: request.actor.name, as }
        const to = as === 'accepted' ? 'accepted' : 'queued'
        const done = await settleDoubt(tx, [{ id: before.id, as: to, providerId: null, evidence }], at)
        if (done.length > 0)
          await recordAudit(tx, {
            at,
            actor: request.actor.name,
            action: 'message.settled',
            target: before.id,
            facts: { from: before.status, as },
          })
        return done
      })
      if (!settled) throw new PerennialError('conflict', t => t.refusals.cannotSettle(before.status))
      deps.temporal.ring([settled.run])
      return show(await entryOf(deps, before.id), deps.config.publicUrl)
    },
  )

  app.post(
    '/v1/messages/:id/send-again',
    {
      config: { needs: 'launch', idempotent: true },
      schema: {
        tags: ['messages'],
        summary: 'Sends a held message a second time: a person’s decision, kept with their name and what was known of the first.',
        description:
          'Only what is held can be sent again: nobody knows whether it arrived, and it may arrive twice. Consent, suppressions, budget, caps and quiet hours are judged anew when it leaves, within half a minute; what forbids it then stands in the ledger.',
        params: z.object({ id: z.string().max(100) }),
        response: { 202: entrySchema },
      },
    },
    async (request, reply) => {
      const before = await entryOf(deps, request.params.id)
      const at = deps.clock()
      const asked = await deps.db.transaction(async tx => {
        const status = await holdStatus(tx, before.run)
        if (status === 'stopped') throw new PerennialError('conflict', t => t.refusals.runStopped)
        if (!(await askAgain(tx, { message: before.id, actor: request.actor.name, at }))) return false
        await recordAudit(tx, {
          at,
          actor: request.actor.name,
          action: 'message.sentAgain',
          target: before.id,
          facts: { from: before.status, ...(before.uncertainAt ? { uncertainAt: before.uncertainAt.toISOString() } : {}) },
        })
        return true
      })
      if (!asked) throw new PerennialError('conflict', t => t.refusals.cannotResend(before.status))
      return reply.code(202).send(show(await entryOf(deps, before.id), deps.config.publicUrl))
    },
  )
}

async function entryOf(deps: Deps, id: string): Promise<Row> {
  const [row] = z.uuid().safeParse(id).success ? await ledgerPage(deps.db, { id, limit: 1 }) : []
  if (!row) throw new PerennialError('notFound', t => t.refusals.noMessage(id))
  return row
}
