import { useWords } from '../texts/index.ts'
import { Field } from './basics.tsx'

const units = ['s', 'm', 'h', 'd', 'w'] as const

/** A number and its unit, as one duration: `3d`. */
export function DurationField({
  label,
  hint,
  fault,
  quiet,
  value,
  onChange,
  optional,
}: {
  label: string
  hint?: string
  fault?: string | undefined
  quiet?: boolean
  value: string | undefined
  onChange: (value: string | undefined) => void
  optional?: boolean
}) {
  const { t } = useWords()
  const [, amount = '', unit = 'd'] = /^(\d*)([smhdw])$/.exec(value ?? '') ?? []
  const change = (nextAmount: string, nextUnit: string) => {
    if (nextAmount === '' && optional) return onChange(undefined)
    onChange(`${nextAmount.replace(/\D/g, '').slice(0, 5)}${nextUnit}`)
  }
  return (
    <Field label={label} hint={hint} fault={fault} quiet={quiet ?? false}>
      {props => (
        <div className="row" style={{ flexWrap: 'nowrap' }}>
          <input
            className="input num"
            style={{ width: 76, textAlign: 'end' }}
            inputMode="numeric"
            {...props}
            value={amount}
            onChange={event => change(event.target.value, unit)}
          />
          <select
            className="select inline"
            aria-label={t('common.unitOf', { what: label })}
            value={unit}
            onChange={event => change(amount, event.target.value)}
          >
            {units.map(each => (
              <option key={each} value={each}>
                {t(`units.${each}`)}
              </option>
            ))}
          </select>
        </div>
      )}
    </Field>
  )
}

/** A number, or nothing. */
export function NumberField({
  label,
  hint,
  fault,
  quiet,
  value,
  onChange,
  step,
  min,
  suffix,
}: {
  label: string
  hint?: string | undefined
  fault?: string | undefined
  quiet?: boolean
  value: number | undefined
  onChange: (value: number | undefined) => void
  step?: number
  min?: number
  suffix?: string
}) {
  return (
    <Field label={label} hint={hint} fault={fault} quiet={quiet ?? false}>
      {props => (
        <div className="row" style={{ flexWrap: 'nowrap' }}>
          <input
            className="input num"
            type="number"
            style={{ maxWidth: 140 }}
            step={step ?? 'any'}
            min={min}
            {...props}
            value={value ?? ''}
            onChange={event => onChange(event.target.value === '' ? undefined : Number(event.target.value))}
          />
          {suffix && <span className="quiet">{suffix}</span>}
        </div>
      )}
    </Field>
  )
}
