import { Refusal } from '../../api/client.ts'
import type { Draft } from '../../campaign/draft.ts'
import type { useWords } from '../../texts/index.ts'

/** Saves a draft that is not saved: what is looked at is what will run. Throws a Refusal where it cannot be saved. */
export async function savedFirst(draft: Draft, t: ReturnType<typeof useWords>['t']): Promise<void> {
  if (draft.state !== 'saved' && !(await draft.save()))
    throw new Refusal({ type: '', title: t('campaign.refused'), status: 422, detail: t('campaign.refusedLead'), errors: [] })
}
