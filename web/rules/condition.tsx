import { useId } from 'react'
import { DurationField } from '../parts/duration.tsx'
import { PickSegment } from '../parts/pick.tsx'
import { useWords } from '../texts/index.ts'
import { Comparison, Filters } from './comparison.tsx'
import { type AnyRule, blankCondition, type ConditionKind, conditionKinds, kindOf } from './kinds.ts'

const ownFields = ['email', 'phone', 'firstName', 'lastName', 'timezone', 'locale', 'createdAt', 'externalId', 'plan', 'country']
const eventNames = [
  'Order Completed',
  'Login',
  'Trial Started',
  'Trial Converted',
  'Subscription Started',
  'Subscription Cancelled',
  'Product Viewed',
  'Cart Abandoned',
  'Survey Answered',
]

/** One question about a customer, in the form its kind needs. */
export function Condition({ rule, onChange }: { rule: AnyRule; onChange: (rule: AnyRule) => void }) {
  const { t } = useWords()
  const kind = kindOf(rule)
  return (
    <div className="grow">
      <div className="row">
        <select
          className="select inline"
          aria-label={t('rule.kind')}
          value={kind}
          onChange={event => onChange(blankCondition(event.target.value as ConditionKind))}
        >
          {conditionKinds.map(each => (
            <option key={each} value={each}>
              {t(`rule.${each}`)}
            </option>
          ))}
          {kind === 'rfm' && <option value="rfm">RFM</option>}
        </select>
        <Body kind={kind} rule={rule} onChange={onChange} />
      </div>
      {kind === 'event' && <EventMore rule={rule} onChange={onChange} />}
    </div>
  )
}

function Body({ kind, rule, onChange }: { kind: ReturnType<typeof kindOf>; rule: AnyRule; onChange: (rule: AnyRule) => void }) {
  const { t } = useWords()
  const list = useId()
  const select = (
    label: string,
    value: string,
    options: readonly (readonly [string, string])[],
    change: (value: string) => void,
  ) => (
    <select className="select inline" aria-label={label} value={value} onChange={event => change(event.target.value)}>
      {options.map(([key, text]) => (
        <option key={key} value={key}>
          {text}
        </option>
      ))}
    </select>
  )
  const inner = (key: string) => (rule[key] ?? {}) as AnyRule
  switch (kind) {
    case 'attribute':
      return (
        <>
          <input
            className="input inline"
            style={{ width: 150 }}
            list={list}
            aria-label={t('rule.attributeName')}
            value={String(rule.attribute)}
            onChange={event => onChange({ ...rule, attribute: event.target.value })}
          />
          <datalist id={list}>
            {ownFields.map(name => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <Comparison rule={rule} base={{ attribute: rule.attribute }} onChange={onChange} />
        </>
      )
    case 'event':
      return <EventName value={String(rule.event)} onChange={event => onChange({ ...rule, event })} />
    case 'inactive': {
      const body = inner('inactive')
      return (
        <>
          <EventName
            optional
            value={String(body.event ?? '')}
            onChange={event => onChange({ inactive: { ...body, event: event || undefined } })}
          />
          <span className="quiet">{t('rule.for')}</span>
          <DurationField
            quiet
            label={t('rule.for')}
            value={body.for as string}
            onChange={value => onChange({ inactive: { ...body, for: value } })}
          />
          <label className="check">
            <input
              type="checkbox"
              checked={body.neverCounts === true}
              onChange={event => onChange({ inactive: { ...body, neverCounts: event.target.checked || undefined } })}
            />
            {t('rule.neverCounts')}
          </label>
        </>
      )
    }
    case 'subscription': {
      const body = inner('subscription')
      const key =
        'trialEndsWithin' in body
          ? 'trialEndsWithin'
          : 'renewsWithin' in body
            ? 'renewsWithin'
            : 'plan' in body
              ? 'plan'
              : 'status'
      const starts: Record<string, unknown> = { status: 'active', plan: 'pro', trialEndsWithin: '3d', renewsWithin: '30d' }
      return (
        <>
          {select(
            t('rule.subscription'),
            key,
            ['status', 'plan', 'trialEndsWithin', 'renewsWithin'].map(
              each => [each, t(`subscription.${each}` as 'subscription.status')] as const,
            ),
            each => onChange({ subscription: { [each]: starts[each] } }),
          )}
          {key === 'status' &&
            select(
              t('rule.value'),
              String(body.status),
              ['trialing', 'active', 'cancelled', 'expired'].map(
                each => [each, t(`subscription.${each}` as 'subscription.active')] as const,
              ),
              status => onChange({ subscription: { status } }),
            )}
          {key === 'plan' && (
            <input
              className="input inline"
              aria-label={t('rule.value')}
              value={String(body.plan ?? '')}
              onChange={event => onChange({ subscription: { plan: event.target.value } })}
            />
          )}
          {(key === 'trialEndsWithin' || key === 'renewsWithin') && (
            <DurationField
              quiet
              label={t('rule.value')}
              value={body[key] as string}
              onChange={value => onChange({ subscription: { [key]: value } })}
            />
          )}
        </>
      )
    }
    case 'lifecycle':
      return select(
        t('rule.value'),
        String(rule.lifecycle),
        ['new', 'active', 'atRisk', 'lapsed', 'wonBack'].map(each => [each, t(`lifecycle.${each}` as 'lifecycle.new')] as const),
        lifecycle => onChange({ lifecycle }),
      )
    case 'health':
    case 'churnRisk': {
      const range = inner(kind)
      const bound = ['lt', 'lte', 'gt', 'gte'].find(each => each in range) ?? 'gte'
      return (
        <>
          {select(
            t('rule.operator'),
            bound,
            ['lt', 'lte', 'gt', 'gte'].map(each => [each, t(`operator.${each}` as 'operator.lt')] as const),
            each => onChange({ [kind]: { [each]: range[bound] } }),
          )}
          <input
            className="input inline num"
            type="number"
            step="any"
            style={{ width: 100 }}
            aria-label={t('rule.value')}
            value={Number(range[bound] ?? 0)}
            onChange={event => onChange({ [kind]: { [bound]: Number(event.target.value) } })}
          />
        </>
      )
    }
    case 'message': {
      const body = inner('message')
      return (
        <>
          {select(
            t('rule.value'),
            String(body.was),
            ['sent', 'delivered', 'opened', 'clicked'].map(each => [each, t(`engaged.${each}` as 'engaged.opened')] as const),
            was => onChange({ ...rule, message: { ...body, was } }),
          )}
          <span className="quiet">{t('rule.within')}</span>
          <DurationField
            quiet
            optional
            label={t('rule.within')}
            value={rule.within as string | undefined}
            onChange={within => onChange({ ...rule, within })}
          />
        </>
      )
    }
    case 'consent': {
      const body = inner('consent')
      return (
        <>
          {select(
            t('rule.channel'),
            String(body.channel),
            ['email', 'sms', 'inApp'].map(each => [each, t(`channel.${each}` as 'channel.email')] as const),
            channel => onChange({ consent: { ...body, channel } }),
          )}
          {select(
            t('rule.value'),
            String(body.status ?? 'subscribed'),
            ['subscribed', 'unsubscribed'].map(each => [each, t(`consent.${each}` as 'consent.subscribed')] as const),
            status => onChange({ consent: { ...body, status } }),
          )}
        </>
      )
    }
    case 'segment':
      return (
        <PickSegment
          quiet
          inline
          label={t('rule.segment')}
          value={String(rule.segment)}
          onChange={segment => onChange({ segment })}
        />
      )
    default:
      return <code className="small">{JSON.stringify(rule)}</code>
  }
}

function EventName({ value, onChange, optional }: { value: string; onChange: (value: string) => void; optional?: boolean }) {
  const { t } = useWords()
  const list = useId()
  return (
    <>
      <input
        className="input inline"
        style={{ width: 170 }}
        list={list}
        aria-label={t('rule.eventName')}
        placeholder={optional ? t('rule.anyEvent') : ''}
        value={value}
        onChange={event => onChange(event.target.value)}
      />
      <datalist id={list}>
        {eventNames.map(name => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  )
}

function EventMore({ rule, onChange }: { rule: AnyRule; onChange: (rule: AnyRule) => void }) {
  const { t } = useWords()
  const count = (rule.count ?? { gte: 1 }) as Record<string, number>
  const bound = ['gte', 'lte', 'eq'].find(each => each in count) ?? 'gte'
  const filters = (rule.where ?? []) as AnyRule[]
  return (
    <>
      <div className="row condition-more">
        <select
          className="select inline"
          aria-label={t('rule.howOften')}
          value={bound}
          onChange={event => onChange({ ...rule, count: { [event.target.value]: count[bound] ?? 1 } })}
        >
          {(['gte', 'lte', 'eq'] as const).map(each => (
            <option key={each} value={each}>
              {t(`rule.${each}`)}
            </option>
          ))}
        </select>
        <input
          className="input inline num"
          type="number"
          min={0}
          style={{ width: 76 }}
          aria-label={t('rule.times')}
          value={count[bound] ?? 1}
          onChange={event => onChange({ ...rule, count: { [bound]: Math.max(0, Math.round(Number(event.target.value))) } })}
        />
        <span className="quiet">{t('rule.timesWithin')}</span>
        <DurationField
          quiet
          optional
          label={t('rule.within')}
          value={rule.within as string | undefined}
          onChange={within => onChange(within ? { ...rule, within } : omit(rule, 'within'))}
        />
        <button
          type="button"
          className="button bare small"
          onClick={() => onChange({ ...rule, where: [...filters, { property: 'category', is: 'shoes' }] })}
        >
          {t('rule.addWhere')}
        </button>
      </div>
      <Filters filters={filters} onChange={where => onChange(where ? { ...rule, where } : omit(rule, 'where'))} />
    </>
  )
}

const omit = (rule: AnyRule, key: string): AnyRule => {
  const { [key]: _, ...rest } = rule
  return rest
}
