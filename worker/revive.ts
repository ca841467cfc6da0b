import type { Client } from '@temporalio/client'
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import { workflowIds } from '../domain/ids.ts'
import type { Db } from '../prisma/client.ts'
import { highestWave, releaseRun } from '../prisma/queries/enrollments.ts'
import { liveRuns } from '../prisma/queries/runs.ts'
import { reviveWork } from './revive-work.ts'

/**
 * Starts the workflow of every live run that has none: its Temporal was lost or replaced, or the launch was cut off between
 * the row and the start. What is true stands in the database, so a new workflow takes up where the rows stand.
 */
export async function revive(db: Db, client: Client, taskQueue: string, log: (message: string) => void): Promise<void> {
  for (const run of await liveRuns(db)) {
    const workflowId = workflowIds.campaign(run.campaign, run.id)
    const alive = await client.workflow
      .getHandle(workflowId)
      .describe()
      .then(
        described => described.status.name === 'RUNNING',
        () => false,
      )
    if (alive) continue
    const nextWave = (await highestWave(db, run.id)) + 1
    await releaseRun(db, run.id, new Date())
    try {
      await client.workflow.start('campaign', {
        taskQueue,
        workflowId,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        args: [
          {
            campaign: run.campaign,
            run: run.id,
            finite: run.finite,
            // Whether anything is left to enroll the enrolling activity knows best.
            snapshot: true,
            carry: { nextWave, enrolling: true, paused: run.status === 'paused' },
          },
        ],
      })
      log(`run ${run.id} of campaign ${run.campaign} had no workflow: it goes on with a new one`)
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    }
  }
  await reviveWork(db, client, taskQueue)
}
