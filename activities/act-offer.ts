import type { OfferBody } from '../domain/journey/steps/offer.ts'
import { milliseconds } from '../domain/time.ts'
import { grantAtStep } from '../prisma/queries/offers.ts'
import type { Act } from './act.ts'

/** Grants an offer, to be redeemed until it expires. */
export const actOffer = (): Act<OfferBody> => async (tx, stand) => {
  const { key, value, expires, budget } = stand.compiled.body
  const expiresAt = expires === null ? null : new Date(stand.at.getTime() + milliseconds(expires))
  await grantAtStep(tx, stand.wave, { step: stand.step, key, value, budget, expiresAt, at: stand.at })
  return undefined
}
