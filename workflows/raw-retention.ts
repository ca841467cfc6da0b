import { proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'

const { forgetRaw } = proxyActivities<Activities>({
  startToCloseTimeout: '2h',
  heartbeatTimeout: '120s',
  retry: { initialInterval: '10s', maximumInterval: '5m', maximumAttempts: 10 },
})

/** Forgets raw events that are older than the settings keep them. */
export async function rawRetention(): Promise<{ events: number; calls: number }> {
  return await forgetRaw({ at: Date.now() })
}
