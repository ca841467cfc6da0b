import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Campaign } from '../../../api/contract.ts'
import type { Change, StepChange } from '../../../domain/campaign/diff.ts'
import { api, type Refusal } from '../../api/client.ts'
import { type CampaignView, refresh } from '../../api/queries.ts'
import type { Draft } from '../../campaign/draft.ts'
import { useStepName } from '../../campaign/step-name.ts'
import { Button, Notice, Segmented } from '../../parts/basics.tsx'
import { Dialog } from '../../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../../parts/problem.tsx'
import { toast } from '../../parts/toast.tsx'
import { useWords } from '../../texts/index.ts'
import { Changes, StepDiff, stepSummary } from './diff.tsx'
import { savedFirst } from './saved-first.ts'

interface Edit {
  from: number
  to: number
  changes: Change[]
  stepChanges: StepChange[]
  experimentChanged: boolean
  triggerChanged: boolean
  trigger: { before: string; after: string; means: string[] } | null
  moving: number
  standing: {
    version: number
    goal: string
    step: string | null
    customers: number
    goesOnAt: string | null
    what: 'goesOn' | 'atOnce' | 'stays'
  }[]
}

/** An edit of a campaign that runs: what it changes, for whom, and whether those under way go on in it. */
export function Publish({ campaign, draft, onClose }: { campaign: CampaignView; draft: Draft; onClose: () => void }) {
  const { t } = useWords()
  const [inFlight, setInFlight] = useState<'stay' | 'move'>('move')
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const edit = useQuery<Edit, Refusal>({
    queryKey: [`/v1/campaigns/${campaign.id}/diff`, draft.document],
    queryFn: async () => {
      await savedFirst(draft, t)
      return api.get<Edit>(`/v1/campaigns/${campaign.id}/diff`)
    },
    staleTime: 0,
    retry: false,
  })
  const publish = () => {
    setBusy(true)
    api
      .post(`/v1/campaigns/${campaign.id}/publish`, { inFlight }, { version: edit.data?.to })
      .then(async () => {
        await refresh('/v1/campaigns')
        toast(t('publish.done'))
        onClose()
      }, setError)
      .finally(() => setBusy(false))
  }
  return (
    <Dialog
      open
      onClose={onClose}
      wide
      title={t('publish.title')}
      lead={t('publish.lead')}
      footer={
        <>
          <Button onClick={onClose}>{t('publish.later')}</Button>
          <Button look="primary" disabled={busy || !edit.data} onClick={publish}>
            {t('publish.go')}
          </Button>
        </>
      }
    >
      <Answered of={edit}>
        {data => (
          <>
            {data.trigger && <Notice look="warn">{t('publish.trigger')}</Notice>}
            {data.experimentChanged && <Notice look="warn">{t('publish.experiment')}</Notice>}
            {data.changes.length > 0 && <Changes changes={data.changes.slice(0, 60)} />}
            <ul className="stack tight">
              {data.stepChanges.map(change => (
                <StepDiff
                  key={change.kind + change.id}
                  change={change}
                  here={data.standing.reduce((n, row) => (row.step === change.id ? n + row.customers : n), 0)}
                />
              ))}
            </ul>
            {data.changes.length === 0 && data.stepChanges.length === 0 && <p>{t('diff.none')}</p>}
            <InFlight campaign={draft.document} edit={data} value={inFlight} onChange={setInFlight} />
          </>
        )}
      </Answered>
      <ProblemNotice error={error} />
    </Dialog>
  )
}

/** Those under way: whether they go on in the new version, and what either choice means for whom. */
function InFlight({
  campaign,
  edit,
  value,
  onChange,
}: {
  campaign: Campaign
  edit: Edit
  value: 'stay' | 'move'
  onChange: (value: 'stay' | 'move') => void
}) {
  const words = useWords()
  const { t } = words
  const now = useStepName(campaign)
  const before = new Map(
    edit.stepChanges.flatMap(({ id, before: step }) => (step ? [[id, stepSummary(words, step)] as const] : [])),
  )
  // Where they stand is told as it was when they came there.
  const stood = (id: string) => before.get(id) ?? now(id)
  const versions = [...new Set(edit.standing.map(row => row.version))]
  return (
    <section className="stack tight" aria-label={t('publish.inFlight')}>
      <Segmented
        label={t('publish.inFlight')}
        value={value}
        onChange={onChange}
        options={(['move', 'stay'] as const).map(each => [each, t(`publish.${each}`)] as const)}
      />
      <ul className="small" aria-live="polite">
        {value === 'move'
          ? edit.standing.map(row => (
              <li key={`${row.version} ${row.goal} ${row.step} ${row.what} ${row.goesOnAt}`}>
                {t('publish.standing', { n: row.customers, step: row.step === null ? t('publish.begin') : stood(row.step) })}{' '}
                {t(`publish.what.${row.what}`, { step: row.goesOnAt === null ? t('publish.end') : now(row.goesOnAt) })}
              </li>
            ))
          : versions.map(version => (
              <li key={version}>
                {t('publish.finish', {
                  n: edit.standing.reduce((n, row) => (row.version === version ? n + row.customers : n), 0),
                  version,
                })}
              </li>
            ))}
        {edit.standing.length === 0 && edit.moving === 0 && <li>{t('publish.nobody')}</li>}
        {edit.moving > 0 && <li>{t(value === 'move' ? 'publish.movingMove' : 'publish.movingStay', { n: edit.moving })}</li>}
      </ul>
    </section>
  )
}
