import { Copy, MoreHorizontal, Plus, Send, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import { api } from '../api/client.ts'
import { type CampaignView, refresh, useCampaigns } from '../api/queries.ts'
import { documentOf } from '../campaign/document.ts'
import { triggerText } from '../campaign/sentences.ts'
import { Button, Empty, IconButton, PageHead, Segmented } from '../parts/basics.tsx'
import { Confirm, Menu } from '../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../parts/problem.tsx'
import { Rows } from '../parts/rows.tsx'
import { useNow } from '../parts/state.ts'
import { CampaignStatus } from '../parts/status.tsx'
import { useMay } from '../session.ts'
import { useTitleOf } from '../shell.tsx'
import { useWords } from '../texts/index.ts'
import { NewCampaign } from './new-campaign.tsx'

type Which = 'all' | 'live' | 'draft' | 'ended'
const matches: Record<Which, (campaign: CampaignView) => boolean> = {
  all: () => true,
  live: ({ status }) => status === 'running' || status === 'enrolling' || status === 'paused',
  draft: ({ status }) => status === 'draft',
  ended: ({ status }) => status === 'stopped' || status === 'completed',
}

export default function Campaigns() {
  const { t } = useWords()
  const mayDraft = useMay('draft')
  const campaigns = useCampaigns()
  const [, go] = useLocation()
  const search = useSearch()
  const [which, setWhich] = useState<Which>('all')
  const [text, setText] = useState('')
  useTitleOf('nav.campaigns')
  const all = campaigns.data?.data
  const shown = useMemo(
    () => all?.filter(each => matches[which](each) && each.name.toLowerCase().includes(text.trim().toLowerCase())) ?? [],
    [all, which, text],
  )
  const create = mayDraft && (
    <Button look="primary" icon={Plus} onClick={() => go('/campaigns?new')}>
      {t('campaigns.new')}
    </Button>
  )
  return (
    <>
      <PageHead title={t('nav.campaigns')} lead={t('campaigns.lead')} actions={create} />
      <div className="row" style={{ marginBottom: 14 }}>
        <Segmented
          label={t('campaigns.which')}
          value={which}
          onChange={setWhich}
          options={(['all', 'live', 'draft', 'ended'] as const).map(key => [key, t(`campaigns.${key}`)] as const)}
        />
        <input
          className="input"
          style={{ width: 240 }}
          type="search"
          aria-label={t('campaigns.search')}
          placeholder={t('campaigns.search')}
          value={text}
          onChange={event => setText(event.target.value)}
        />
      </div>
      <div className="card">
        <Answered of={campaigns}>
          {({ data }) =>
            data.length === 0 ? (
              <Empty icon={Send} title={t('campaigns.empty')} actions={create}>
                {t('campaigns.emptyLead')}
              </Empty>
            ) : shown.length === 0 ? (
              <Empty title={t('common.nothingMatches')} />
            ) : (
              <List campaigns={shown} />
            )
          }
        </Answered>
      </div>
      <NewCampaign open={search === 'new'} onClose={() => go('/campaigns', { replace: true })} />
    </>
  )
}

function List({ campaigns }: { campaigns: CampaignView[] }) {
  const { t, ago } = useWords()
  const now = useNow()
  const words = useWords()
  const mayDraft = useMay('draft')
  const [, go] = useLocation()
  const [doomed, setDoomed] = useState<CampaignView>()
  const [error, setError] = useState<unknown>()
  const copy = (campaign: CampaignView) =>
    api
      .post<CampaignView>('/v1/campaigns', { ...documentOf(campaign), name: t('campaigns.copyOf', { name: campaign.name }) })
      .then(made => {
        void refresh('/v1/campaigns')
        go(`/campaigns/${made.id}`)
      }, setError)
  return (
    <>
      <ProblemNotice error={error} />
      <Rows
        label={t('nav.campaigns')}
        rows={campaigns}
        keyOf={each => each.id}
        columns={[
          {
            title: t('campaigns.name'),
            width: 'minmax(200px, 2fr)',
            cell: each => (
              <Link href={`/campaigns/${each.id}${each.status === 'draft' ? '' : '/live'}`} className="strong">
                {each.name}
              </Link>
            ),
          },
          { title: t('campaigns.status'), cell: each => <CampaignStatus status={each.status} /> },
          {
            title: t('campaigns.starts'),
            width: 'minmax(140px, 1.4fr)',
            cell: each => <span className="quiet">{triggerText(words, each.trigger)}</span>,
          },
          {
            title: t('campaigns.goals'),
            width: 'minmax(140px, 1.2fr)',
            cell: each => <span className="quiet">{each.goals.map(goal => t(`goal.${goal.kind}`)).join(', ')}</span>,
          },
          {
            title: t('campaigns.changed'),
            cell: each => <span className="quiet">{ago(each.updatedAt, now)}</span>,
          },
          ...(mayDraft
            ? [
                {
                  title: <span className="hidden-text">{t('common.actions')}</span>,
                  width: '64px',
                  cell: (each: CampaignView) => (
                    <Menu
                      trigger={<IconButton icon={MoreHorizontal} label={t('campaigns.actionsOf', { name: each.name })} />}
                      entries={[
                        { text: t('common.duplicate'), icon: Copy, run: () => void copy(each) },
                        {
                          text: t('common.delete'),
                          icon: Trash2,
                          danger: true,
                          disabled: each.status !== 'draft',
                          run: () => setDoomed(each),
                        },
                      ]}
                    />
                  ),
                },
              ]
            : []),
        ]}
      />
      <Confirm
        open={doomed !== undefined}
        onClose={() => setDoomed(undefined)}
        title={t('campaigns.deleteTitle', { name: doomed?.name ?? '' })}
        lead={t('campaigns.deleteLead')}
        action={t('common.delete')}
        danger
        run={async () => {
          await api.delete(`/v1/campaigns/${doomed?.id}`, doomed?.version)
          await refresh('/v1/campaigns')
        }}
      />
    </>
  )
}
