import { z } from 'zod'
import { fault, PerennialError, unprocessable } from '../../domain/errors.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { customerNumber } from '../../prisma/queries/customer-number.ts'
import { ingest } from '../../prisma/queries/ingest.ts'
import { accountOf, listEntries, listTiers, move, replaceTiers, type Tier, type TierMove } from '../../prisma/queries/loyalty.ts'
import type { Deps, Routes } from '../deps.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'

const params = z.object({ externalId: z.string().min(1).max(500) })
const tierSchema = z
  .strictObject({
    key: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/),
    name: z.string().min(1).max(200),
    fromPoints: z.int().min(0).max(1_000_000_000),
  })
  .meta({ id: 'LoyaltyTier' })
const accountSchema = z
  .object({
    customer: z.string(),
    balance: z.int().meta({ description: 'Points that can be redeemed.' }),
    earned: z.int().meta({ description: 'All points ever earned: they decide the tier.' }),
    tier: z.string().nullable(),
    next: tierSchema.extend({ missing: z.int() }).optional(),
  })
  .meta({ id: 'LoyaltyAccount' })
const movementSchema = z.strictObject({
  points: z.int().min(1).max(1_000_000_000),
  reason: z.string().max(200).optional(),
  key: z.string().min(1).max(200).meta({ description: 'Names this movement: the same key again moves nothing.' }),
})
const entrySchema = z.object({ points: z.int(), reason: z.string().nullable(), at: z.iso.datetime() })

/** Points, and the tiers they lead to. */
export const loyalty: Routes = (app, deps) => {
  const tags = ['loyalty']

  app.get(
    '/v1/loyalty/tiers',
    { config: { needs: 'read' }, schema: { tags, response: { 200: z.object({ tiers: z.array(tierSchema) }) } } },
    async () => ({ tiers: await listTiers(deps.db) }),
  )

  app.put(
    '/v1/loyalty/tiers',
    {
      config: { needs: 'manage' },
      schema: {
        tags,
        summary: 'Replaces all tiers; everybody stands at once where what they earned belongs.',
        body: z.strictObject({ tiers: z.array(tierSchema).max(50) }),
        response: { 200: z.object({ tiers: z.array(tierSchema) }) },
      },
    },
    async request => {
      const { tiers } = request.body
      refuseRepeated(tiers)
      await deps.db.transaction(async tx => {
        await replaceTiers(tx, tiers)
        await recordAudit(tx, { at: deps.clock(), actor: request.actor.name, action: 'loyalty.tiers', target: 'loyalty' })
      })
      return { tiers: await listTiers(deps.db) }
    },
  )

  app.get(
    '/v1/customers/:externalId/loyalty',
    { config: { needs: 'read' }, schema: { tags, params, response: { 200: accountSchema } } },
    async request => show(deps, request.params.externalId, await customerNumber(deps.db, request.params.externalId)),
  )

  app.get(
    '/v1/customers/:externalId/loyalty/entries',
    { config: { needs: 'read' }, schema: { tags, params, querystring: pageQuery, response: { 200: pageOf(entrySchema) } } },
    async request => {
      const customer = await customerNumber(deps.db, request.params.externalId)
      const { limit, cursor } = request.query
      const rows = await listEntries(deps.db, customer, limit + 1, decodeCursor(cursor, z.int()))
      return page(
        rows,
        limit,
        row => row.id,
        row => ({ points: row.points, reason: row.reason, at: row.at.toISOString() }),
      )
    },
  )

  for (const [verb, sign] of [
    ['earn', 1],
    ['redeem', -1],
  ] as const)
    app.post(
      `/v1/customers/:externalId/loyalty/${verb}`,
      {
        config: { needs: 'launch', idempotent: true },
        schema: { tags, params, body: movementSchema, response: { 200: accountSchema } },
      },
      async request => {
        const { externalId } = request.params
        const customer = await customerNumber(deps.db, externalId)
        const { points, reason, key } = request.body
        const at = deps.clock()
        const moved = await deps.db.transaction(tx =>
          move(tx, { customer, points: sign * points, reason: reason ?? null, key: `api:${key}`, at }),
        )
        if (moved.kind === 'other') throw new PerennialError('idempotencyConflict', t => t.refusals.keyMovedOthers(key))
        if (moved.kind === 'tooFew')
          throw new PerennialError('conflict', t => t.refusals.balanceTooLow(moved.balance, points), {
            faults: [fault('/points', 'tooFew', t => t.refusals.onlyPoints(moved.balance))],
          })
        // Asked again after an answer that never came, it is told again: the same event once more changes nothing.
        if (moved.tier) await tellTier(deps, externalId, moved.entry, moved.tier)
        return show(deps, externalId, customer)
      },
    )
}

async function tellTier(deps: Deps, customer: string, entry: number, { at, ...tier }: TierMove) {
  const { rings } = await ingest(
    deps.db,
    [
      {
        kind: 'track',
        messageId: `perennial:tier:${entry}`,
        customer,
        anonymous: customer.startsWith('anonymous:'),
        at,
        event: 'Loyalty Tier Changed',
        properties: { ...tier },
        traits: {},
        consents: [],
      },
    ],
    { receivedAt: at, region: deps.config.defaultRegion },
  )
  deps.temporal.ring(rings)
}

function refuseRepeated(tiers: readonly Tier[]): void {
  for (const field of ['key', 'fromPoints'] as const)
    tiers.forEach((tier, i) => {
      if (tiers.findIndex(other => other[field] === tier[field]) < i) {
        throw unprocessable(`/tiers/${i}/${field}`, 'repeated', t => t.refusals.sameTier(field))
      }
    })
}

async function show(deps: Deps, externalId: string, customer: number): Promise<z.infer<typeof accountSchema>> {
  const [account, tiers] = await Promise.all([accountOf(deps.db, customer), listTiers(deps.db)])
  const next = tiers.find(tier => tier.fromPoints > account.earned)
  return {
    customer: externalId,
    ...account,
    ...(next ? { next: { ...next, missing: next.fromPoints - account.earned } } : {}),
  }
}
