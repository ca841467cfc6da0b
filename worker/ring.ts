import type { Client } from '@temporalio/client'
import { workflowIds } from '../domain/ids.ts'
import type { Db } from '../prisma/client.ts'
import { findRun } from '../prisma/queries/runs.ts'

/** Rings runs for what happened to them in an activity: at once, without waiting; one that ended meanwhile hears nothing. */
export const ringBy =
  (db: Db, client: Client) =>
  (runs: readonly number[]): void => {
    for (const id of new Set(runs)) void ringOne(db, client, id).catch(() => {})
  }

async function ringOne(db: Db, client: Client, id: number): Promise<void> {
  const run = await findRun(db, id)
  if (run) await client.workflow.getHandle(workflowIds.campaign(run.campaign, run.id)).signal('ring')
}
