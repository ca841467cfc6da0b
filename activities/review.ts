import type { Settings } from '../domain/settings.ts'
import type { Db } from '../prisma/client.ts'
import { campaignsToReview, type Reviewed, reviewCampaign } from '../prisma/queries/experiment-review.ts'

export interface ReviewDeps {
  db: Db
  settings: () => Promise<Settings>
}

/** What the review does to the database; each may be done twice and has then been done once. */
export const createReview = ({ db, settings }: ReviewDeps) => ({
  /** The next campaigns, by number, whose experiment is due for a look. */
  async dueReviews(request: { at: number; after: number; limit: number }): Promise<number[]> {
    const rows = await campaignsToReview(db, new Date(request.at), request.after, request.limit)
    return rows.map(row => row.campaign)
  },

  /** Looks at one campaign's experiment, and acts on what it finds. */
  async reviewExperiment(request: { campaign: number; at: number }): Promise<Pick<Reviewed, 'state' | 'actions'>> {
    const { currencies } = await settings()
    const { state, actions } = await reviewCampaign(db, {
      campaign: request.campaign,
      at: new Date(request.at),
      actor: 'review',
      currencies,
    })
    return { state, actions }
  },
})
