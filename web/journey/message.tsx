import { Columns2 } from 'lucide-react'
import { useState } from 'react'
import type { Settings, Step } from '../../api/contract.ts'
import { useApi } from '../api/queries.ts'
import { blankContent, stepId } from '../campaign/document.ts'
import { Button, CheckBox, Segmented, Select, TextArea, TextField } from '../parts/basics.tsx'
import { useWords } from '../texts/index.ts'
import type { StepProps } from './inspector.tsx'
import { MessagePreview } from './preview.tsx'

type MessageStep = Extract<Step, { kind: 'message' }>
type Content = Record<string, unknown>

const own: Record<MessageStep['channel'], readonly string[]> = {
  email: ['subject', 'html', 'mjml'],
  sms: ['body'],
  inApp: ['title', 'body'],
}
const isPlain = (step: MessageStep) => own[step.channel].some(key => typeof (step.content as Content)[key] === 'string')

/** A message: its channel, its class, and its text, for everybody or for each variant, with what a customer will read. */
export function MessageEditor({ draft, campaign, path, step, goal }: StepProps<MessageStep>) {
  const { t } = useWords()
  const settings = useApi<Settings>('/v1/settings', ['settings'])
  const variants = draft.document.experiment?.variants.map(each => each.key) ?? []
  const plain = isPlain(step)
  const [variant, setVariant] = useState(variants[0] ?? 'a')
  const shown = plain || variants.includes(variant) ? variant : (variants[0] ?? 'a')
  const at = plain ? [...path, 'content'] : [...path, 'content', shown]
  const content = (plain ? step.content : ((step.content as Content)[shown] ?? blankContent(step.channel))) as Content
  const all = step.content as Content
  const divide = () => draft.set([...path, 'content'], Object.fromEntries(variants.map(key => [key, { ...all }])))
  const unite = () => draft.set([...path, 'content'], { ...(all[shown] as Content) })
  return (
    <>
      <div className="grid narrow">
        <Select
          label={t('rule.channel')}
          value={step.channel}
          options={(['email', 'sms', 'inApp'] as const).map(each => [each, t(`channel.${each}`)] as const)}
          onChange={channel => draft.set(path, { ...step, channel, content: blankContent(channel) })}
        />
        <Select
          label={t('message.class')}
          value={step.class}
          hint={t(`message.${step.class}Hint`)}
          options={(['marketing', 'transactional'] as const).map(each => [each, t(`message.${each}`)] as const)}
          onChange={value => draft.set([...path, 'class'], value)}
        />
        {(settings.data?.topics.length ?? 0) > 0 && (
          <Select
            label={t('message.topic')}
            value={step.topic ?? ''}
            fault={draft.faultAt([...path, 'topic'])}
            options={[
              ['', t('message.noTopic')] as const,
              ...(settings.data?.topics ?? []).map(each => [each.key, each.name] as const),
            ]}
            onChange={topic => draft.set([...path, 'topic'], topic || undefined)}
          />
        )}
      </div>
      {variants.length > 1 && (
        <div className="row">
          {!plain && (
            <Segmented
              label={t('message.variant')}
              value={shown}
              onChange={setVariant}
              options={variants.map(key => [key, t('journey.variant', { key })] as const)}
            />
          )}
          <Button small look="bare" icon={Columns2} onClick={plain ? divide : unite}>
            {plain ? t('message.divide') : t('message.unite')}
          </Button>
        </div>
      )}
      {draft.faultAt([...path, 'content']) && !plain && <p className="fault">{draft.faultAt([...path, 'content'])}</p>}
      <ContentFields
        channel={step.channel}
        content={content}
        set={(key, value) => draft.set([...at, key], value)}
        fault={key => draft.faultAt([...at, key])}
      />
      <MessagePreview
        campaign={campaign.id}
        step={stepId(goal, step, path.slice(3))}
        variants={plain ? [undefined] : variants}
        document={draft.document}
      />
    </>
  )
}

const places = [
  'customer.firstName',
  'customer.email',
  'customer.attributes.plan',
  'event.properties.plan',
  'unsubscribeUrl',
  'preferencesUrl',
  'postalAddress',
]

function ContentFields({
  channel,
  content,
  set,
  fault,
}: {
  channel: MessageStep['channel']
  content: Content
  set: (key: string, value: unknown) => void
  fault: (key: string) => string | undefined
}) {
  const { t } = useWords()
  const text = (key: string) => String(content[key] ?? '')
  const main = channel === 'email' ? ('mjml' in content && !('html' in content) ? 'mjml' : 'html') : 'body'
  const insert = (place: string) => {
    const fallback = place === 'customer.firstName' ? ' | default: "there"' : ''
    set(main, `${text(main)}{{ ${place}${fallback} }}`)
  }
  return (
    <div className="stack tight">
      {channel === 'email' && (
        <>
          <TextField
            label={t('message.subject')}
            value={text('subject')}
            fault={fault('subject')}
            onChange={value => set('subject', value)}
          />
          <TextField
            label={t('message.preheader')}
            hint={t('message.preheaderHint')}
            value={text('preheader')}
            fault={fault('preheader')}
            onChange={value => set('preheader', value || undefined)}
          />
          <TextArea
            code
            label={main === 'mjml' ? 'MJML' : 'HTML'}
            value={text(main)}
            fault={fault(main)}
            onChange={value => set(main, value)}
          />
          <CheckBox
            label={t('message.ownText')}
            hint={t('message.ownTextHint')}
            checked={content.text !== undefined}
            onChange={on => set('text', on ? '{{ unsubscribeUrl }}\n{{ postalAddress }}' : undefined)}
          />
          {content.text !== undefined && (
            <TextArea
              label={t('message.text')}
              rows={6}
              value={text('text')}
              fault={fault('text')}
              onChange={value => set('text', value)}
            />
          )}
        </>
      )}
      {channel === 'sms' && (
        <TextArea
          label={t('message.body')}
          rows={4}
          value={text('body')}
          fault={fault('body')}
          onChange={value => set('body', value)}
        />
      )}
      {channel === 'inApp' && (
        <>
          <TextField
            label={t('message.title')}
            value={text('title')}
            fault={fault('title')}
            onChange={value => set('title', value)}
          />
          <TextArea
            label={t('message.body')}
            rows={4}
            value={text('body')}
            fault={fault('body')}
            onChange={value => set('body', value)}
          />
          <TextField
            label={t('message.action')}
            hint={t('message.actionHint')}
            value={typeof content.action === 'object' ? String((content.action as Content).url) : text('action')}
            fault={fault('action')}
            onChange={value => set('action', value || undefined)}
          />
        </>
      )}
      <div className="chips">
        <span className="small quiet">{t('message.insert')}</span>
        {places
          .filter(place => channel === 'email' || !['unsubscribeUrl', 'preferencesUrl', 'postalAddress'].includes(place))
          .map(place => (
            <button type="button" className="chip mono" key={place} onClick={() => insert(place)}>
              {place}
            </button>
          ))}
      </div>
    </div>
  )
}
