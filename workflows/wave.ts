import { proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'
import { walk } from '../domain/journey/walk.ts'
import type { WaveInput } from './messages.ts'

// A slow provider may take its time; the heartbeat says whether the worker lives.
const { perform } = proxyActivities<Activities>({
  startToCloseTimeout: '30m',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
})

/** Some thousand customers from one place to wherever each of them rests next. */
export async function wave(input: WaveInput): Promise<void> {
  const { campaign, run, ...wave } = input
  await walk(wave, { now: () => Date.now(), perform: request => perform({ campaign, run, ...request }) })
}
