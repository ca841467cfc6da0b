import { Copy, MoreHorizontal, Plus, Send, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import { api } from '../api/client.ts'
import { type CampaignView, refresh, usePages } from '../api/queries.ts'
import { documentOf } from '../campaign/document.ts'
import { triggerText } from '../campaign/sentences.ts'
import { Button, Empty, IconButton, PageHead, Segmented } from '../parts/basics.tsx'
import { Menu } from '../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../parts/problem.tsx'
import { useRemoval } from '../parts/removal.tsx'
import { Rows } from '../parts/rows.tsx'
import { useNow, useSettled } from '../parts/state.ts'
import { CampaignStatus } from '../parts/status.tsx'
import type { Paged } from '../parts/virtual.ts'
import { useMay } from '../session.ts'
import { useTitleOf } from '../shell.tsx'
import { useWords } from '../texts/index.ts'
import { NewCampaign } from './new-campaign.tsx'

type Which = 'all' | 'live' | 'draft' | 'ended'

export default function Campaigns() {
  const { t } = useWords()
  const mayDraft = useMay('draft')
  const [, go] = useLocation()
  const search = useSearch()
  const [which, setWhich] = useState<Which>('all')
  const [text, setText] = useState('')
  const q = useSettled(text.trim(), 200)
  const query = { brief: 'true', q, status: which === 'all' ? undefined : which }
  const campaigns = usePages<CampaignView>('/v1/campaigns', query, ['campaigns', 'runs'], 100)
  useTitleOf('nav.campaigns')
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
          {data =>
            data.length > 0 ? (
              <List campaigns={data} more={campaigns} />
            ) : q || which !== 'all' ? (
              <Empty title={t('common.nothingMatches')} />
            ) : (
              <Empty icon={Send} title={t('campaigns.empty')} actions={create}>
                {t('campaigns.emptyLead')}
              </Empty>
            )
          }
        </Answered>
      </div>
      <NewCampaign open={search === 'new'} onClose={() => go('/campaigns', { replace: true })} />
    </>
  )
}

function List({ campaigns, more }: { campaigns: CampaignView[]; more: Paged }) {
  const { t, ago } = useWords()
  const now = useNow()
  const words = useWords()
  const mayDraft = useMay('draft')
  const [, go] = useLocation()
  const removal = useRemoval<CampaignView>({
    title: ({ name }) => t('campaigns.deleteTitle', { name }),
    lead: t('campaigns.deleteLead'),
    action: t('common.delete'),
    pathOf: ({ id }) => `/v1/campaigns/${id}`,
    versionOf: ({ version }) => version,
    list: '/v1/campaigns',
  })
  const [error, setError] = useState<unknown>()
  // The list holds no letters: the whole of it is read first.
  const copy = ({ id }: CampaignView) =>
    api
      .get<CampaignView>(`/v1/campaigns/${id}`)
      .then(whole =>
        api.post<CampaignView>('/v1/campaigns', { ...documentOf(whole), name: t('campaigns.copyOf', { name: whole.name }) }),
      )
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
        more={more}
        columns={[
          {
            title: t('campaigns.name'),
            width: 'minmax(120px, 2fr)',
            cell: each => (
              <Link href={`/campaigns/${each.id}${each.status === 'draft' ? '' : '/live'}`} className="strong">
                {each.name}
              </Link>
            ),
          },
          { title: t('campaigns.status'), width: 'minmax(88px, 0.7fr)', cell: each => <CampaignStatus status={each.status} /> },
          {
            title: t('campaigns.starts'),
            wide: true,
            width: 'minmax(140px, 1.4fr)',
            cell: each => <span className="quiet">{triggerText(words, each.trigger)}</span>,
          },
          {
            title: t('campaigns.goals'),
            wide: true,
            width: 'minmax(140px, 1.2fr)',
            cell: each => <span className="quiet">{each.goals.map(goal => t(`goal.${goal.kind}`)).join(', ')}</span>,
          },
          {
            title: t('campaigns.changed'),
            wide: true,
            cell: each => <span className="quiet">{ago(each.updatedAt, now)}</span>,
          },
          ...(mayDraft
            ? [
                {
                  title: <span className="hidden-text">{t('common.actions')}</span>,
                  width: '32px',
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
                          run: () => removal.ask(each),
                        },
                      ]}
                    />
                  ),
                },
              ]
            : []),
        ]}
      />
      {removal.dialog}
    </>
  )
}
