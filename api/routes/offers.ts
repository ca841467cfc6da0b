import { z } from 'zod'
import { fault, type PerennialError, refusal } from '../../domain/errors.ts'
import { offerCode, sameCode } from '../../domain/journey/offer-code.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { customerNumber } from '../../prisma/queries/customer-number.ts'
import { type Grant, grantsOf, type Redemption, redeem } from '../../prisma/queries/offers.ts'
import type { Deps, Routes } from '../deps.ts'

const grantSchema = z
  .object({
    key: z.string(),
    code: z.string().meta({ description: 'What the letter printed as {{ offer.code }}.' }),
    value: z.union([z.string(), z.number()]),
    status: z.enum(['open', 'redeemed', 'expired']),
    grantedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().optional(),
    redeemedAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'Offer' })

const show = ({ config }: Deps, grant: Grant, at: Date): z.infer<typeof grantSchema> => ({
  key: grant.key,
  code: offerCode(config.secretKey, grant.id),
  value: grant.value,
  status: grant.redeemedAt ? 'redeemed' : grant.expiresAt && grant.expiresAt <= at ? 'expired' : 'open',
  grantedAt: grant.grantedAt.toISOString(),
  ...(grant.expiresAt ? { expiresAt: grant.expiresAt.toISOString() } : {}),
  ...(grant.redeemedAt ? { redeemedAt: grant.redeemedAt.toISOString() } : {}),
})

/** What journeys offered, and the check at the till: each is redeemed once, in time, and within its budget. */
export const offers: Routes = (app, deps) => {
  const tags = ['offers']

  app.get(
    '/v1/customers/:externalId/offers',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        params: z.object({ externalId: z.string().min(1).max(500) }),
        response: { 200: z.object({ data: z.array(grantSchema), next: z.null() }) },
      },
    },
    async request => {
      const customer = await customerNumber(deps.db, request.params.externalId)
      const at = deps.clock()
      return { data: (await grantsOf(deps.db, customer, 500)).map(grant => show(deps, grant, at)), next: null }
    },
  )

  app.post(
    '/v1/offers/:key/redeem',
    {
      config: { needs: 'launch', idempotent: true },
      schema: {
        tags,
        summary: 'Redeems an offer: 409 says why it cannot be.',
        params: z.object({ key: z.string().min(1).max(100) }),
        body: z.strictObject({
          customer: z.string().min(1).max(500),
          code: z
            .string()
            .max(40)
            .optional()
            .meta({ description: 'Where it is asked for: redeems the grant of this code and no other.' }),
        }),
        response: { 200: grantSchema },
      },
    },
    async request => {
      const { key } = request.params
      const { code } = request.body
      const customer = await customerNumber(deps.db, request.body.customer)
      const at = deps.clock()
      const result = await deps.db.transaction(async tx => {
        const asked = (grant: number) => code === undefined || sameCode(code, offerCode(deps.config.secretKey, grant))
        const done = await redeem(tx, key, customer, at, asked)
        if (done.kind === 'redeemed')
          await recordAudit(tx, {
            at,
            actor: request.actor.name,
            action: 'offer.redeemed',
            target: key,
            facts: { grant: done.grant.id },
          })
        return done
      })
      if (result.kind !== 'redeemed') throw unredeemed(key, result)
      return show(deps, result.grant, at)
    },
  )
}

function unredeemed(key: string, result: Exclude<Redemption, { kind: 'redeemed' }>): PerennialError {
  const at = 'at' in result ? result.at.toISOString() : undefined
  return refusal('conflict', [fault('', result.kind, t => t.refusals.offer[result.kind](key, at))])
}
