import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, type Refusal } from '../../api/client.ts'
import { type CampaignView, refresh } from '../../api/queries.ts'
import type { Draft } from '../../campaign/draft.ts'
import { Button, Notice, Segmented } from '../../parts/basics.tsx'
import { Dialog } from '../../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../../parts/problem.tsx'
import { toast } from '../../parts/toast.tsx'
import { useWords } from '../../texts/index.ts'
import { savedFirst } from './saved-first.ts'

interface Edit {
  from: number
  to: number
  steps: Record<'added' | 'removed' | 'changed', string[]>
  changes: { path: string; kind: 'added' | 'removed' | 'changed'; before?: unknown; after?: unknown }[]
  experimentChanged: boolean
  triggerChanged: boolean
  standing: {
    version: number
    goal: string
    step: string | null
    customers: number
    goesOnAt: string | null
    what: 'goesOn' | 'atOnce' | 'stays'
  }[]
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 400)

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
          <Button look="primary" disabled={busy || !edit.data || edit.data.triggerChanged} onClick={publish}>
            {t('publish.go')}
          </Button>
        </>
      }
    >
      <Answered of={edit}>
        {data => (
          <>
            {data.triggerChanged && <Notice look="bad">{t('publish.trigger')}</Notice>}
            {data.experimentChanged && <Notice look="warn">{t('publish.experiment')}</Notice>}
            <ul className="diff stack tight">
              {data.changes.slice(0, 60).map(change => (
                <li key={change.path + change.kind}>
                  <span className="small quiet">{change.path}</span>
                  {change.before !== undefined && <del className="del small">− {shown(change.before)}</del>}
                  {change.after !== undefined && <ins className="add small">+ {shown(change.after)}</ins>}
                </li>
              ))}
              {(['added', 'changed', 'removed'] as const)
                .filter(each => data.steps[each].length > 0)
                .map(each => (
                  <li key={each}>
                    {t(`publish.steps.${each}`)} <strong>{data.steps[each].join(', ')}</strong>
                  </li>
                ))}
              {data.changes.length === 0 && Object.values(data.steps).every(each => each.length === 0) && (
                <li>{t('diff.none')}</li>
              )}
            </ul>
            <Segmented
              label={t('publish.inFlight')}
              value={inFlight}
              onChange={setInFlight}
              options={(['move', 'stay'] as const).map(each => [each, t(`publish.${each}`)] as const)}
            />
            {inFlight === 'move' && data.standing.length > 0 && (
              <ul className="small">
                {data.standing.map(row => (
                  <li key={`${row.version} ${row.goal} ${row.step} ${row.what}`}>
                    {t('publish.standing', { n: row.customers, step: row.step ?? row.goal })}{' '}
                    {t(`publish.what.${row.what}`, { step: row.goesOnAt ?? t('journey.end') })}
                  </li>
                ))}
              </ul>
            )}
          </>
        )}
      </Answered>
      <ProblemNotice error={error} />
    </Dialog>
  )
}
