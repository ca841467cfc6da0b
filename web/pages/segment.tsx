import { Send, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { Rule } from '../../api/contract.ts'
import { api, Refusal } from '../api/client.ts'
import { type CampaignView, refresh, type SegmentView, useApi, usePages } from '../api/queries.ts'
import { blankCampaign } from '../campaign/document.ts'
import { Badge, Button, Card, Empty, Notice, PageHead, Segmented, TextField } from '../parts/basics.tsx'
import { Confirm } from '../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../parts/problem.tsx'
import { Rows } from '../parts/rows.tsx'
import { read, write } from '../parts/state.ts'
import { toast } from '../parts/toast.tsx'
import { RuleCount } from '../rules/count.tsx'
import { RuleEditor } from '../rules/editor.tsx'
import { useMay } from '../session.ts'
import { useTitle } from '../shell.tsx'
import { useWords } from '../texts/index.ts'

export default function Segment({ segmentKey }: { segmentKey: string }) {
  const segment = useApi<SegmentView>(`/v1/segments/${encodeURIComponent(segmentKey)}`, ['segments'])
  return <Answered of={segment}>{data => <Editor segment={data} />}</Answered>
}

interface Kept {
  name: string
  rule: Rule
  version: number
}

function Editor({ segment }: { segment: SegmentView }) {
  const { t } = useWords()
  const kept = `segment.${segment.key}`
  const [draft, setDraft] = useState<Kept>(
    () => read<Kept>(kept) ?? { name: segment.name, rule: segment.rule, version: segment.version },
  )
  const [error, setError] = useState<unknown>()
  const [doomed, setDoomed] = useState(false)
  const [list, setList] = useState<'members' | 'history'>('members')
  const [, go] = useLocation()
  const mayDraft = useMay('draft')
  const changed = draft.name !== segment.name || JSON.stringify(draft.rule) !== JSON.stringify(segment.rule)
  useTitle(segment.name)
  const put = (next: Kept) => {
    setDraft(next)
    write(kept, next)
  }
  const save = () =>
    api
      .put<SegmentView>(`/v1/segments/${encodeURIComponent(segment.key)}`, { name: draft.name, rule: draft.rule }, draft.version)
      .then(
        async saved => {
          setError(undefined)
          write(kept, undefined)
          setDraft({ name: saved.name, rule: saved.rule, version: saved.version })
          await refresh('/v1/segments')
          toast(t('common.saved'))
        },
        refused => {
          setError(refused)
          if (refused instanceof Refusal && refused.status === 412) put({ ...draft, version: segment.version })
        },
      )
  /** A campaign that begins with whom it is for. */
  const use = () =>
    void api
      .post<CampaignView>('/v1/campaigns', {
        ...blankCampaign(segment.name, 'Order Completed'),
        audience: { segment: segment.key },
      })
      .then(async made => {
        await refresh('/v1/campaigns')
        go(`/campaigns/${made.id}`)
      }, setError)
  return (
    <>
      <PageHead
        crumb={['/segments', t('nav.segments')]}
        title={segment.name}
        lead={segment.summary}
        actions={
          mayDraft && (
            <>
              <Button icon={Send} disabled={changed} onClick={use}>
                {t('segments.use')}
              </Button>
              <Button look="primary" disabled={!changed} onClick={() => void save()}>
                {t('common.save')}
              </Button>
              <Button look="danger" icon={Trash2} onClick={() => setDoomed(true)}>
                {t('common.delete')}
              </Button>
            </>
          )
        }
      />
      <div className="stack loose">
        {changed && <Notice>{t('segments.changed')}</Notice>}
        <ProblemNotice error={error} />
        <fieldset className="card pad stack" disabled={!mayDraft}>
          <TextField label={t('campaigns.name')} value={draft.name} onChange={name => put({ ...draft, name })} />
          <div className="split-count">
            <RuleEditor
              rule={draft.rule}
              none={t('plan.everybody')}
              onChange={rule => put({ ...draft, rule })}
              faultAt={below => (error instanceof Refusal ? error.at(`/rule${below}`) : undefined)}
            />
            <RuleCount rule={draft.rule} sentence />
          </div>
        </fieldset>
        <UsedBy segment={segment.key} />
        <div className="stack">
          <Segmented
            label={t('segments.list')}
            value={list}
            onChange={setList}
            options={[
              ['members', t('segments.members')],
              ['history', t('segments.history')],
            ]}
          />
          {list === 'members' ? <Members segment={segment.key} /> : <History segment={segment.key} />}
        </div>
      </div>
      <Confirm
        open={doomed}
        onClose={() => setDoomed(false)}
        title={t('segments.deleteTitle', { name: segment.name })}
        lead={t('segments.deleteLead')}
        action={t('common.delete')}
        danger
        run={async () => {
          await api.delete(`/v1/segments/${encodeURIComponent(segment.key)}`, segment.version)
          write(kept, undefined)
          await refresh('/v1/segments')
          go('/segments')
        }}
      />
    </>
  )
}

interface Use {
  name: string
  through?: string
}
interface Uses {
  segments: (Use & { key: string })[]
  campaigns: (Use & { id: string; draft: boolean; running: boolean })[]
}

/** What a change of this segment touches: who names it, and who does so by way of another segment. */
function UsedBy({ segment }: { segment: string }) {
  const { t } = useWords()
  const uses = useApi<Uses>(`/v1/segments/${encodeURIComponent(segment)}/uses`, ['segments', 'campaigns', 'runs'], { keep: true })
  return (
    <Card title={t('segments.usedBy')}>
      <Answered of={uses} lines={1}>
        {({ segments, campaigns }) =>
          segments.length + campaigns.length === 0 ? (
            <p className="quiet">{t('segments.usedByNobody')}</p>
          ) : (
            <dl className="facts">
              {campaigns.length > 0 && (
                <>
                  <dt>{t('nav.campaigns')}</dt>
                  <dd className="chips">
                    {campaigns.map(each => (
                      <Link key={each.id} href={`/campaigns/${each.id}`} className="chip">
                        {each.name} <Through of={each} />
                        {each.running && <Badge look="good">{t(each.draft ? 'segments.runsWith' : 'segments.onlyRun')}</Badge>}
                      </Link>
                    ))}
                  </dd>
                </>
              )}
              {segments.length > 0 && (
                <>
                  <dt>{t('nav.segments')}</dt>
                  <dd className="chips">
                    {segments.map(each => (
                      <Link key={each.key} href={`/segments/${encodeURIComponent(each.key)}`} className="chip">
                        {each.name} <Through of={each} />
                      </Link>
                    ))}
                  </dd>
                </>
              )}
            </dl>
          )
        }
      </Answered>
    </Card>
  )
}

function Through({ of }: { of: Use }) {
  const { t } = useWords()
  return of.through === undefined ? null : <span className="quiet">{t('segments.through', { key: of.through })}</span>
}

interface Member {
  externalId: string
  email: string | null
  firstName: string | null
  lastName: string | null
}

function Members({ segment }: { segment: string }) {
  const { t } = useWords()
  const members = usePages<Member>(
    `/v1/segments/${encodeURIComponent(segment)}/members`,
    {},
    ['customers', 'events', 'segments'],
    100,
  )
  return (
    <Card pad={false}>
      <Answered of={members}>
        {rows =>
          rows.length === 0 ? (
            <Empty title={t('segments.noMembers')} />
          ) : (
            <Rows
              rows={rows}
              keyOf={row => row.externalId}
              more={members}
              columns={[
                {
                  title: t('customers.id'),
                  cell: row => (
                    <Link href={`/customers/${encodeURIComponent(row.externalId)}`} className="strong">
                      {row.externalId}
                    </Link>
                  ),
                },
                { title: t('customers.name'), cell: row => [row.firstName, row.lastName].filter(Boolean).join(' ') },
                { title: t('channel.email'), wide: true, cell: row => <span className="quiet">{row.email}</span> },
              ]}
            />
          )
        }
      </Answered>
    </Card>
  )
}

interface Move {
  at: string
  externalId: string
  change: 'entered' | 'left'
}

/** Who came in and who left, as far as it was watched. */
function History({ segment }: { segment: string }) {
  const { t, time } = useWords()
  const moves = usePages<Move>(
    `/v1/segments/${encodeURIComponent(segment)}/history`,
    {},
    ['segments', 'events', 'customers'],
    100,
  )
  return (
    <Card pad={false}>
      <Answered of={moves}>
        {rows =>
          rows.length === 0 ? (
            <Empty title={t('segments.noHistory')}>{t('segments.noHistoryLead')}</Empty>
          ) : (
            <Rows
              rows={rows}
              keyOf={row => row.at + row.externalId + row.change}
              more={moves}
              columns={[
                {
                  title: t('messages.at'),
                  width: 'minmax(172px, 1fr)',
                  cell: row => <span className="quiet">{time(row.at)}</span>,
                },
                {
                  title: t('customers.id'),
                  cell: row => (
                    <Link href={`/customers/${encodeURIComponent(row.externalId)}`} className="strong">
                      {row.externalId}
                    </Link>
                  ),
                },
                {
                  title: t('segments.what'),
                  cell: row => <Badge look={row.change === 'entered' ? 'good' : undefined}>{t(`segments.${row.change}`)}</Badge>,
                },
              ]}
            />
          )
        }
      </Answered>
    </Card>
  )
}
