import { z } from 'zod'
import { listTiers } from '../../prisma/queries/loyalty.ts'
import { type OfferSum, offerSums, tierSums } from '../../prisma/queries/rewards.ts'
import type { Routes } from '../deps.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'

const offerSchema = z
  .object({
    key: z.string(),
    value: z.union([z.string(), z.number()]).meta({ description: 'As it was offered last.' }),
    granted: z.int(),
    customers: z.int(),
    redeemed: z.int(),
    expired: z.int(),
    open: z.int().meta({ description: 'Neither redeemed nor expired.' }),
    budget: z.int().nullable().meta({ description: 'How often it may be redeemed by everybody together; null: no limit.' }),
    left: z.int().nullable(),
    firstAt: z.iso.datetime(),
    lastAt: z.iso.datetime(),
  })
  .meta({ id: 'OfferSummary' })
const loyaltySchema = z
  .object({
    customers: z.int(),
    balance: z.number().meta({ description: 'Points that could be redeemed now, by everybody together.' }),
    earned: z.number(),
    tiers: z.array(
      z.object({
        key: z.string().nullable().meta({ description: 'null: below every tier.' }),
        name: z.string().nullable(),
        fromPoints: z.int().nullable(),
        customers: z.int(),
      }),
    ),
  })
  .meta({ id: 'LoyaltySummary' })

const show = (row: OfferSum): z.infer<typeof offerSchema> => ({
  ...row,
  open: row.granted - row.redeemed - row.expired,
  left: row.budget === null ? null : Math.max(0, row.budget - row.redeemed),
  firstAt: row.firstAt.toISOString(),
  lastAt: row.lastAt.toISOString(),
})

/** Points and offers over everybody. */
export const rewards: Routes = (app, deps) => {
  app.get(
    '/v1/offers',
    {
      config: { needs: 'read' },
      schema: {
        tags: ['offers'],
        summary: 'Every offer, to how many it was made, how many took it, and what is left of its budget.',
        querystring: pageQuery,
        response: { 200: pageOf(offerSchema) },
      },
    },
    async request => {
      const { limit, cursor } = request.query
      const rows = await offerSums(deps.db, { at: deps.clock(), limit: limit + 1, after: decodeCursor(cursor, z.string()) })
      return page(rows, limit, row => row.key, show)
    },
  )

  app.get(
    '/v1/loyalty',
    {
      config: { needs: 'read' },
      schema: { tags: ['loyalty'], summary: 'How many stand in which tier.', response: { 200: loyaltySchema } },
    },
    async () => {
      const [tiers, sums] = await Promise.all([listTiers(deps.db), tierSums(deps.db)])
      const total = (key: 'customers' | 'balance' | 'earned') => sums.reduce((sum, row) => sum + row[key], 0)
      const below = sums.find(row => row.tier === null)
      return {
        customers: total('customers'),
        balance: total('balance'),
        earned: total('earned'),
        tiers: [
          ...(below ? [{ key: null, name: null, fromPoints: null, customers: below.customers }] : []),
          ...tiers.map(tier => ({ ...tier, customers: sums.find(row => row.tier === tier.key)?.customers ?? 0 })),
        ],
      }
    },
  )
}
