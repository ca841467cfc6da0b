import { continueAsNew, isCancellation, proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'

const { dueReviews, reviewExperiment } = proxyActivities<Activities>({
  startToCloseTimeout: '5m',
  retry: { initialInterval: '1s', maximumInterval: '1m', maximumAttempts: 3 },
})

/** Campaigns looked at in one history. */
const atOnce = 200

export interface ReviewInput {
  after: number
  reviewed: number
  failed: number
}

/**
 * Looks at every running experiment: decides, promotes, stops or withdraws as its author has said. Its intervals hold however
 * often this comes round. One campaign's fault leaves the others their review; its own is made up next time.
 */
export async function review(
  input: ReviewInput = { after: 0, reviewed: 0, failed: 0 },
): Promise<{ reviewed: number; failed: number }> {
  let { after, reviewed, failed } = input
  const at = Date.now()
  const due = await dueReviews({ at, after, limit: atOnce })
  for (const campaign of due) {
    try {
      await reviewExperiment({ campaign, at })
      reviewed++
    } catch (error) {
      if (isCancellation(error)) throw error
      failed++
    }
    after = campaign
  }
  if (due.length === atOnce) await continueAsNew<typeof review>({ after, reviewed, failed })
  return { reviewed, failed }
}
