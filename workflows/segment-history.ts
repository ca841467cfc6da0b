import { proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'

const { sweepSegments } = proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '120s',
  retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 5 },
})

/** Brings the history of every saved segment up to now. */
export async function segmentHistory(): Promise<{ moved: number; failed: number }> {
  return await sweepSegments({ at: Date.now() })
}
