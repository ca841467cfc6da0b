import { Check, CircleDot, Loader2, Pause, Play, Redo2, Rocket, Square, Undo2 } from 'lucide-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import type { RunView } from '../../../api/contract.ts'
import { api } from '../../api/client.ts'
import { type CampaignView, type Page, refresh, useApi } from '../../api/queries.ts'
import { type Draft, useDraft } from '../../campaign/draft.ts'
import { Button, IconButton, Loading, Notice, PageHead, Tabs } from '../../parts/basics.tsx'
import { Confirm } from '../../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../../parts/problem.tsx'
import { CampaignStatus } from '../../parts/status.tsx'
import { toast } from '../../parts/toast.tsx'
import { useMay } from '../../session.ts'
import { useTitle } from '../../shell.tsx'
import { useWords } from '../../texts/index.ts'
import { Launch } from './launch.tsx'
import { Plan } from './plan.tsx'
import { Publish } from './publish.tsx'

const Live = lazy(() => import('./live.tsx'))
const Results = lazy(() => import('../results/index.tsx'))
const Messages = lazy(() => import('./messages.tsx'))
const People = lazy(() => import('./people.tsx'))
const Simulate = lazy(() => import('./simulate.tsx'))

const tabs = ['plan', 'simulate', 'live', 'results', 'messages', 'people'] as const
export type CampaignTab = (typeof tabs)[number]

export default function Campaign({ id, tab }: { id: string; tab: string | undefined }) {
  const campaign = useApi<CampaignView>(`/v1/campaigns/${id}`, ['campaigns', 'runs'])
  return (
    <Answered of={campaign} lines={8}>
      {data => <Standing campaign={data} tab={tabs.find(each => each === tab) ?? 'plan'} />}
    </Answered>
  )
}

const isLive = ({ status }: CampaignView) => status === 'running' || status === 'enrolling' || status === 'paused'

function Standing({ campaign, tab }: { campaign: CampaignView; tab: CampaignTab }) {
  const { t } = useWords()
  const mayDraft = useMay('draft')
  const live = isLive(campaign)
  const draft = useDraft(campaign, mayDraft && !live, live)
  useTitle(draft.document.name)
  useUndoKeys(draft, tab === 'plan')
  return (
    <>
      <PageHead
        crumb={['/campaigns', t('nav.campaigns')]}
        title={
          <span className="row">
            {draft.document.name || t('campaign.unnamed')} <CampaignStatus status={campaign.status} />
          </span>
        }
        actions={<Actions campaign={campaign} draft={draft} live={live} />}
      />
      <Tabs
        label={t('campaign.tabs')}
        tabs={tabs.map(each => ({
          to: `/campaigns/${campaign.id}${each === 'plan' ? '' : `/${each}`}`,
          text: t(`campaign.${each}`),
          chosen: each === tab,
        }))}
      />
      <Suspense fallback={<Loading lines={6} />}>
        {tab === 'plan' && (
          <>
            <DraftNotices draft={draft} live={live} />
            <Plan draft={draft} campaign={campaign} readOnly={!mayDraft} />
          </>
        )}
        {tab === 'simulate' && <Simulate campaign={campaign} />}
        {tab === 'live' && <Live campaign={campaign} />}
        {tab === 'results' && <Results campaign={campaign} />}
        {tab === 'messages' && <Messages campaign={campaign} />}
        {tab === 'people' && <People campaign={campaign} />}
      </Suspense>
    </>
  )
}

function Actions({ campaign, draft, live }: { campaign: CampaignView; draft: Draft; live: boolean }) {
  const { t } = useWords()
  const mayLaunch = useMay('launch')
  const mayDraft = useMay('draft')
  const [open, setOpen] = useState<'launch' | 'stop' | 'save'>()
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  // Which version the run is at: a newer draft waits to be published.
  const runs = useApi<Page<RunView>>(`/v1/campaigns/${campaign.id}/runs`, ['runs'], { off: !live, keep: true })
  const running = runs.data?.data[0]?.version
  const change = async (what: 'pause' | 'resume' | 'stop') => {
    await api.post(`/v1/campaigns/${campaign.id}/${what}`)
    await refresh('/v1/campaigns')
    toast(t(`campaign.${what}Done`))
  }
  const now = (what: 'pause' | 'resume') => {
    setBusy(true)
    setError(undefined)
    change(what)
      .catch(setError)
      .finally(() => setBusy(false))
  }
  return (
    <>
      {mayDraft && (
        <>
          <SaveMark draft={draft} />
          <IconButton icon={Undo2} label={t('campaign.undo')} disabled={!draft.canUndo} onClick={draft.undo} />
          <IconButton icon={Redo2} label={t('campaign.redo')} disabled={!draft.canRedo} onClick={draft.redo} />
          {live && (draft.state !== 'saved' || (running !== undefined && running < campaign.version)) && (
            <Button look="primary" onClick={() => setOpen('save')}>
              {t('campaign.saveChanges')}
            </Button>
          )}
        </>
      )}
      {live && (
        <>
          {campaign.status === 'paused' ? (
            <Button icon={Play} disabled={busy || !mayLaunch} onClick={() => now('resume')}>
              {t('campaign.resume')}
            </Button>
          ) : (
            <Button icon={Pause} disabled={busy || !mayLaunch} onClick={() => now('pause')}>
              {t('campaign.pause')}
            </Button>
          )}
          <Button icon={Square} look="danger" disabled={busy || !mayLaunch} onClick={() => setOpen('stop')}>
            {t('campaign.stop')}
          </Button>
        </>
      )}
      {!live && (
        <Button
          look="primary"
          icon={Rocket}
          disabled={!mayLaunch || draft.state === 'refused'}
          title={mayLaunch ? undefined : t('campaign.mayNotLaunch')}
          onClick={() => setOpen('launch')}
        >
          {campaign.status === 'draft' ? t('campaign.launch') : t('campaign.launchAgain')}
        </Button>
      )}
      {!mayLaunch && <span className="small quiet">{t('campaign.mayNotLaunch')}</span>}
      <ProblemNotice error={error} />
      {open === 'launch' && <Launch campaign={campaign} draft={draft} onClose={() => setOpen(undefined)} />}
      <Confirm
        open={open === 'stop'}
        onClose={() => setOpen(undefined)}
        title={t('campaign.stopTitle')}
        lead={t('campaign.stopLead')}
        action={t('campaign.stop')}
        danger
        run={() => change('stop')}
      />
      {open === 'save' && <Publish campaign={campaign} draft={draft} onClose={() => setOpen(undefined)} />}
    </>
  )
}

function SaveMark({ draft }: { draft: Draft }) {
  const { t } = useWords()
  const marks = { saved: Check, saving: Loader2, changed: CircleDot, refused: CircleDot, stale: CircleDot }
  const Icon = marks[draft.state]
  return (
    <span className="row small quiet" role="status" style={{ gap: 5 }}>
      <Icon size={14} aria-hidden /> {t(`save.${draft.state}`)}
    </span>
  )
}

function DraftNotices({ draft, live }: { draft: Draft; live: boolean }) {
  const { t } = useWords()
  return (
    <div
      className="stack tight"
      style={{ marginBottom: draft.state === 'refused' || draft.state === 'stale' || draft.recovered || live ? 16 : 0 }}
    >
      {live && <Notice>{t('campaign.liveEdit')}</Notice>}
      {draft.recovered && (
        <Notice>
          {t('campaign.recovered')}{' '}
          <Button small look="bare" onClick={draft.discard}>
            {t('campaign.discard')}
          </Button>
        </Notice>
      )}
      {draft.state === 'stale' && (
        <Notice look="warn">
          {t('campaign.stale')}{' '}
          <Button small look="bare" onClick={draft.discard}>
            {t('campaign.takeTheirs')}
          </Button>
        </Notice>
      )}
      {draft.state === 'refused' && <ProblemNotice error={draft.error} />}
    </div>
  )
}

function useUndoKeys(draft: Draft, on: boolean): void {
  useEffect(() => {
    if (!on) return
    const press = (event: KeyboardEvent) => {
      if (!(event.metaKey || event.ctrlKey) || event.altKey) return
      const key = event.key.toLowerCase()
      const again = key === 'y' || (key === 'z' && event.shiftKey)
      if (key !== 'z' && key !== 'y') return
      event.preventDefault()
      if (again) draft.redo()
      else draft.undo()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [draft, on])
}
