import {
  ActivityFailure,
  continueAsNew,
  getExternalWorkflowHandle,
  proxyActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'
import { workflowIds } from '../domain/ids.ts'
import { ring } from './messages.ts'

const { importSome } = proxyActivities<Activities>({
  startToCloseTimeout: '5m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '500ms', maximumInterval: '30s', maximumAttempts: 60 },
})
const { failImport } = proxyActivities<Activities>({
  startToCloseTimeout: '1m',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
})

/** Reads an uploaded file to its end, however often its worker dies, and rings the runs that heard of its events. */
export async function importFile(input: { import: number }): Promise<void> {
  for (;;) {
    let state: 'more' | 'done' | 'wait'
    try {
      const progress = await importSome({ import: input.import, at: Date.now() })
      state = progress.state
      for (const { campaign, run } of progress.runs)
        await getExternalWorkflowHandle(workflowIds.campaign(campaign, run))
          .signal(ring)
          .catch(() => {})
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error
      await failImport({ import: input.import, at: Date.now(), error: 'unreadable' })
      return
    }
    if (state === 'done') return
    if (state === 'wait') await sleep('1s')
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof importFile>(input)
  }
}
