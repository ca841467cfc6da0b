import { AlertTriangle, Check, Info, type LucideIcon, XCircle } from 'lucide-react'
import { type ComponentProps, type ReactNode, useEffect, useId, useRef } from 'react'
import { Link } from 'wouter'
import { useWords } from '../texts/index.ts'

type Look = 'primary' | 'danger' | 'bare' | undefined

interface ButtonProps extends ComponentProps<'button'> {
  look?: Look
  small?: boolean
  icon?: LucideIcon
}

const classes = (...names: (string | false | undefined)[]) => names.filter(Boolean).join(' ')

export function Button({ look, small, icon: Icon, className, children, type = 'button', ...rest }: ButtonProps) {
  return (
    <button type={type} className={classes('button', look, small && 'small', className)} {...rest}>
      {Icon && <Icon size={15} aria-hidden />}
      {children}
    </button>
  )
}

/** A button that is only a picture; its label is for those who do not see it. */
export function IconButton({
  icon: Icon,
  label,
  look = 'bare',
  small,
  className,
  ...rest
}: ButtonProps & { icon: LucideIcon; label: string }) {
  return (
    <button
      type="button"
      className={classes('button icon', look, small && 'small', className)}
      aria-label={label}
      title={label}
      {...rest}
    >
      <Icon size={small ? 14 : 16} aria-hidden />
    </button>
  )
}

export function LinkButton({
  to,
  look,
  icon: Icon,
  small,
  children,
}: {
  to: string
  look?: Look
  small?: boolean
  icon?: LucideIcon
  children: ReactNode
}) {
  return (
    <Link href={to} className={classes('button', look, small && 'small')}>
      {Icon && <Icon size={15} aria-hidden />}
      {children}
    </Link>
  )
}

/** Pages within a page; where they do not all fit, the chosen one is in sight. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly { to: string; text: string; chosen: boolean }[] }) {
  const list = useRef<HTMLElement>(null)
  const chosen = tabs.find(each => each.chosen)?.to
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever another is chosen
  useEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>('[aria-current]')
    if (list.current && tab) list.current.scrollLeft = tab.offsetLeft - (list.current.clientWidth - tab.offsetWidth) / 2
  }, [chosen])
  return (
    <nav className="tabs-list" aria-label={label} ref={list}>
      {tabs.map(each => (
        <Link key={each.to} href={each.to} className="tab" {...(each.chosen ? { 'aria-current': 'page' as const } : {})}>
          {each.text}
        </Link>
      ))}
    </nav>
  )
}

interface FieldProps {
  label: ReactNode
  hint?: ReactNode
  fault?: string | undefined
  /** Label for readers of screens only. */
  quiet?: boolean
  className?: string
  children: (props: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode
}

/** A label, its control, a hint, and what is wrong with it, tied together. */
export function Field({ label, hint, fault, quiet, className, children }: FieldProps) {
  const id = useId()
  const described = classes(hint ? `${id}-hint` : undefined, fault ? `${id}-fault` : undefined)
  return (
    <div className={classes('field', className)}>
      <label htmlFor={id} className={quiet ? 'hidden-text' : undefined}>
        {label}
      </label>
      {children({ id, ...(described ? { 'aria-describedby': described } : {}), ...(fault ? { 'aria-invalid': true } : {}) })}
      {fault && (
        <p className="fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

type TextProps = Omit<FieldProps, 'children'> &
  Omit<ComponentProps<'input'>, 'onChange' | 'className'> & { onChange: (value: string) => void }

export function TextField({ label, hint, fault, quiet, className, onChange, ...rest }: TextProps) {
  return (
    <Field label={label} hint={hint} fault={fault} quiet={quiet ?? false} {...(className ? { className } : {})}>
      {props => <input className="input" {...props} {...rest} onChange={event => onChange(event.target.value)} />}
    </Field>
  )
}

type AreaProps = Omit<FieldProps, 'children'> & {
  value: string
  onChange: (value: string) => void
  code?: boolean
  rows?: number
  placeholder?: string
}

export function TextArea({ value, onChange, code, rows, placeholder, ...field }: AreaProps) {
  return (
    <Field {...field}>
      {props => (
        <textarea
          className={classes('textarea', code && 'code')}
          rows={rows}
          placeholder={placeholder}
          spellCheck={!code}
          {...props}
          value={value}
          onChange={event => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

type SelectProps<Value extends string> = Omit<FieldProps, 'children'> & {
  value: Value
  onChange: (value: Value) => void
  options: readonly (readonly [Value, string])[]
  disabled?: boolean
}

export function Select<Value extends string>({ value, onChange, options, disabled, ...field }: SelectProps<Value>) {
  return (
    <Field {...field}>
      {props => (
        <select
          className="select"
          {...props}
          disabled={disabled}
          value={value}
          onChange={event => onChange(event.target.value as Value)}
        >
          {options.map(([key, text]) => (
            <option key={key} value={key}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

export function CheckBox({
  label,
  hint,
  checked,
  onChange,
}: {
  label: ReactNode
  hint?: ReactNode
  checked: boolean
  onChange: (checked: boolean) => void
}) {
  return (
    <label className="check">
      <input type="checkbox" checked={checked} onChange={event => onChange(event.target.checked)} />
      <span>
        {label}
        {hint && (
          <span className="hint" style={{ display: 'block' }}>
            {hint}
          </span>
        )}
      </span>
    </label>
  )
}

/** A few choices beside each other: a group of radio buttons. */
export function Segmented<Value extends string>({
  label,
  value,
  onChange,
  options,
}: {
  label: string
  value: Value
  onChange: (value: Value) => void
  options: readonly (readonly [Value, ReactNode])[]
}) {
  const name = useId()
  return (
    <fieldset className="segmented">
      <legend className="hidden-text">{label}</legend>
      {options.map(([key, text]) => (
        <label key={key}>
          <input type="radio" name={name} checked={key === value} onChange={() => onChange(key)} />
          {text}
        </label>
      ))}
    </fieldset>
  )
}

export function Badge({
  look,
  live,
  children,
}: {
  look?: 'good' | 'warn' | 'bad' | 'info' | undefined
  live?: boolean
  children: ReactNode
}) {
  return (
    <span className={classes('badge', look)}>
      {live !== undefined && <span className={classes('dot', live && 'live')} />}
      {children}
    </span>
  )
}

const noticeIcons = { info: Info, warn: AlertTriangle, bad: XCircle, good: Check }

export function Notice({ look = 'info', children }: { look?: keyof typeof noticeIcons; children: ReactNode }) {
  const Icon = noticeIcons[look]
  return (
    <div className={classes('notice', look)} role={look === 'bad' ? 'alert' : undefined}>
      <Icon size={16} aria-hidden />
      <div className="grow">{children}</div>
    </div>
  )
}

export function Empty({
  icon: Icon,
  title,
  children,
  actions,
}: {
  icon?: LucideIcon
  title: string
  children?: ReactNode
  actions?: ReactNode
}) {
  return (
    <div className="empty">
      {Icon && <Icon size={26} strokeWidth={1.5} aria-hidden />}
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div className="row">{actions}</div>}
    </div>
  )
}

export function Card({
  title,
  actions,
  children,
  pad = true,
  id,
}: {
  title?: ReactNode
  actions?: ReactNode
  children: ReactNode
  pad?: boolean
  id?: string
}) {
  return (
    <section className="card" id={id}>
      {(title || actions) && (
        <div className="card-head">
          {title && <h2>{title}</h2>}
          {actions && <div className="row">{actions}</div>}
        </div>
      )}
      {pad ? <div className="card-body">{children}</div> : children}
    </section>
  )
}

export function PageHead({
  title,
  lead,
  actions,
  crumb,
}: {
  title: ReactNode
  lead?: ReactNode
  actions?: ReactNode
  crumb?: readonly [to: string, text: string]
}) {
  return (
    <header className="page-head">
      <div>
        {crumb && (
          <Link href={crumb[0]} className="crumb">
            ← {crumb[1]}
          </Link>
        )}
        <h1>{title}</h1>
        {lead && <p className="lead">{lead}</p>}
      </div>
      {actions && <div className="actions">{actions}</div>}
    </header>
  )
}

export function Loading({ lines = 4 }: { lines?: number }) {
  const { t } = useWords()
  return (
    <div className="stack tight" role="status" aria-label={t('common.loading')} style={{ padding: '18px 20px' }}>
      {Array.from({ length: lines }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of a placeholder have no other name
        <div key={i} className="skeleton" style={{ width: `${90 - ((i * 17) % 45)}%` }} />
      ))}
    </div>
  )
}
