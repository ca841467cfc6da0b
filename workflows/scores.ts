import { proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'

const { fitScores, scoreCustomers } = proxyActivities<Activities>({
  startToCloseTimeout: '60m',
  heartbeatTimeout: '2m',
  retry: { initialInterval: '1s', maximumInterval: '60s', maximumAttempts: 10 },
})

/** Refreshes the scores of all customers as of now (`at` only for measuring); a worker that dies is followed by one that goes on. */
export async function scores(input: { at?: number } = {}): Promise<{ model: number; scored: number }> {
  const { model } = await fitScores({ at: input.at ?? Date.now() })
  const { scored } = await scoreCustomers({ model })
  return { model, scored }
}
