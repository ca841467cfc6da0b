import { DurationField } from '../parts/duration.tsx'
import { useWords } from '../texts/index.ts'
import { type AnyRule, listOf, type OperatorName, operatorOf, operators, scalarOf, textOf, withOperator } from './kinds.ts'

/** An operator and its value. `base` is what the comparison is about. */
export function Comparison({
  rule,
  base,
  onChange,
  timed = true,
}: {
  rule: AnyRule
  base: AnyRule
  onChange: (rule: AnyRule) => void
  timed?: boolean
}) {
  const { t } = useWords()
  const operator = operatorOf(rule)
  const value = rule[operator]
  const offered = timed ? operators : operators.filter(name => name !== 'withinLast' && name !== 'withinNext')
  return (
    <>
      <select
        className="select inline"
        aria-label={t('rule.operator')}
        value={operator}
        onChange={event => onChange(withOperator(base, event.target.value as OperatorName, value))}
      >
        {offered.map(name => (
          <option key={name} value={name}>
            {t(`operator.${name}`)}
          </option>
        ))}
      </select>
      <Value operator={operator} value={value} onChange={next => onChange({ ...base, [operator]: next })} />
    </>
  )
}

function Value({ operator, value, onChange }: { operator: OperatorName; value: unknown; onChange: (value: unknown) => void }) {
  const { t } = useWords()
  const props = { className: 'input inline', 'aria-label': t('rule.value') }
  switch (operator) {
    case 'exists':
    case 'missing':
      return null
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return (
        <input
          {...props}
          type="number"
          step="any"
          style={{ width: 110 }}
          value={value === undefined ? '' : Number(value)}
          onChange={event => onChange(Number(event.target.value))}
        />
      )
    case 'in':
    case 'notIn':
      return (
        <input
          {...props}
          style={{ width: 220 }}
          placeholder={t('rule.list')}
          defaultValue={((value as unknown[]) ?? []).map(textOf).join(', ')}
          onBlur={event => onChange(listOf(event.target.value))}
        />
      )
    case 'before':
    case 'after':
      return (
        <input
          {...props}
          type="date"
          value={String(value ?? '').slice(0, 10)}
          onChange={event => event.target.value && onChange(event.target.value)}
        />
      )
    case 'withinLast':
    case 'withinNext':
      return <DurationField quiet label={t('rule.value')} value={value as string} onChange={onChange} />
    default:
      return (
        <input
          {...props}
          style={{ width: 170 }}
          value={textOf(value)}
          onChange={event =>
            onChange(operator === 'is' || operator === 'isNot' ? scalarOf(event.target.value) : event.target.value)
          }
        />
      )
  }
}

/** Where clauses on an event's properties. */
export function Filters({ filters, onChange }: { filters: AnyRule[]; onChange: (filters: AnyRule[] | undefined) => void }) {
  const { t } = useWords()
  return (
    <>
      {filters.map((filter, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a filter has no other name than its place
        <div className="row condition-more" key={i}>
          <span className="quiet">{t('rule.where')}</span>
          <input
            className="input inline"
            style={{ width: 140 }}
            aria-label={t('rule.property')}
            value={String(filter.property ?? '')}
            onChange={event => onChange(filters.with(i, { ...filter, property: event.target.value }))}
          />
          <Comparison
            rule={filter}
            base={{ property: filter.property }}
            timed={false}
            onChange={next => onChange(filters.with(i, next))}
          />
          <button
            type="button"
            className="button bare small"
            onClick={() => onChange(filters.length === 1 ? undefined : filters.toSpliced(i, 1))}
          >
            {t('common.remove')}
          </button>
        </div>
      ))}
    </>
  )
}
