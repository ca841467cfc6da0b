import { proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'

const { eraseRows } = proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '60s',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
})

/** Removes what is left of a person, however long it takes: the profile went with the request. Knows the number of its receipt alone. */
export async function eraseCustomer(input: { erasure: string }): Promise<void> {
  await eraseRows({ erasure: input.erasure, at: Date.now() })
}
