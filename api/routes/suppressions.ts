import { z } from 'zod'
import { addressHash } from '../../domain/customer/address-hash.ts'
import { emailAddress } from '../../domain/customer/email.ts'
import { phoneNumber } from '../../domain/customer/phone.ts'
import { suppressionReasons } from '../../domain/customer/suppression.ts'
import { type Fault, fault, PerennialError, refusal, unprocessable } from '../../domain/errors.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import { suppress } from '../../prisma/queries/suppress.ts'
import { findSuppression, liftSuppression, listSuppressions, type SuppressionRow } from '../../prisma/queries/suppressions.ts'
import type { Deps, Routes } from '../deps.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'

const channelSchema = z.enum(['email', 'sms'])
const reasonSchema = z.enum(suppressionReasons)
const entrySchema = z.strictObject({
  channel: channelSchema,
  address: z.string().min(1).max(300),
  reason: reasonSchema.default('manual'),
})
const bodySchema = z
  .union([entrySchema, z.strictObject({ entries: z.array(entrySchema).min(1).max(10_000) })])
  .meta({ description: 'One address, or a list of them as it comes from another system.' })
const nameSchema = z.object({ channel: channelSchema, address: z.string().min(1).max(300) })
const liftSchema = nameSchema.extend({
  reason: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: 'Why it may be written to again; kept in the audit, so without personal data.' }),
})
const answerSchema = z
  .object({ channel: z.string(), reason: z.string(), source: z.string(), at: z.iso.datetime(), hash: z.string() })
  .meta({ id: 'Suppression', description: 'The address itself is not kept: only a keyed hash of it.' })
const positionSchema = z.object({ at: z.iso.datetime(), channel: z.string(), address: z.string().regex(/^[0-9a-f]*$/) })

const show = (row: SuppressionRow): z.infer<typeof answerSchema> => ({
  channel: row.channel,
  reason: row.reason,
  source: row.source,
  at: row.at.toISOString(),
  hash: row.address.toString('hex'),
})

/** Addresses that must not be written to, whoever they belong to. */
export const suppressions: Routes = (app, deps) => {
  const tags = ['suppressions']

  app.get(
    '/v1/suppressions',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        querystring: pageQuery.extend({ channel: channelSchema.optional(), address: z.string().min(1).max(300).optional() }),
        response: { 200: pageOf(answerSchema) },
      },
    },
    async request => {
      const { limit, cursor, channel, address } = request.query
      if (address !== undefined) {
        if (channel === undefined) throw unprocessable('/querystring/channel', 'missing', t => t.refusals.addressOfChannel)
        const found = await findSuppression(deps.db, channel, await hashOf(deps, channel, address, '/querystring/address'))
        return { data: found ? [show(found)] : [], next: null }
      }
      const rows = await listSuppressions(deps.db, { channel, limit: limit + 1, before: decodeCursor(cursor, positionSchema) })
      const at = (row: SuppressionRow) => ({
        at: row.at.toISOString(),
        channel: row.channel,
        address: row.address.toString('hex'),
      })
      return page(rows, limit, at, show)
    },
  )

  app.post(
    '/v1/suppressions',
    {
      config: { needs: 'manage', idempotent: true },
      bodyLimit: 4 * 1024 * 1024,
      schema: { tags, body: bodySchema, response: { 200: z.object({ suppressed: z.int() }) } },
    },
    async request => {
      const { body } = request
      const list = 'entries' in body ? body.entries : [body]
      const at = deps.clock()
      const hash = await reader(deps)
      const faults: Fault[] = []
      const read = list.flatMap(({ channel, address, reason }, i) => {
        const hashed = hash(channel, address)
        if (hashed) return [{ channel, address: hashed, reason, source: 'entries' in body ? 'import' : 'manual', at }]
        const path = 'entries' in body ? `/entries/${i}/address` : '/address'
        faults.push(fault(path, 'invalid', t => t.refusals.isNoAddress(channel)))
        return []
      })
      if (faults[0]) throw refusal('unprocessable', faults, true)
      await deps.db.transaction(async tx => {
        await suppress(tx, read)
        await recordAudit(tx, {
          at,
          actor: request.actor.name,
          action: 'suppression.added',
          target: 'suppressions',
          facts: { addresses: read.length },
        })
      })
      return { suppressed: read.length }
    },
  )

  app.delete(
    '/v1/suppressions',
    { config: { needs: 'manage' }, schema: { tags, querystring: liftSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const { channel, address, reason } = request.query
      const hash = await hashOf(deps, channel, address, '/querystring/address')
      await deps.db.transaction(async tx => {
        if (!(await liftSuppression(tx, channel, hash))) throw new PerennialError('notFound', t => t.refusals.notSuppressed)
        await recordAudit(tx, {
          at: deps.clock(),
          actor: request.actor.name,
          action: 'suppression.lifted',
          target: 'suppressions',
          facts: { channel, ...(reason ? { reason } : {}) },
        })
      })
      return reply.code(204).send(null)
    },
  )
}

/** Reads addresses as they are sent to; undefined for what is none. */
async function reader(deps: Deps) {
  const { defaultRegion } = await readSettings(deps.db, deps.config)
  return (channel: 'email' | 'sms', text: string): Buffer | undefined => {
    const address = channel === 'email' ? emailAddress(text) : phoneNumber(text, defaultRegion)
    return address ? addressHash(deps.config.secretKey, channel, address) : undefined
  }
}

async function hashOf(deps: Deps, channel: 'email' | 'sms', text: string, path: string): Promise<Buffer> {
  const hash = (await reader(deps))(channel, text)
  if (!hash) throw unprocessable(path, 'invalid', t => t.refusals.thisIsNoAddress(channel))
  return hash
}
