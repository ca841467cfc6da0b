import { useApi } from '../../api/queries.ts'
import { More } from '../../parts/overlays.tsx'
import { useWords } from '../../texts/index.ts'

export interface MetricAnswer {
  metric: string
  definition: string
  describe: string
  unit: string
  from?: string
  to?: string
  value?: number | null
  reason?: string
  series?: unknown
  table?: unknown
  numerator?: number | null
  denominator?: number | null
  asOf: string
}

/** A value with its unit, as people write it. */
export function useValue() {
  const { number, percent, money, t } = useWords()
  return (answer: Pick<MetricAnswer, 'unit'>, value: number): string => {
    if (/percent/.test(answer.unit)) return percent(value / 100)
    if (/^[A-Z]{3}$/.test(answer.unit)) return money(value, answer.unit)
    if (/day/.test(answer.unit)) return t('unit.d', { n: Math.round(value * 10) / 10 })
    return number(value, Number.isInteger(value) ? 0 : 2)
  }
}

/** One metric as a number, its definition a click away. */
export function Figure({ metric, query = '' }: { metric: string; query?: string }) {
  const { t, maybe, number } = useWords()
  const value = useValue()
  const answer = useApi<MetricAnswer>(`/v1/metrics/${metric}${query}`, ['events'], { keep: true })
  const { data } = answer
  return (
    <div className="stat">
      <dt>
        {maybe(`metric.${metric}`, metric)}
        {data && (
          <More label={t('retention.definitionOf', { metric: maybe(`metric.${metric}`, metric) })}>
            <p>{data.describe}</p>
            <p className="small quiet">{data.definition}</p>
          </More>
        )}
      </dt>
      <dd>
        {data ? (data.value === null || data.value === undefined ? '–' : value(data, data.value)) : '–'}
        <small>
          {data?.value === null && data.reason && (
            <span style={{ display: 'block' }}>{maybe(`undefined.${data.reason}`, data.reason)}</span>
          )}
          {typeof data?.numerator === 'number' &&
            typeof data.denominator === 'number' &&
            // Why there is no value is said already; nought of nought would say it again.
            !(data.value === null && data.denominator === 0) &&
            t(/percent/.test(data.unit) ? 'retention.of' : 'retention.ratio', {
              part: number(data.numerator),
              whole: number(data.denominator),
            })}
          {answer.error?.status === 501 && t('problem.notBuilt')}
        </small>
      </dd>
    </div>
  )
}
