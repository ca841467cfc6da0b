import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { addressHash } from '../../domain/customer/address-hash.ts'
import { patchOfEdit, profileSchema } from '../../domain/customer/edit.ts'
import { PerennialError, refusal, unprocessable } from '../../domain/errors.ts'
import { workflowIds } from '../../domain/ids.ts'
import { ruleWhere } from '../../domain/segment/rule.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import {
  changeProfile,
  ensureCustomer,
  findCustomer,
  holdCustomer,
  listCustomers,
  surroundingsOf,
} from '../../prisma/queries/customers.ts'
import { beginErasure, type ErasureRow, findErasure } from '../../prisma/queries/erase.ts'
import { patiently } from '../../prisma/queries/members.ts'
import { findSegment, ruleContext } from '../../prisma/queries/segments.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import {
  auditName,
  customerOf,
  customerParams,
  customerSchema,
  knownCustomerSchema,
  showCustomer,
  showKnown,
} from '../customers.ts'
import type { Deps, Routes } from '../deps.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'
import { checkVersion, tag } from '../versions.ts'

const receiptSchema = z
  .object({
    receipt: z.string(),
    status: z.enum(['running', 'completed']),
    requestedAt: z.iso.datetime(),
    completedAt: z.iso.datetime().optional(),
    deleted: z.record(z.string(), z.int()).meta({ description: 'Rows that were deleted, by table.' }),
  })
  .meta({ id: 'ErasureReceipt' })

const showReceipt = (row: ErasureRow): z.infer<typeof receiptSchema> => ({
  receipt: row.id,
  status: row.status,
  requestedAt: row.requestedAt.toISOString(),
  ...(row.completedAt ? { completedAt: row.completedAt.toISOString() } : {}),
  deleted: row.counts,
})

/** Who the customers are: to find, to write by hand, to erase. */
export const customers: Routes = (app, deps) => {
  const tags = ['customers']

  app.get(
    '/v1/customers',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        querystring: pageQuery.extend({ segment: z.string().max(100).optional(), q: z.string().max(500).optional() }),
        response: { 200: pageOf(customerSchema) },
      },
    },
    async request => {
      const { limit, cursor, segment, q } = request.query
      const found = segment === undefined ? undefined : await findSegment(deps.db, segment)
      if (found === null) {
        throw unprocessable(
          '/querystring/segment',
          'unknownSegment',
          t => t.refusals.noSegment(segment),
          t => t.refusals.seeSegments,
        )
      }
      const rule = found && ruleWhere(found.rule, await ruleContext(deps.db, deps.clock()))
      const filter = { rule, q, after: decodeCursor(cursor, z.int()), limit: limit + 1 }
      const rows = await patiently(deps.db, tx => listCustomers(tx, filter))
      return page(rows, limit, row => row.id, showCustomer)
    },
  )

  app.get(
    '/v1/customers/:externalId',
    { config: { needs: 'read' }, schema: { tags, params: customerParams, response: { 200: knownCustomerSchema } } },
    async (request, reply) => {
      const row = await customerOf(deps, request.params.externalId)
      return tag(reply, row.version).send(showKnown(row, await surroundingsOf(deps.db, row.id)))
    },
  )

  const write = async (
    request: FastifyRequest,
    reply: FastifyReply,
    externalId: string,
    edit: z.infer<typeof profileSchema>,
    whole: boolean,
  ) => {
    const { defaultRegion } = await readSettings(deps.db, deps.config)
    const at = deps.clock()
    const { row, made } = await deps.db.transaction(async tx => {
      const { id, made } = whole
        ? await ensureCustomer(tx, externalId, at)
        : { id: (await findCustomer(tx, externalId))?.id, made: false }
      const standing = id === undefined ? undefined : await holdCustomer(tx, id)
      if (!standing) throw new PerennialError('notFound', t => t.refusals.noCustomer(externalId))
      checkVersion(request, made ? 0 : standing.version)
      const read = patchOfEdit(edit, defaultRegion, whole ? standing.attributes : undefined)
      if ('faults' in read) throw refusal('unprocessable', read.faults)
      const changed = await changeProfile(tx, standing.id, read.patch, at)
      if (made || changed > 0)
        await recordAudit(tx, {
          at,
          actor: request.actor.name,
          action: made ? 'customer.made' : 'customer.changed',
          target: auditName(standing.id),
        })
      return { row: (await findCustomer(tx, externalId))!, made }
    })
    return tag(reply.code(made ? 201 : 200), row.version).send(showKnown(row, await surroundingsOf(deps.db, row.id)))
  }

  app.put(
    '/v1/customers/:externalId',
    {
      config: { needs: 'manage' },
      schema: {
        tags,
        params: customerParams,
        body: profileSchema,
        response: { 200: knownCustomerSchema, 201: knownCustomerSchema },
      },
    },
    (request, reply) => write(request, reply, request.params.externalId, request.body, true),
  )

  app.patch(
    '/v1/customers/:externalId',
    {
      config: { needs: 'manage' },
      schema: { tags, params: customerParams, body: profileSchema, response: { 200: knownCustomerSchema } },
    },
    (request, reply) => write(request, reply, request.params.externalId, request.body, false),
  )

  app.delete(
    '/v1/customers/:externalId',
    { config: { needs: 'manage' }, schema: { tags, params: customerParams, response: { 202: receiptSchema } } },
    async (request, reply) => {
      const row = await customerOf(deps, request.params.externalId)
      checkVersion(request, row.version)
      const id = randomUUID()
      const at = deps.clock()
      const addresses = (['email', 'phone'] as const).flatMap(field => {
        const channel = field === 'email' ? 'email' : 'sms'
        const address = row[field]
        return address === null ? [] : [{ channel, address: addressHash(deps.config.secretKey, channel, address) } as const]
      })
      const erasure = await deps.db.transaction(async tx => {
        const begun = await beginErasure(tx, { id, customer: row.id, actor: request.actor.name, at, addresses })
        if (begun)
          await recordAudit(tx, {
            at,
            actor: request.actor.name,
            action: 'customer.erased',
            target: auditName(row.id),
            facts: { receipt: id },
          })
        return begun
      })
      if (!erasure) throw new PerennialError('notFound', t => t.refusals.erasedJustNow)
      await startErasure(deps, id)
      return reply.code(202).header('location', `/v1/erasures/${id}`).send(showReceipt(erasure))
    },
  )

  app.get(
    '/v1/erasures/:receipt',
    { config: { needs: 'read' }, schema: { tags, params: z.object({ receipt: z.uuid() }), response: { 200: receiptSchema } } },
    async request => {
      const row = await findErasure(deps.db, request.params.receipt)
      if (!row) throw new PerennialError('notFound', t => t.refusals.noReceipt)
      return showReceipt(row)
    },
  )
}

/** The person is gone already; while Temporal is away the rest waits, and a worker removes it as soon as it can. */
async function startErasure(deps: Deps, id: string): Promise<void> {
  try {
    await deps.temporal.start('eraseCustomer', workflowIds.erasure(id), { erasure: id })
  } catch (error) {
    if (!(error instanceof PerennialError) || error.code !== 'unavailable') throw error
    deps.log.warn({ erasure: id }, 'Temporal is away: the rest of an erasure follows when it is back')
  }
}
