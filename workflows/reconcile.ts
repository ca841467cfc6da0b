import { getExternalWorkflowHandle, proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'
import { workflowIds } from '../domain/ids.ts'
import { ring } from './messages.ts'

const { tendMessages, askAboutUnfinished } = proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '20s',
  retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 5 },
})

async function ringAll(runs: readonly { campaign: number; run: number }[]): Promise<void> {
  for (const { campaign, run } of runs) {
    // A run that ended meanwhile hears nothing, and one that misses the ring looks by itself within half a minute.
    await getExternalWorkflowHandle(workflowIds.campaign(campaign, run))
      .signal(ring)
      .catch(() => {})
  }
}

/** Every half minute: reports that an API stored and did not live to process, and evidence about sends without an answer. */
export async function news(): Promise<{ reports: number; settled: number; unknown: number }> {
  const { reports, settled, unknown, runs } = await tendMessages({ at: Date.now() })
  await ringAll(runs)
  return { reports, settled, unknown }
}

/** Every day: asks the providers about what they accepted and never reported an end of. */
export async function reconcile(): Promise<{ asked: number; told: number }> {
  let asked = 0
  let told = 0
  let after: string | null = null
  // At most so many parts: a history stays short, and the next day goes on.
  for (let part = 0; part < 200; part++) {
    const done: { asked: number; told: number; after: string | null } = await askAboutUnfinished({ at: Date.now(), after })
    asked += done.asked
    told += done.told
    if (done.after === null) break
    after = done.after
  }
  const { runs } = await tendMessages({ at: Date.now() })
  await ringAll(runs)
  return { asked, told }
}
