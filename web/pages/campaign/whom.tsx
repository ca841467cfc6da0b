import type { Campaign, Trigger } from '../../../api/contract.ts'
import { CheckBox, Select, TextField } from '../../parts/basics.tsx'
import { DurationField } from '../../parts/duration.tsx'
import { PickSegment } from '../../parts/pick.tsx'
import { RuleCount } from '../../rules/count.tsx'
import { RuleEditor } from '../../rules/editor.tsx'
import { useWords } from '../../texts/index.ts'
import type { PartProps } from './plan.tsx'

const kinds = ['now', 'at', 'schedule', 'event', 'inactivity', 'trialEnd', 'segmentEntry', 'date'] as const

const blanks: Record<Trigger['kind'], () => Trigger> = {
  now: () => ({ kind: 'now' }),
  at: () => ({ kind: 'at', at: new Date(Date.now() + 86_400_000).toISOString().slice(0, 16) + ':00Z' }),
  schedule: () => ({ kind: 'schedule', cron: '0 9 * * mon', timezone: Intl.DateTimeFormat().resolvedOptions().timeZone }),
  event: () => ({ kind: 'event', event: 'Trial Started', maxAge: '24h' }),
  inactivity: () => ({ kind: 'inactivity', for: '30d', existing: false }),
  trialEnd: () => ({ kind: 'trialEnd', before: '3d', existing: false }),
  segmentEntry: () => ({ kind: 'segmentEntry', segment: '', existing: false }),
  date: () => ({ kind: 'date', attribute: 'birthday', yearly: true, existing: false }),
}

/** When customers enter, and who may. */
export function Whom({ draft }: PartProps) {
  const { t } = useWords()
  const { trigger, audience } = draft.document
  return (
    <div className="stack">
      <div className="card pad stack">
        <div className="grid">
          <Select
            label={t('trigger.label')}
            value={trigger.kind}
            options={kinds.map(kind => [kind, t(`trigger.${kind}`)] as const)}
            onChange={kind => draft.set(['trigger'], blanks[kind]())}
            fault={draft.faultAt(['trigger', 'kind'])}
          />
          <TriggerFields draft={draft} trigger={trigger} />
        </div>
        {'existing' in trigger && (
          <CheckBox
            label={t('trigger.existing')}
            hint={t('trigger.existingHint')}
            checked={trigger.existing === true}
            onChange={existing => draft.set(['trigger', 'existing'], existing)}
          />
        )}
      </div>
      <div className="card pad stack">
        <div className="split-count">
          <div className="stack tight">
            <h3>{t('plan.audience')}</h3>
            <RuleEditor
              rule={audience}
              none={t('plan.everybody')}
              onChange={rule => draft.set(['audience'], rule)}
              faultAt={below => draft.faultAt(['audience', ...below.split('/').slice(1)])}
            />
          </div>
          <RuleCount rule={audience} sentence />
        </div>
      </div>
    </div>
  )
}

function TriggerFields({ draft, trigger }: { draft: PartProps['draft']; trigger: Campaign['trigger'] }) {
  const { t } = useWords()
  const set = (key: string) => (value: unknown) => draft.set(['trigger', key], value)
  const fault = (key: string) => draft.faultAt(['trigger', key])
  switch (trigger.kind) {
    case 'now':
      return null
    case 'at':
      return (
        <TextField
          label={t('trigger.atLabel')}
          type="datetime-local"
          value={toLocal(trigger.at)}
          fault={fault('at')}
          onChange={value => value && set('at')(new Date(value).toISOString())}
        />
      )
    case 'schedule':
      return (
        <>
          <TextField
            label={t('trigger.cron')}
            hint={t('trigger.cronHint')}
            value={trigger.cron}
            fault={fault('cron')}
            onChange={set('cron')}
          />
          <TextField label={t('trigger.zone')} value={trigger.timezone} fault={fault('timezone')} onChange={set('timezone')} />
        </>
      )
    case 'event':
      return (
        <>
          <TextField label={t('trigger.eventLabel')} value={trigger.event} fault={fault('event')} onChange={set('event')} />
          <DurationField
            label={t('trigger.maxAge')}
            hint={t('trigger.maxAgeHint')}
            value={trigger.maxAge}
            fault={fault('maxAge')}
            onChange={set('maxAge')}
          />
        </>
      )
    case 'inactivity':
      return (
        <>
          <DurationField label={t('trigger.for')} value={trigger.for} fault={fault('for')} onChange={set('for')} />
          <TextField
            label={t('trigger.eventOptional')}
            value={trigger.event ?? ''}
            fault={fault('event')}
            onChange={value => set('event')(value || undefined)}
          />
        </>
      )
    case 'trialEnd':
    case 'date': {
      const side = trigger.before ? 'before' : trigger.after ? 'after' : 'on'
      return (
        <>
          {trigger.kind === 'date' && (
            <TextField
              label={t('trigger.attribute')}
              value={trigger.attribute}
              fault={fault('attribute')}
              onChange={set('attribute')}
            />
          )}
          <Select
            label={t('trigger.side')}
            value={side}
            options={(trigger.kind === 'date' ? (['before', 'on', 'after'] as const) : (['before', 'after'] as const)).map(
              each => [each, t(`trigger.${each}`)] as const,
            )}
            onChange={next => {
              const { before: _, after: __, ...rest } = trigger
              draft.set(['trigger'], next === 'on' ? rest : { ...rest, [next]: '3d' })
            }}
          />
          {side !== 'on' && (
            <DurationField label={t('trigger.span')} value={trigger[side]} fault={fault(side)} onChange={set(side)} />
          )}
          {trigger.kind === 'date' && <CheckBox label={t('trigger.yearly')} checked={trigger.yearly} onChange={set('yearly')} />}
        </>
      )
    }
    case 'segmentEntry':
      return <PickSegment label={t('rule.segment')} value={trigger.segment} fault={fault('segment')} onChange={set('segment')} />
  }
}

/** An instant as `datetime-local` takes it, in the reader's zone. */
function toLocal(iso: string): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return ''
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
