import { AlertTriangle, Check, Download, Equal, Hourglass } from 'lucide-react'
import { useState } from 'react'
import type { ResultsView } from '../../../api/contract.ts'
import { api } from '../../api/client.ts'
import { type CampaignView, refresh, useApi } from '../../api/queries.ts'
import { Curves } from '../../charts/curves.tsx'
import { Intervals } from '../../charts/intervals.tsx'
import { Badge, Button, Card, Empty, LinkButton, Notice, Select } from '../../parts/basics.tsx'
import { More } from '../../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../../parts/problem.tsx'
import { useMay } from '../../session.ts'
import { useWords } from '../../texts/index.ts'
import { Arms, Details, Funnel, Guardrails } from './tables.tsx'

const metrics = ['conversion', 'retention', 'revenue', 'churn'] as const

/** What the campaign changed: the decision first, then what it rests on. */
export default function Results({ campaign }: { campaign: CampaignView }) {
  const { t } = useWords()
  const own = campaign.experiment?.metric.kind ?? 'conversion'
  const [metric, setMetric] = useState<string>(own)
  const results = useApi<ResultsView>(
    `/v1/campaigns/${campaign.id}/results${metric === own ? '' : `?metric=${metric}`}`,
    ['runs', 'events', 'messages'],
    { keep: true },
  )
  return (
    <div className="stack loose">
      <div className="row end">
        <div style={{ width: 250, marginInlineEnd: 'auto' }}>
          <Select
            label={t('results.metric')}
            value={metric}
            options={metrics.map(each => [each as string, t(`judged.${each}`)] as const)}
            onChange={setMetric}
          />
        </div>
        {(['arms', 'comparisons', 'funnel', 'retention'] as const).map(table => (
          <a
            key={table}
            className="button small"
            style={{ alignSelf: 'flex-end' }}
            href={`/v1/campaigns/${campaign.id}/results?format=csv&table=${table}${metric === own ? '' : `&metric=${metric}`}`}
            download
          >
            <Download size={14} aria-hidden /> {t(`results.csv.${table}`)}
          </a>
        ))}
      </div>
      <Answered of={results} lines={8}>
        {data =>
          data.population.enrolled === 0 ? (
            <div className="card">
              <Empty
                icon={Hourglass}
                title={t('results.nobody')}
                actions={<LinkButton to={`/campaigns/${campaign.id}/live`}>{t('campaign.live')}</LinkButton>}
              >
                {t('results.nobodyLead')}
              </Empty>
            </div>
          ) : (
            <Standing campaign={campaign} results={data} />
          )
        }
      </Answered>
    </div>
  )
}

const marks = { winner: Check, noDifference: Equal, keepRunning: Hourglass, invalid: AlertTriangle }

function Standing({ campaign, results }: { campaign: CampaignView; results: ResultsView }) {
  const { t, number, percent, time } = useWords()
  const { decision } = results
  const Mark = marks[decision.state]
  const money = results.metric === 'revenue'
  const arm = useArmName()
  const format = (value: number) => (money ? number(value, 2) : `${value > 0 ? '+' : ''}${number(value * 100, 1)}`)
  const anyRate = results.arms.some(each => each.rate !== null)
  return (
    <>
      <section className="card pad">
        <div className="decision">
          <span className={`mark ${decision.state}`}>
            <Mark size={20} aria-hidden />
          </span>
          <div className="stack tight">
            <h2 className="lede">{t(`decision.${decision.state}`, { arm: decision.arm ? arm(decision.arm) : '' })}</h2>
            <p className="quiet">{decision.because}</p>
            {decision.recorded && (
              <p className="small quiet">
                {t('results.recorded', { at: time(decision.recorded.at), n: decision.recorded.number })}
              </p>
            )}
            <p className="small quiet">
              {t('results.asOf', { at: time(results.asOf) })} {results.definition}
            </p>
            <Decide campaign={campaign} />
          </div>
        </div>
      </section>
      {!results.srm.ok && <Notice look="bad">{t('results.srm', { p: number(results.srm.p, 5) })}</Notice>}
      {results.promoted && (
        <Notice look="good">{t('results.promoted', { arm: arm(results.promoted.arm), at: time(results.promoted.at) })}</Notice>
      )}
      <dl className="grid stats">
        <div className="stat">
          <dt>{t('results.enrolled')}</dt>
          <dd>{number(results.population.enrolled)}</dd>
        </div>
        <div className="stat">
          <dt>{t('results.matured')}</dt>
          <dd>
            {number(results.population.matured)}
            <small>{percent(results.population.matured / results.population.enrolled, 0)}</small>
          </dd>
        </div>
        <div className="stat">
          <dt>
            {t('results.maturing')} <More label={t('results.maturingWhat')}>{t('results.maturingLead')}</More>
          </dt>
          <dd>{number(results.population.maturing)}</dd>
        </div>
        <div className="stat">
          <dt>{t('results.exposed')}</dt>
          <dd>{number(results.exposure.exposed)}</dd>
        </div>
        {results.revenue.total !== null && (
          <div className="stat">
            <dt>{t('results.revenue')}</dt>
            <dd>
              {number(results.revenue.total, 0)} <small>{results.revenue.currency}</small>
            </dd>
          </div>
        )}
      </dl>
      {results.comparisons.some(each => each.difference !== null) && (
        <Card
          title={t('results.differences')}
          actions={<More label={t('results.intervalWhat')}>{t('results.intervalLead')}</More>}
        >
          <Intervals
            label={t('results.differences')}
            format={value => (money ? format(value) : `${format(value)}`)}
            lines={results.comparisons.map(each => {
              const good = each.interval && (results.better === 'higher' ? each.interval[0] > 0 : each.interval[1] < 0)
              const bad = each.interval && (results.better === 'higher' ? each.interval[1] < 0 : each.interval[0] > 0)
              return {
                name: t('results.versus', { arm: arm(each.arm), against: arm(each.against) }),
                value: each.difference,
                interval: each.interval,
                text:
                  each.difference === null
                    ? t('results.notYet')
                    : money
                      ? format(each.difference)
                      : t('results.points', { points: format(each.difference) }),
                look: good ? 'good' : bad ? 'bad' : undefined,
              }
            })}
          />
        </Card>
      )}
      <Arms results={results} />
      {anyRate && (
        <Card title={t('results.rates')}>
          <Intervals
            zero={false}
            label={t('results.rates')}
            format={value => percent(value)}
            lines={results.arms.map(each => ({
              name: arm(each.key),
              value: each.rate,
              interval: each.interval,
              text: each.rate === null ? t('results.notYet') : percent(each.rate, 2),
            }))}
          />
        </Card>
      )}
      <Card title={t('results.retention')}>
        {results.retention.curves.some(curve => curve.points.length > 1) ? (
          <>
            <p className="quiet" style={{ marginBottom: 12 }}>
              {results.retention.meaning}
            </p>
            <Curves
              steps
              label={t('results.retention')}
              xLabel={t(`results.per.${results.retention.unit}`)}
              formatX={value => number(value)}
              formatY={value => percent(value, 0)}
              high={1}
              curves={results.retention.curves.map(curve => ({
                name: arm(curve.arm),
                points: curve.points.map(point => ({ x: point.t, y: point.survival, low: point.lower, high: point.upper })),
              }))}
            />
            {results.retention.logRank.p !== null && (
              <p className="small quiet">{t('results.logRank', { p: number(results.retention.logRank.p, 4) })}</p>
            )}
          </>
        ) : (
          <p className="quiet">{t('results.noCurve')}</p>
        )}
      </Card>
      <Funnel results={results} campaign={campaign} />
      <Guardrails results={results} />
      <Details results={results} />
    </>
  )
}

/** An arm as people call it. */
export function useArmName(): (key: string) => string {
  const { t } = useWords()
  return key => (key === 'holdout' ? t('results.holdout') : key === 'all' ? t('live.everybody') : t('journey.variant', { key }))
}

/** Lets an approver have the experiment reviewed now, as it is every hour. */
function Decide({ campaign }: { campaign: CampaignView }) {
  const { t } = useWords()
  const mayLaunch = useMay('launch')
  const [error, setError] = useState<unknown>()
  const [said, setSaid] = useState<string>()
  if (!mayLaunch || !campaign.experiment) return null
  return (
    <div className="row">
      <Button
        small
        onClick={() =>
          void api
            .post<{ because: string; actions: { action: string }[] }>(`/v1/campaigns/${campaign.id}/results/decisions`)
            .then(answer => {
              setSaid(answer.actions.length > 0 ? t('results.reviewed') : t('results.reviewedNothing'))
              return refresh(`/v1/campaigns/${campaign.id}/results`)
            }, setError)
        }
      >
        {t('results.review')}
      </Button>
      {said && <Badge>{said}</Badge>}
      <ProblemNotice error={error} />
    </div>
  )
}
