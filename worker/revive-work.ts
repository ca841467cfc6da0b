import type { Client } from '@temporalio/client'
import { workflowIds } from '../domain/ids.ts'
import type { Db } from '../prisma/client.ts'
import { unfinishedErasures } from '../prisma/queries/erase.ts'
import { unfinishedImports } from '../prisma/queries/imports.ts'
import { isValuedBy } from '../prisma/queries/revalue.ts'
import { readSettings } from '../prisma/queries/settings.ts'

/**
 * Starts the workflow of every import and every erasure that is not done, and the one that puts amounts in the reporting currency when
 * the rates are others than those by which they stand; one that is under way stays as it is.
 */
export async function reviveWork(db: Db, client: Client, taskQueue: string): Promise<void> {
  const start = (workflow: string, workflowId: string, input: unknown) =>
    client.workflow.start(workflow, {
      taskQueue,
      workflowId,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [input],
    })
  for (const id of await unfinishedImports(db)) await start('importFile', workflowIds.import(id), { import: id })
  if (!(await isValuedBy(db, (await readSettings(db)).currencies))) await start('revalue', workflowIds.revaluation, {})
  for (const id of await unfinishedErasures(db)) await start('eraseCustomer', workflowIds.erasure(id), { erasure: id })
}
