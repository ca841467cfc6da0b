import { useState } from 'react'
import { useLocation } from 'wouter'
import { pathOf } from '../../api/client.ts'
import { useApi } from '../../api/queries.ts'
import { Card, Empty, PageHead, Segmented, Select, TextField } from '../../parts/basics.tsx'
import { PickSegment } from '../../parts/pick.tsx'
import { Answered } from '../../parts/problem.tsx'
import { useTitleOf } from '../../shell.tsx'
import { useWords } from '../../texts/index.ts'
import { Figure, type MetricAnswer } from './figure.tsx'
import { sinceFor } from './series.ts'
import { Heat, SeriesOf, Survival, TableOf } from './shapes.tsx'

const headline = ['crr', 'churn', 'nrr', 'repeatRate', 'purchaseFrequency', 'clv', 'nps', 'renewalRate'] as const
const all = [
  'crr',
  'churn',
  'revenueChurn',
  'grr',
  'nrr',
  'nDay',
  'bracketed',
  'unbounded',
  'survival',
  'repeatRate',
  'purchaseFrequency',
  'clv',
  'nps',
  'csat',
  'renewalRate',
  'ltvCac',
  'lifecycle',
  'rfm',
  'cohorts',
  'leakage',
  'churnReasons',
] as const
type Unit = 'day' | 'week' | 'month'

/** How well customers stay: each number with its formula, who it counts, and as of when. */
export default function Retention({ metric }: { metric: string | undefined }) {
  const { t, maybe } = useWords()
  const [, go] = useLocation()
  const [segment, setSegment] = useState('')
  const [unit, setUnit] = useState<Unit>('month')
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const query = { segment, from, to }
  const text = (more: Record<string, string> = {}) => pathOf('', { ...query, ...more })
  useTitleOf('nav.retention')
  return (
    <>
      <PageHead title={t('retention.title')} lead={t('retention.lead')} />
      <div className="row" style={{ marginBottom: 18, alignItems: 'flex-end' }}>
        <div style={{ width: 210 }}>
          <PickSegment label={t('rule.segment')} value={segment} none={t('customers.everySegment')} onChange={setSegment} />
        </div>
        <TextField label={t('simulate.from')} type="date" value={from} onChange={setFrom} />
        <TextField label={t('simulate.to')} type="date" value={to} onChange={setTo} />
        <Segmented
          label={t('retention.by')}
          value={unit}
          onChange={setUnit}
          options={(['day', 'week', 'month'] as const).map(each => [each, t(`retention.${each}`)] as const)}
        />
      </div>
      <div className="stack loose">
        <dl className="grid stats">
          {headline.map(each => (
            <Figure key={each} metric={each} query={text()} />
          ))}
        </dl>
        <Cohorts query={text({ by: unit })} />
        <div className="grid two">
          <Curve query={text()} />
          <Over metric="churn" query={text({ by: unit, from: from || sinceFor(unit, to ? new Date(to) : new Date()) })} />
        </div>
        <Card
          title={t('retention.every')}
          actions={
            <Select
              quiet
              label={t('retention.metric')}
              value={metric ?? 'nDay'}
              options={all.map(each => [each as string, maybe(`metric.${each}`, each)] as const)}
              onChange={next => go(`/retention/${next}`, { replace: true })}
            />
          }
        >
          <One metric={metric ?? 'nDay'} query={text()} />
        </Card>
      </div>
    </>
  )
}

function Cohorts({ query }: { query: string }) {
  const { t } = useWords()
  const answer = useApi<MetricAnswer>(`/v1/metrics/cohorts${query}`, ['events'], { keep: true })
  return (
    <Card title={t('metric.cohorts')}>
      <p className="quiet" style={{ marginBottom: 12 }}>
        {t('retention.cohortsLead')}
      </p>
      <Answered of={answer}>{data => <Heat answer={data} />}</Answered>
    </Card>
  )
}

function Curve({ query }: { query: string }) {
  const { t } = useWords()
  const answer = useApi<MetricAnswer>(`/v1/metrics/survival${query}`, ['events'], { keep: true })
  return (
    <Card title={t('metric.survival')}>
      <Answered of={answer}>{data => <Survival answer={data} />}</Answered>
    </Card>
  )
}

function Over({ metric, query }: { metric: string; query: string }) {
  const { maybe, t } = useWords()
  const answer = useApi<MetricAnswer>(`/v1/metrics/${metric}${query}`, ['events'], { keep: true })
  return (
    <Card title={t('retention.over', { metric: maybe(`metric.${metric}`, metric) })}>
      <Answered of={answer}>{data => <SeriesOf answer={data} />}</Answered>
    </Card>
  )
}

function One({ metric, query }: { metric: string; query: string }) {
  const { t, maybe, time } = useWords()
  const answer = useApi<MetricAnswer>(`/v1/metrics/${metric}${query}`, ['events'], { keep: true })
  return (
    <Answered of={answer}>
      {data => (
        <div className="stack">
          <p>{data.describe}</p>
          <dl className="grid stats">
            <Figure metric={metric} query={query} />
          </dl>
          <SeriesOf answer={data} />
          <TableOf answer={data} />
          {data.value === null && data.reason && <Empty title={maybe(`undefined.${data.reason}`, data.reason)} />}
          <p className="small quiet">
            {data.definition} · {t('results.asOf', { at: time(data.asOf) })}
          </p>
        </div>
      )}
    </Answered>
  )
}
