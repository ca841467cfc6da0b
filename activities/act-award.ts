import type { AwardBody } from '../domain/journey/steps/award.ts'
import { earnAtStep, tierChangesAt } from '../prisma/queries/loyalty.ts'
import type { Act, ActDeps } from './act.ts'

/** Gives points; who reaches another tier by them is told of as an event. */
export const actAward =
  (deps: ActDeps): Act<AwardBody> =>
  async (tx, stand) => {
    const { points, percent, reason } = stand.compiled.body
    const award = { step: stand.step, points, percent, reason, at: stand.at }
    await earnAtStep(tx, stand.wave, award)
    // Read back, not remembered: after a crash between the points and the telling they are told now.
    const changes = await tierChangesAt(tx, stand.wave, stand.step)
    if (changes.length === 0) return undefined
    return async () => {
      await deps.tell(
        changes.map(change => ({
          id: `tier:${change.entry}`,
          customer: change.externalId,
          event: 'Loyalty Tier Changed',
          properties: { from: change.from, to: change.to },
          at: change.at,
        })),
      )
      return []
    }
  }
