import { continueAsNew, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'

const { beginRevaluing, revalueSome, endRevaluing, ratesNow } = proxyActivities<Activities>({
  startToCloseTimeout: '5m',
  heartbeatTimeout: '1m',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
})

/**
 * Puts the amounts of all events in the reporting currency by the table of rates as it stands. What was being stored by the old table
 * in the first minute is looked at once more; when the table changes meanwhile, it begins again.
 */
export async function revalue(
  input: { after?: number; again?: number; currencies?: string; settleMs?: number } = {},
): Promise<void> {
  const currencies = input.currencies ?? (await ratesNow())
  const { newest, needed } = await beginRevaluing({ currencies })
  if (!needed) return
  const pass = async (from: number, again: number | undefined): Promise<void> => {
    for (let after: number | undefined = from; after !== undefined; ) {
      after = (await revalueSome({ after, currencies })).after
      if (after !== undefined && workflowInfo().continueAsNewSuggested)
        await continueAsNew<typeof revalue>({ after, currencies, ...(again === undefined ? {} : { again }) })
    }
  }
  const again = input.again ?? newest
  await pass(input.after ?? 0, again)
  await sleep(input.settleMs ?? 60_000)
  await pass(Math.max(0, again - overlap), undefined)
  if ((await ratesNow()) === currencies) await endRevaluing({ currencies, at: Date.now() })
  else await continueAsNew<typeof revalue>({})
}

/** Numbers are given before they are committed: so many before the newest are looked at again. */
const overlap = 200_000
