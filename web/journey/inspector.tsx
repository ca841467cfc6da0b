import { Plus, Trash2, X } from 'lucide-react'
import type { Step } from '../../api/contract.ts'
import type { CampaignView } from '../api/queries.ts'
import { type StepKindName, stepId } from '../campaign/document.ts'
import type { Draft } from '../campaign/draft.ts'
import type { Path } from '../campaign/edit.ts'
import { Button, CheckBox, IconButton, Select, TextArea, TextField } from '../parts/basics.tsx'
import { DurationField, NumberField } from '../parts/duration.tsx'
import { RuleEditor } from '../rules/editor.tsx'
import { scalarOf, textOf } from '../rules/kinds.ts'
import { useWords } from '../texts/index.ts'
import { MessageEditor } from './message.tsx'

export interface StepProps<S extends Step = Step> {
  draft: Draft
  campaign: CampaignView
  path: Path
  step: S
  goal: string
  /** Message steps of this journey, with their paths. */
  earlier: { step: Step; path: (string | number)[] }[]
}

type Of<Kind extends StepKindName> = StepProps<Extract<Step, { kind: Kind }>>

/** Everything about one step. */
export function Inspector({ onClose, ...props }: StepProps & { onClose: () => void }) {
  const { t } = useWords()
  const { step, draft, path } = props
  return (
    <aside className="inspector card" aria-label={t('journey.inspector')}>
      <div className="card-head">
        <h3 className="grow">{step.kind === 'message' ? t(`step.message.${step.channel}`) : t(`step.${step.kind}`)}</h3>
        <IconButton icon={X} label={t('common.close')} small onClick={onClose} />
      </div>
      <div className="card-body stack">
        <p className="hint">{t(`stepHint.${step.kind}`)}</p>
        {draft.faultAt(path) && <p className="fault">{draft.faultAt(path)}</p>}
        <Fields {...props} />
        <details>
          <summary className="small quiet">{t('step.more')}</summary>
          <TextField
            label={t('step.id')}
            hint={t('step.idHint')}
            placeholder={stepId(props.goal, step, path.slice(3))}
            value={step.id ?? ''}
            fault={draft.faultAt([...path, 'id'])}
            onChange={id => draft.set([...path, 'id'], id || undefined)}
          />
        </details>
      </div>
    </aside>
  )
}

function Fields(props: StepProps) {
  const { step } = props
  switch (step.kind) {
    case 'message':
      return <MessageEditor {...props} step={step} />
    case 'wait':
      return <Wait {...props} step={step} />
    case 'await':
      return <Await {...props} step={step} />
    case 'branch':
      return <Branch {...props} step={step} />
    case 'split':
      return <Split {...props} step={step} />
    case 'set':
      return <Attributes {...props} step={step} />
    default:
      return <Simple {...props} />
  }
}

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

function Wait({ draft, path, step }: Of<'wait'>) {
  const { t } = useWords()
  const fixed = step.for !== undefined
  const put = (next: object) => draft.set(path, { kind: 'wait', ...(step.id ? { id: step.id } : {}), ...next })
  return (
    <>
      <Select
        label={t('wait.how')}
        value={fixed ? 'for' : 'until'}
        options={[
          ['for', t('wait.for')],
          ['until', t('wait.until')],
        ]}
        onChange={how => put(how === 'for' ? { for: '1d' } : { until: '09:00' })}
      />
      {fixed ? (
        <DurationField
          label={t('wait.span')}
          value={step.for}
          fault={draft.faultAt([...path, 'for'])}
          onChange={value => put({ for: value })}
        />
      ) : (
        <>
          <TextField
            label={t('wait.time')}
            type="time"
            hint={t('wait.timeHint')}
            value={step.until ?? ''}
            fault={draft.faultAt([...path, 'until'])}
            onChange={until => put({ until, weekday: step.weekday })}
          />
          <fieldset>
            <legend className="label">{t('wait.days')}</legend>
            <div className="row">
              {days.map(day => (
                <CheckBox
                  key={day}
                  label={t(`day.${day}`)}
                  checked={step.weekday?.includes(day) ?? false}
                  onChange={on => {
                    const next = days.filter(each => (each === day ? on : step.weekday?.includes(each)))
                    put({ until: step.until ?? '09:00', weekday: next.length > 0 ? next : undefined })
                  }}
                />
              ))}
            </div>
          </fieldset>
        </>
      )}
    </>
  )
}

function Await({ draft, path, step, earlier, goal }: Of<'await'>) {
  const { t } = useWords()
  const list = Array.isArray(step.on) ? step.on : [step.on]
  const on = list[0]!
  const put = (next: unknown) => draft.set([...path, 'on'], next)
  return (
    <>
      <Select
        label={t('await.what')}
        value={'event' in on ? 'event' : on.message}
        options={[
          ...(['opened', 'clicked', 'replied', 'seen', 'delivered'] as const).map(each => [each, t(`await.${each}`)] as const),
          ['event', t('await.event')] as const,
        ]}
        onChange={what => put(what === 'event' ? { event: 'Order Completed' } : { message: what })}
        fault={draft.faultAt([...path, 'on'])}
      />
      {'event' in on ? (
        <TextField
          label={t('rule.eventName')}
          value={on.event}
          fault={draft.faultAt([...path, 'on', 'event'])}
          onChange={event => put({ ...on, event })}
        />
      ) : (
        <Select
          label={t('await.which')}
          value={on.step ?? ''}
          options={[
            ['', t('await.last')] as const,
            ...earlier.map(each => [stepId(goal, each.step, each.path), stepId(goal, each.step, each.path)] as const),
          ]}
          fault={draft.faultAt([...path, 'on', 'step'])}
          onChange={which => put({ message: on.message, ...(which ? { step: which } : {}) })}
        />
      )}
      <DurationField
        label={t('await.within')}
        value={step.within}
        fault={draft.faultAt([...path, 'within'])}
        onChange={value => draft.set([...path, 'within'], value)}
      />
    </>
  )
}

function Branch({ draft, path, step }: Of<'branch'>) {
  const { t } = useWords()
  const put = (cases: typeof step.cases) => draft.set([...path, 'cases'], cases)
  return (
    <>
      {step.cases.map((each, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a case has no other name than its place
        <div key={i} className="stack tight">
          <div className="row">
            <h4 className="grow">{t('journey.case', { n: i + 1 })}</h4>
            <IconButton
              icon={Trash2}
              small
              label={t('branch.remove', { n: i + 1 })}
              disabled={step.cases.length === 1}
              onClick={() => put(step.cases.toSpliced(i, 1))}
            />
          </div>
          <RuleEditor
            rule={each.when}
            none={t('plan.everybody')}
            onChange={when => draft.set([...path, 'cases', i, 'when'], when)}
            faultAt={below => draft.faultAt([...path, 'cases', i, 'when', ...below.split('/').slice(1)])}
          />
        </div>
      ))}
      <Button small icon={Plus} onClick={() => put([...step.cases, { when: { attribute: 'plan', is: 'pro' }, do: [] }])}>
        {t('branch.add')}
      </Button>
    </>
  )
}

function Split({ draft, path, step }: Of<'split'>) {
  const { t } = useWords()
  const variants = draft.document.experiment?.variants.map(each => each.key) ?? []
  const missing = variants.filter(key => !(key in step.arms))
  return (
    <>
      <p>{t('split.arms', { arms: Object.keys(step.arms).join(', ') })}</p>
      {draft.faultAt([...path, 'arms']) && <p className="fault">{draft.faultAt([...path, 'arms'])}</p>}
      <div className="row">
        {missing.map(key => (
          <Button key={key} small icon={Plus} onClick={() => draft.set([...path, 'arms', key], [])}>
            {t('split.add', { key })}
          </Button>
        ))}
        {Object.keys(step.arms)
          .filter(key => Object.keys(step.arms).length > 1 || !variants.includes(key))
          .map(key => (
            <Button key={key} small look="bare" icon={Trash2} onClick={() => draft.set([...path, 'arms', key], undefined)}>
              {t('split.remove', { key })}
            </Button>
          ))}
      </div>
    </>
  )
}

function Attributes({ draft, path, step }: Of<'set'>) {
  const { t } = useWords()
  const entries = Object.entries(step.attributes)
  const put = (next: [string, unknown][]) => draft.set([...path, 'attributes'], Object.fromEntries(next))
  return (
    <>
      {entries.map(([key, value], i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the name is being typed
        <div className="row top" key={i}>
          <TextField quiet label={t('rule.attributeName')} value={key} onChange={name => put(entries.with(i, [name, value]))} />
          <TextField
            quiet
            label={t('rule.value')}
            value={textOf(value)}
            onChange={text => put(entries.with(i, [key, scalarOf(text)]))}
          />
          <IconButton
            icon={Trash2}
            small
            label={t('common.remove')}
            disabled={entries.length === 1}
            onClick={() => put(entries.toSpliced(i, 1))}
          />
        </div>
      ))}
      <Button small icon={Plus} onClick={() => put([...entries, [`attribute${entries.length + 1}`, '']])}>
        {t('set.add')}
      </Button>
    </>
  )
}

/** Kinds whose fields are a few words. */
function Simple({ draft, path, step }: StepProps) {
  const { t } = useWords()
  const text = (key: string, label: string, value: string | undefined, optional = false) => (
    <TextField
      label={label}
      value={value ?? ''}
      fault={draft.faultAt([...path, key])}
      onChange={next => draft.set([...path, key], next || (optional ? undefined : ''))}
    />
  )
  const span = (key: string, label: string, value: string | undefined) => (
    <DurationField
      optional
      label={label}
      value={value}
      fault={draft.faultAt([...path, key])}
      onChange={next => draft.set([...path, key], next)}
    />
  )
  switch (step.kind) {
    case 'award':
      return (
        <>
          <NumberField
            label={t('award.points')}
            value={step.points}
            min={1}
            fault={draft.faultAt([...path, 'points'])}
            onChange={value => draft.set([...path, 'points'], value)}
          />
          {text('reason', t('award.reason'), step.reason, true)}
        </>
      )
    case 'offer':
      return (
        <>
          {text('key', t('offer.key'), step.key)}
          {text('value', t('offer.value'), String(step.value))}
          {span('expires', t('offer.expires'), step.expires)}
          <NumberField
            label={t('offer.budget')}
            hint={t('offer.budgetHint')}
            min={1}
            value={step.budget}
            fault={draft.faultAt([...path, 'budget'])}
            onChange={value => draft.set([...path, 'budget'], value)}
          />
        </>
      )
    case 'task':
      return (
        <>
          {text('title', t('task.title'), step.title)}
          {text('assignee', t('task.assignee'), step.assignee, true)}
          {span('due', t('task.due'), step.due)}
          <TextField
            label={t('task.outcomes')}
            hint={t('task.outcomesHint')}
            defaultValue={Object.keys(step.outcomes ?? {}).join(', ')}
            fault={draft.faultAt([...path, 'outcomes'])}
            onChange={() => {}}
            onBlur={event => {
              const names = event.target.value
                .split(',')
                .map(each => each.trim())
                .filter(Boolean)
              const outcomes = Object.fromEntries(names.map(name => [name, step.outcomes?.[name] ?? []]))
              draft.set(path, {
                ...step,
                outcomes: names.length > 0 ? outcomes : undefined,
                else: names.length > 0 ? (step.else ?? []) : undefined,
              })
            }}
          />
        </>
      )
    case 'webhook':
      return text('url', t('webhook.url'), step.url)
    case 'survey':
      return (
        <>
          <Select
            label={t('survey.kind')}
            value={step.survey}
            options={[
              ['nps', 'NPS'],
              ['csat', 'CSAT'],
            ]}
            onChange={value => draft.set([...path, 'survey'], value)}
          />
          <Select
            label={t('rule.channel')}
            value={step.channel}
            options={(['email', 'sms', 'inApp'] as const).map(each => [each, t(`channel.${each}`)] as const)}
            onChange={value => draft.set(path, { ...step, channel: value, content: undefined })}
          />
          {step.channel === 'sms' && (
            <TextArea
              label={t('message.body')}
              value={String((step.content as { body?: string } | undefined)?.body ?? '')}
              fault={draft.faultAt([...path, 'content'])}
              onChange={body => draft.set([...path, 'content'], body ? { body } : undefined)}
            />
          )}
        </>
      )
    case 'exit':
      return text('reason', t('exit.reason'), step.reason, true)
    default:
      return null
  }
}
