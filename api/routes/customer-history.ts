import { z } from 'zod'
import { addressHash } from '../../domain/customer/address-hash.ts'
import { unprocessable } from '../../domain/errors.ts'
import { campaignIds, runIds } from '../../domain/ids.ts'
import type { Program } from '../../domain/journey/program.ts'
import { channelSchema } from '../../domain/message/kinds.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { programsOf } from '../../prisma/queries/campaigns.ts'
import { consentsOf, recordConsents } from '../../prisma/queries/consents.ts'
import { surroundingsOf } from '../../prisma/queries/customers.ts'
import { everythingAbout, suppressionsOf } from '../../prisma/queries/export.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import { timelineOf } from '../../prisma/queries/timeline.ts'
import { auditName, customerOf, customerParams, knownCustomerSchema, showConsents, showKnown } from '../customers.ts'
import type { Deps, Routes } from '../deps.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'
import { stepIdOf } from './messages.ts'

const lineSchema = z
  .looseObject({
    at: z.iso.datetime(),
    kind: z.enum(['event', 'enrollment', 'message', 'engagement', 'consent', 'decision', 'score', 'profile']),
  })
  .meta({ id: 'TimelineLine' })
const positionSchema = z.object({ at: z.iso.datetime(), kind: z.string().max(20), key: z.string().max(100) })

/** What a person said about a channel or a topic of it; `evidence` is what was shown, where and when. */
const consentBody = z.strictObject({
  channel: channelSchema,
  topic: z.string().min(1).max(200).optional(),
  status: z.enum(['subscribed', 'unsubscribed']),
  source: z.string().trim().min(1).max(200),
  at: z.iso.datetime({ offset: true }).optional().meta({ description: 'When it was said, if not now.' }),
  evidence: z.unknown().optional(),
})
const consentSchema = z.object({
  consents: z.array(
    z.object({ channel: z.string(), topic: z.string().optional(), status: z.string(), source: z.string(), at: z.iso.datetime() }),
  ),
})
const exportSchema = z.object({
  exportedAt: z.iso.datetime(),
  customer: knownCustomerSchema,
  suppressions: z.array(z.object({ channel: z.string(), reason: z.string(), source: z.string(), at: z.iso.datetime() })),
  records: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
})

/** What happened to customers, what is held about them, and what they allow. */
export const customerHistory: Routes = (app, deps) => {
  const tags = ['customers']

  app.get(
    '/v1/customers/:externalId/timeline',
    {
      config: { needs: 'read' },
      schema: { tags, params: customerParams, querystring: pageQuery, response: { 200: pageOf(lineSchema) } },
    },
    async request => {
      const { id } = await customerOf(deps, request.params.externalId)
      const { limit, cursor } = request.query
      const rows = await timelineOf(deps.db, id, limit + 1, decodeCursor(cursor, positionSchema))
      const readable = await readableFacts(deps)
      const listed = page(
        rows,
        limit,
        ({ at, kind, key }) => ({ at: at.toISOString(), kind, key }),
        row => row,
      )
      const data = await Promise.all(
        listed.data.map(async row => ({
          ...(await readable(row.facts)),
          at: row.at.toISOString(),
          kind: row.kind as z.infer<typeof lineSchema>['kind'],
        })),
      )
      return { data, next: listed.next }
    },
  )

  app.get(
    '/v1/customers/:externalId/export',
    { config: { needs: 'manage' }, schema: { tags, params: customerParams, response: { 200: exportSchema } } },
    async request => {
      const row = await customerOf(deps, request.params.externalId)
      const at = deps.clock()
      const hashes = [
        ...(row.email === null ? [] : [addressHash(deps.config.secretKey, 'email', row.email)]),
        ...(row.phone === null ? [] : [addressHash(deps.config.secretKey, 'sms', row.phone)]),
      ]
      await recordAudit(deps.db, { at, actor: request.actor.name, action: 'customer.exported', target: auditName(row.id) })
      return {
        exportedAt: at.toISOString(),
        customer: showKnown(row, await surroundingsOf(deps.db, row.id)),
        suppressions: (await suppressionsOf(deps.db, hashes)).map(each => ({ ...each, at: each.at.toISOString() })),
        records: await everythingAbout(deps.db, row.id),
      }
    },
  )

  app.put(
    '/v1/customers/:externalId/consents',
    {
      config: { needs: 'manage' },
      schema: { tags, params: customerParams, body: consentBody, response: { 200: consentSchema } },
    },
    async request => {
      const row = await customerOf(deps, request.params.externalId)
      const { topic = '', evidence, at: said, ...consent } = request.body
      const now = deps.clock()
      const at = said === undefined ? now : new Date(said)
      if (at.getTime() > now.getTime())
        throw unprocessable(
          '/at',
          'future',
          t => t.refusals.notSaidYet,
          t => t.refusals.leaveOut,
        )
      if (topic !== '' && !(await readSettings(deps.db, deps.config)).topics.some(each => each.key === topic))
        throw unprocessable(
          '/topic',
          'unknownTopic',
          t => t.refusals.noTopic(topic),
          t => t.refusals.nameTopicFirst,
        )
      await deps.db.transaction(async tx => {
        await recordConsents(tx, [{ ...consent, topic, customer: row.id, at, ...(evidence === undefined ? {} : { evidence }) }])
        await recordAudit(tx, {
          at: now,
          actor: request.actor.name,
          action: 'consent.recorded',
          target: auditName(row.id),
          facts: { channel: consent.channel, topic, status: consent.status, source: consent.source },
        })
      })
      return { consents: showConsents(await consentsOf(deps.db, row.id)) }
    },
  )
}

/** Our own numbers as their readers know them: ids of campaigns and runs, names of steps. */
async function readableFacts({ db }: Deps) {
  const known = new Map<number, Promise<ReadonlyMap<number, Program>>>()
  return async ({ campaign, run, version, stepNumber, ...facts }: Record<string, unknown>) => {
    if (typeof campaign !== 'number') return facts
    const programs = known.get(campaign) ?? programsOf(db, campaign, 2 ** 31 - 1)
    known.set(campaign, programs)
    return {
      ...facts,
      campaign: campaignIds.show(campaign),
      run: runIds.show(Number(run)),
      ...(typeof stepNumber === 'number' ? { step: stepIdOf(await programs, Number(version), stepNumber) } : {}),
    }
  }
}
