import { useQuery } from '@tanstack/react-query'
import { Plus, Sprout } from 'lucide-react'
import { Link } from 'wouter'
import type { RunView } from '../../api/contract.ts'
import { type CampaignView, everybody, type Page, useApi, useCampaigns } from '../api/queries.ts'
import { Card, Empty, LinkButton, PageHead } from '../parts/basics.tsx'
import { Answered } from '../parts/problem.tsx'
import { useNow } from '../parts/state.ts'
import { CampaignStatus, MessageStatus, totals } from '../parts/status.tsx'
import { useMay, useSession } from '../session.ts'
import { useTitleOf } from '../shell.tsx'
import { useWords } from '../texts/index.ts'
import type { OutboxItem } from './outbox.tsx'
import { Figure } from './retention/figure.tsx'

export default function Overview() {
  const { t } = useWords()
  const campaigns = useCampaigns({ status: 'live', limit: 6 })
  const mayDraft = useMay('draft')
  const { demo } = useSession()
  useTitleOf('nav.overview')
  return (
    <>
      <PageHead
        title={t('overview.title')}
        lead={demo ? t('overview.demoLead') : t('overview.lead')}
        actions={
          mayDraft && (
            <LinkButton to="/campaigns?new" look="primary" icon={Plus}>
              {t('campaigns.new')}
            </LinkButton>
          )
        }
      />
      <div className="stack loose">
        <Numbers />
        <Answered of={campaigns}>{({ data }) => <Live campaigns={data} />}</Answered>
        <div className="grid two">
          <Latest />
          <Card title={t('overview.next')}>
            <NextSteps />
          </Card>
        </div>
      </div>
    </>
  )
}

function Numbers() {
  const { t, number } = useWords()
  const customers = useQuery(everybody)
  return (
    <dl className="grid stats">
      <div className="stat">
        <dt>{t('overview.customers')}</dt>
        <dd>{customers.data ? number(customers.data.of) : '–'}</dd>
      </div>
      <Figure metric="crr" />
      <Figure metric="repeatRate" />
      <Figure metric="churn" />
    </dl>
  )
}

function Live({ campaigns: live }: { campaigns: CampaignView[] }) {
  const { t } = useWords()
  return (
    <section className="stack">
      <h2>{t('overview.live')}</h2>
      {live.length === 0 ? (
        <div className="card">
          <Empty
            icon={Sprout}
            title={t('overview.noneLive')}
            actions={<LinkButton to="/campaigns">{t('overview.toCampaigns')}</LinkButton>}
          >
            {t('overview.noneLiveLead')}
          </Empty>
        </div>
      ) : (
        <div className="grid two">
          {live.map(each => (
            <LiveCampaign key={each.id} campaign={each} />
          ))}
        </div>
      )}
    </section>
  )
}

function LiveCampaign({ campaign }: { campaign: CampaignView }) {
  const { t, number, percent } = useWords()
  const runs = useApi<Page<RunView>>(`/v1/campaigns/${campaign.id}/runs`, ['runs', 'messages'], { keep: true })
  const run = runs.data?.data[0]
  const sum = run && totals(run)
  const share = (part: number, whole: number) => (whole > 0 ? percent(part / whole, 0) : '')
  return (
    <article className="card">
      <div className="card-head">
        <h2>
          <Link href={`/campaigns/${campaign.id}/live`} className="strong">
            {campaign.name}
          </Link>
        </h2>
        <CampaignStatus status={campaign.status} />
      </div>
      {run && sum ? (
        <dl className="funnel">
          {(
            [
              ['overview.enrolled', run.enrolled, ''],
              ['overview.sent', sum.sent, ''],
              ['overview.opened', sum.opened, share(sum.opened, sum.sent)],
              ['overview.clicked', sum.clicked, share(sum.clicked, sum.sent)],
              ['overview.converted', sum.converted, share(sum.converted, run.enrolled)],
            ] as const
          ).map(([key, n, part]) => (
            <div key={key}>
              <dt>{t(key)}</dt>
              <dd className="num">
                {number(n)} <small>{part}</small>
              </dd>
            </div>
          ))}
        </dl>
      ) : (
        <Answered of={runs} lines={2}>
          {() => null}
        </Answered>
      )}
      <div className="row" style={{ padding: '0 20px 14px' }}>
        <Link href={`/campaigns/${campaign.id}/live`} className="small">
          {t('overview.watch')}
        </Link>
        <Link href={`/campaigns/${campaign.id}/results`} className="small">
          {t('overview.results')}
        </Link>
      </div>
    </article>
  )
}

function Latest() {
  const { t, ago } = useWords()
  const now = useNow(5_000)
  const outbox = useApi<Page<OutboxItem>>('/v1/outbox?limit=7', ['messages'], { keep: true })
  return (
    <Card
      title={t('overview.latest')}
      pad={false}
      actions={
        <Link href="/outbox" className="small">
          {t('overview.toOutbox')}
        </Link>
      }
    >
      <Answered of={outbox}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title={t('outbox.empty')}>{t('outbox.emptyLead')}</Empty>
          ) : (
            <ul className="feed">
              {data.map(item => (
                <li key={item.message}>
                  <div className="grow">
                    <span className="clip">{item.title}</span>
                    <span className="small quiet clip">
                      {t(`channel.${item.channel}`)} ·{' '}
                      {item.customer === null ? (
                        t('outbox.test')
                      ) : (
                        <Link href={`/customers/${encodeURIComponent(item.customer)}`}>{item.customer}</Link>
                      )}{' '}
                      · {ago(item.at, now)}
                    </span>
                  </div>
                  <MessageStatus status={item.status} />
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </Card>
  )
}

function NextSteps() {
  const { t } = useWords()
  const steps = [
    ['next.customers', '/imports'],
    ['next.segment', '/segments'],
    ['next.campaign', '/campaigns?new'],
    ['next.results', '/campaigns'],
    ['next.settings', '/settings'],
  ] as const
  return (
    <ol className="steps">
      {steps.map(([key, to], i) => (
        <li key={key}>
          <span className="steps-n" aria-hidden>
            {i + 1}
          </span>
          <div>
            <Link href={to} className="strong">
              {t(key)}
            </Link>
            <p className="small quiet">{t(`${key}Lead`)}</p>
          </div>
        </li>
      ))}
    </ol>
  )
}
