import { getExternalWorkflowHandle, proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'
import { workflowIds } from '../domain/ids.ts'
import { ring } from './messages.ts'

const { sweepRuns } = proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '60s',
  retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 5 },
})

/** Enrolls everybody who crossed a line since the last sweep, in every live run that enrolls by time, and rings those runs. */
export async function sweep(): Promise<{ entered: number; failed: number }> {
  const { entered, failed, runs } = await sweepRuns({ at: Date.now() })
  for (const { campaign, run } of runs) {
    // A run that ended meanwhile hears nothing, and one that misses the ring looks by itself within half a minute.
    await getExternalWorkflowHandle(workflowIds.campaign(campaign, run))
      .signal(ring)
      .catch(() => {})
  }
  return { entered, failed }
}
