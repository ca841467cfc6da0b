import { offerCode } from '../domain/journey/offer-code.ts'
import { letterVariables } from '../domain/message/letter-variables.ts'
import { rewardNames, type ScopeRewards } from '../domain/message/scope.ts'
import { authored } from '../domain/message/sources.ts'
import type { Queryable } from '../prisma/client.ts'
import { type RewardRow, rewardsOf } from '../prisma/queries/person-rewards.ts'
import type { Published } from './versions.ts'

const reading = new WeakMap<object, boolean>()
const names: readonly string[] = rewardNames

/** Whether a message step's letters read points, tiers or offers. */
function reads(published: Published, step: number): boolean {
  const { body } = published.step(step)
  if (body.kind !== 'message') return false
  const known = reading.get(body)
  if (known !== undefined) return known
  const found = Object.values(body.contents).some(content =>
    letterVariables(body.channel, authored(content)).some(({ steps }) => names.includes(String(steps[0]))),
  )
  reading.set(body, found)
  return found
}

export const scopeRewards = (row: RewardRow, secretKey: string): ScopeRewards => ({
  points: row.balance,
  ...(row.tier === null ? {} : { tier: row.tier }),
  ...(row.nextTier === null ? {} : { nextTier: { name: row.nextTier, missing: row.missing ?? 0 } }),
  ...(row.grant === null
    ? {}
    : {
        offer: {
          key: row.key ?? '',
          value: row.value ?? '',
          code: offerCode(secretKey, row.grant),
          ...(row.expiresAt ? { expiresAt: row.expiresAt.toISOString() } : {}),
        },
      }),
})

/** Gives those whose letter reads them their points, their tier and the offer of their stay, as they stand now. */
export async function addRewards(
  tx: Queryable,
  published: Published,
  step: number,
  people: readonly { customer: number; enrollment: number; rewards?: ScopeRewards }[],
  secretKey: string,
): Promise<void> {
  if (people.length === 0 || !reads(published, step)) return
  const rows = await rewardsOf(tx, people)
  people.forEach((person, i) => {
    const row = rows[i]
    if (row) person.rewards = scopeRewards(row, secretKey)
  })
}
