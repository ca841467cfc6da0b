import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Campaign, Experiment } from '../../../api/contract.ts'
import { api, type Refusal } from '../../api/client.ts'
import { blankExperiment } from '../../campaign/document.ts'
import { Button, CheckBox, IconButton, Notice, Select, TextField } from '../../parts/basics.tsx'
import { DurationField, NumberField } from '../../parts/duration.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { useSettled } from '../../parts/state.ts'
import { useMay } from '../../session.ts'
import { useWords } from '../../texts/index.ts'
import type { PartProps } from './plan.tsx'

type Metric = Experiment['metric']
const metrics: Record<Metric['kind'], () => Metric> = {
  conversion: () => ({ kind: 'conversion' }),
  retention: () => ({ kind: 'retention', event: 'Order Completed', bracket: ['7d', '14d'] }),
  revenue: () => ({ kind: 'revenue' }),
  churn: () => ({ kind: 'churn', within: '30d' }),
}

/** The experiment: arms, holdout, metric, and how sure is sure enough. */
export function Judged({ draft, campaign }: PartProps) {
  const { t } = useWords()
  const { experiment } = draft.document
  return (
    <div className="card pad stack">
      <CheckBox
        label={t('judged.on')}
        hint={t('judged.onHint')}
        checked={experiment !== undefined}
        onChange={on => draft.set(['experiment'], on ? { ...blankExperiment } : undefined)}
      />
      {experiment && <Arms draft={draft} campaign={campaign} experiment={experiment} />}
    </div>
  )
}

function Arms({ draft, campaign, experiment }: PartProps & { experiment: NonNullable<Campaign['experiment']> }) {
  const { t, percent } = useWords()
  const set =
    (...path: (string | number)[]) =>
    (value: unknown) =>
      draft.set(['experiment', ...path], value)
  const fault = (...path: (string | number)[]) => draft.faultAt(['experiment', ...path])
  const { variants, metric } = experiment
  const weight = variants.reduce((sum, each) => sum + each.weight, 0)
  const nextKey =
    'abcdefghijklmnopqrst'.split('').find(key => !variants.some(each => each.key === key)) ?? `v${variants.length + 1}`
  return (
    <>
      <div className="stack tight">
        <h3>{t('judged.variants')}</h3>
        {variants.map((variant, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a variant's key is being typed
          <div className="row top" key={i}>
            <TextField
              quiet
              label={t('judged.variantKey', { n: i + 1 })}
              value={variant.key}
              fault={fault('variants', i, 'key')}
              onChange={set('variants', i, 'key')}
              style={{ width: 130 }}
            />
            <NumberField
              quiet
              label={t('judged.weight', { key: variant.key })}
              value={variant.weight}
              min={0}
              onChange={value => set('variants', i, 'weight')(value ?? 0)}
              suffix={weight > 0 ? percent(((1 - experiment.holdout) * variant.weight) / weight) : ''}
            />
            <IconButton
              icon={Trash2}
              label={t('judged.removeVariant', { key: variant.key })}
              small
              disabled={variants.length === 1}
              onClick={() => set('variants')(variants.toSpliced(i, 1))}
            />
          </div>
        ))}
        <div>
          <Button small icon={Plus} onClick={() => set('variants')([...variants, { key: nextKey, weight: 1 }])}>
            {t('judged.addVariant')}
          </Button>
        </div>
      </div>
      <div className="grid">
        <NumberField
          label={t('judged.holdout')}
          hint={t('judged.holdoutHint')}
          suffix="%"
          min={0}
          value={round(experiment.holdout * 100)}
          fault={fault('holdout')}
          onChange={value => set('holdout')((value ?? 0) / 100)}
        />
        <Select
          label={t('judged.metric')}
          value={metric.kind}
          options={(['conversion', 'retention', 'revenue', 'churn'] as const).map(kind => [kind, t(`judged.${kind}`)] as const)}
          onChange={kind => {
            set('metric')(metrics[kind]())
            // An amount of money is no share.
            if (kind !== 'revenue' && experiment.minimumEffect > 1) set('minimumEffect')(0.02)
          }}
        />
        {metric.kind === 'retention' && (
          <>
            <TextField
              label={t('judged.event')}
              value={metric.event}
              fault={fault('metric', 'event')}
              onChange={set('metric', 'event')}
            />
            <DurationField
              label={t('judged.from')}
              value={metric.bracket[0]}
              fault={fault('metric', 'bracket', 0)}
              onChange={set('metric', 'bracket', 0)}
            />
            <DurationField
              label={t('judged.until')}
              value={metric.bracket[1]}
              fault={fault('metric', 'bracket', 1)}
              onChange={set('metric', 'bracket', 1)}
            />
          </>
        )}
        {metric.kind === 'churn' && (
          <DurationField
            label={t('judged.within')}
            value={metric.within}
            fault={fault('metric', 'within')}
            onChange={set('metric', 'within')}
          />
        )}
        {metric.kind === 'revenue' && (
          <NumberField
            label={t('judged.cap')}
            hint={t('judged.capHint')}
            min={0}
            value={metric.cap}
            fault={fault('metric', 'cap')}
            onChange={cap => set('metric')({ kind: 'revenue', ...(cap ? { cap } : {}) })}
          />
        )}
        {metric.kind === 'revenue' ? (
          <NumberField
            label={t('judged.effect')}
            hint={t('judged.amountHint')}
            value={experiment.minimumEffect}
            fault={fault('minimumEffect')}
            onChange={value => set('minimumEffect')(value ?? 0)}
          />
        ) : (
          <NumberField
            label={t('judged.effect')}
            hint={t('judged.effectHint')}
            suffix={t('judged.points')}
            value={round(experiment.minimumEffect * 100)}
            fault={fault('minimumEffect')}
            onChange={value => set('minimumEffect')((value ?? 0) / 100)}
          />
        )}
        <NumberField
          label={t('judged.error')}
          hint={t('judged.errorHint')}
          suffix="%"
          value={round(experiment.error * 100)}
          fault={fault('error')}
          onChange={value => set('error')((value ?? 0) / 100)}
        />
        <NumberField
          label={t('judged.days')}
          hint={t('judged.daysHint')}
          value={experiment.minimumDays}
          fault={fault('minimumDays')}
          onChange={value => set('minimumDays')(value ?? 0)}
        />
        <Select
          label={t('judged.onDecision')}
          value={experiment.onDecision}
          options={(['report', 'promote'] as const).map(each => [each, t(`judged.${each}`)] as const)}
          onChange={set('onDecision')}
        />
      </div>
      <Advice draft={draft} campaign={campaign} experiment={experiment} />
    </>
  )
}

interface PlanView {
  state: 'answerable' | 'tooSmall' | 'impossible' | 'unknown'
  because: string
  neededTotal: number | null
  expectedDays: number | null
  baseline: { from: 'history' | 'request' | 'none'; rate: number | null }
}

const planLooks = { answerable: 'good', tooSmall: 'warn', impossible: 'bad', unknown: 'info' } as const

/** How many customers it takes to see the smallest effect worth having, by what they did so far or by what the reader expects. */
function Advice({ draft, campaign, experiment }: PartProps & { experiment: NonNullable<Campaign['experiment']> }) {
  const { t, number } = useWords()
  const [base, setBase] = useState<number>()
  const asked = useSettled(base, 500)
  const { data, error } = useQuery<PlanView, Refusal>({
    queryKey: [`/v1/campaigns/${campaign.id}/plan`, draft.version, asked],
    queryFn: ({ signal }) => api.post(`/v1/campaigns/${campaign.id}/plan`, asked ? { baseRate: asked / 100 } : {}, { signal }),
    retry: false,
    enabled: useMay('draft'),
    placeholderData: keepPreviousData,
  })
  if (experiment.variants.length === 1 && experiment.holdout === 0)
    return <Notice look="warn">{t('judged.nothingToCompare')}</Notice>
  if (error && error.status !== 422) return <ProblemNotice error={error} />
  return (
    <Notice look={data ? planLooks[data.state] : 'info'}>
      <div className="stack tight">
        <p>{data?.because ?? '…'}</p>
        <div className="row">
          {data?.neededTotal != null && <strong>{t('judged.needed', { n: data.neededTotal })}</strong>}
          {data?.expectedDays != null && <span>{t('judged.expected', { n: data.expectedDays })}</span>}
          {data?.neededTotal != null && data.neededTotal !== experiment.plannedTotal && (
            <Button small onClick={() => draft.set(['experiment', 'plannedTotal'], data.neededTotal)}>
              {t('judged.planFor', { n: number(data.neededTotal) })}
            </Button>
          )}
          {experiment.plannedTotal && (
            <span className="quiet">{t('judged.planned', { n: number(experiment.plannedTotal) })}</span>
          )}
        </div>
        {experiment.metric.kind !== 'revenue' && (
          <label className="row small">
            {t('judged.adviceIf')}
            <input
              className="input inline num"
              type="number"
              min={0.1}
              max={99}
              step="any"
              style={{ width: 84 }}
              value={base ?? ''}
              placeholder={data?.baseline.rate == null ? '' : number(data.baseline.rate * 100, 1)}
              onChange={event => setBase(event.target.value === '' ? undefined : Number(event.target.value))}
            />
          </label>
        )}
      </div>
    </Notice>
  )
}

const round = (value: number) => Math.round(value * 1e6) / 1e6
