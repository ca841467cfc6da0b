import { Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Settings } from '../../../api/contract.ts'
import { api, Refusal } from '../../api/client.ts'
import { refresh, useApi } from '../../api/queries.ts'
import { type Path, pointerOf, setAt } from '../../campaign/edit.ts'
import { Button, Card, CheckBox, IconButton, Notice, Select, TextArea, TextField } from '../../parts/basics.tsx'
import { DurationField, NumberField } from '../../parts/duration.tsx'
import { Answered, ProblemNotice } from '../../parts/problem.tsx'
import { read, write } from '../../parts/state.ts'
import { toast } from '../../parts/toast.tsx'
import { useMay } from '../../session.ts'
import { useWords } from '../../texts/index.ts'

type Stored = Settings & { version: number }

export function General() {
  const settings = useApi<Stored>('/v1/settings', ['settings'])
  return <Answered of={settings}>{data => <Form stored={data} />}</Answered>
}

const channels = ['email', 'sms', 'inApp'] as const
const sameSettings = (a: Stored, b: Stored) => JSON.stringify({ ...a, version: 0 }) === JSON.stringify({ ...b, version: 0 })

function Form({ stored }: { stored: Stored }) {
  const { t } = useWords()
  const mayManage = useMay('manage')
  // What is not saved outlives a reload, and whatever somebody else saves meanwhile: it is saved over theirs only if they had not.
  const [kept, keep] = useState<Stored | undefined>(() => read<Stored>('settings'))
  const changed = kept !== undefined && !sameSettings(kept, stored)
  const stale = changed && kept.version !== stored.version
  const draft = changed ? kept : stored
  const setDraft = (next: Stored | undefined) => {
    keep(next)
    write('settings', next)
  }
  const [error, setError] = useState<unknown>()
  const set =
    (...path: Path) =>
    (value: unknown) =>
      setDraft(setAt(draft, path, value))
  const fault = (...path: Path) => (error instanceof Refusal ? error.at(pointerOf(path)) : undefined)
  const discard = () => {
    setDraft(undefined)
    setError(undefined)
  }
  const save = () =>
    api.put('/v1/settings', draft, draft.version).then(async () => {
      await refresh('/v1/settings')
      discard()
      toast(t('common.saved'))
    }, setError)
  return (
    <fieldset className="stack" disabled={!mayManage}>
      {stale ? (
        <Notice look="warn">
          {t('settings.stale')}{' '}
          <Button small look="bare" onClick={discard}>
            {t('campaign.takeTheirs')}
          </Button>
        </Notice>
      ) : (
        changed && <Notice>{t('segments.changed')}</Notice>
      )}
      <Card title={t('settings.sender')}>
        <div className="stack">
          <TextArea
            rows={2}
            label={t('settings.address')}
            hint={t('settings.addressHint')}
            value={draft.postalAddress}
            fault={fault('postalAddress')}
            onChange={set('postalAddress')}
          />
          <div className="grid">
            <TextField
              label={t('settings.zone')}
              hint={t('settings.zoneHint')}
              value={draft.defaultTimezone}
              fault={fault('defaultTimezone')}
              onChange={set('defaultTimezone')}
            />
            <TextField
              label={t('settings.region')}
              hint={t('settings.regionHint')}
              value={draft.defaultRegion}
              fault={fault('defaultRegion')}
              onChange={set('defaultRegion')}
            />
            <TextField
              label={t('settings.currency')}
              value={draft.currencies.reporting}
              fault={fault('currencies') ?? fault('currencies', 'reporting')}
              onChange={set('currencies', 'reporting')}
            />
          </div>
        </div>
      </Card>
      <Card title={t('settings.caps')}>
        <div className="stack tight">
          <p className="hint">{t('settings.capsHint')}</p>
          {draft.caps.map((cap, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a cap has no other name than its place
            <div className="row" key={i}>
              <Select
                quiet
                label={t('rule.channel')}
                value={cap.channel}
                options={[
                  ['all', t('settings.allChannels')] as const,
                  ...channels.map(each => [each, t(`channel.${each}`)] as const),
                ]}
                onChange={set('caps', i, 'channel')}
              />
              <span>{t('settings.atMost')}</span>
              <NumberField
                quiet
                label={t('settings.capMax')}
                value={cap.max}
                min={0}
                fault={fault('caps', i, 'max')}
                onChange={value => set('caps', i, 'max')(value ?? 0)}
              />
              <span>{t('settings.per')}</span>
              <DurationField
                quiet
                label={t('settings.capPer')}
                value={cap.per}
                fault={fault('caps', i, 'per')}
                onChange={set('caps', i, 'per')}
              />
              <IconButton
                icon={Trash2}
                small
                label={t('common.remove')}
                onClick={() => set('caps')(draft.caps.toSpliced(i, 1))}
              />
            </div>
          ))}
          <div>
            <Button small icon={Plus} onClick={() => set('caps')([...draft.caps, { channel: 'all', max: 3, per: '7d' }])}>
              {t('settings.addCap')}
            </Button>
          </div>
        </div>
      </Card>
      <Card title={t('settings.quiet')}>
        <div className="stack">
          {channels.map(channel => {
            const hours = draft.quietHours[channel]
            return (
              <div className="row" key={channel} style={{ minHeight: 36 }}>
                <div style={{ width: 130 }}>
                  <CheckBox
                    label={t(`channel.${channel}`)}
                    checked={hours !== null}
                    onChange={on => set('quietHours', channel)(on ? { from: '20:00', until: '09:00' } : null)}
                  />
                </div>
                {hours && (
                  <>
                    <span className="quiet">{t('settings.notBetween')}</span>
                    <TextField
                      quiet
                      type="time"
                      label={t('settings.quietFrom', { channel: t(`channel.${channel}`) })}
                      value={hours.from}
                      fault={fault('quietHours', channel)}
                      onChange={set('quietHours', channel, 'from')}
                    />
                    <span className="quiet">{t('settings.and')}</span>
                    <TextField
                      quiet
                      type="time"
                      label={t('settings.quietUntil', { channel: t(`channel.${channel}`) })}
                      value={hours.until}
                      onChange={set('quietHours', channel, 'until')}
                    />
                    <span className="quiet">{t('settings.theirTime')}</span>
                  </>
                )}
              </div>
            )
          })}
        </div>
      </Card>
      <Card title={t('settings.consent')}>
        <div className="stack">
          <div className="grid">
            {channels.map(channel => (
              <Select
                key={channel}
                label={t(`channel.${channel}`)}
                value={draft.consent[channel]}
                options={(['implied', 'explicit'] as const).map(each => [each, t(`settings.${each}`)] as const)}
                onChange={set('consent', channel)}
              />
            ))}
            <Select
              label={t('settings.scope')}
              value={draft.unsubscribeScope}
              options={(['channel', 'all'] as const).map(each => [each, t(`settings.scope.${each}`)] as const)}
              onChange={set('unsubscribeScope')}
            />
          </div>
          <h3>{t('settings.topics')}</h3>
          {draft.topics.map((topic, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a topic's key is being typed
            <div className="row top" key={i}>
              <TextField
                quiet
                label={t('settings.topicKey')}
                placeholder={t('settings.topicKey')}
                value={topic.key}
                fault={fault('topics', i, 'key')}
                onChange={set('topics', i, 'key')}
              />
              <TextField
                quiet
                label={t('settings.topicName')}
                placeholder={t('settings.topicName')}
                value={topic.name}
                fault={fault('topics', i, 'name')}
                onChange={set('topics', i, 'name')}
              />
              <IconButton
                icon={Trash2}
                small
                label={t('common.remove')}
                onClick={() => set('topics')(draft.topics.toSpliced(i, 1))}
              />
            </div>
          ))}
          <div>
            <Button
              small
              icon={Plus}
              onClick={() =>
                set('topics')([...draft.topics, { key: `topic-${draft.topics.length + 1}`, name: t('settings.newTopic') }])
              }
            >
              {t('settings.addTopic')}
            </Button>
          </div>
        </div>
      </Card>
      <Card title={t('settings.measuring')}>
        <div className="stack">
          <NumberField
            label={t('settings.holdout')}
            hint={t('settings.holdoutHint')}
            suffix="%"
            min={0}
            value={Math.round(draft.globalHoldout * 1e4) / 100}
            fault={fault('globalHoldout')}
            onChange={value => set('globalHoldout')((value ?? 0) / 100)}
          />
          <DurationField
            optional
            label={t('settings.eventRetention')}
            hint={t('settings.eventRetentionHint')}
            value={draft.eventRetention ?? undefined}
            fault={fault('eventRetention')}
            onChange={value => set('eventRetention')(value ?? null)}
          />
          <CheckBox label={t('settings.opens')} checked={draft.trackOpens} onChange={set('trackOpens')} />
          <CheckBox label={t('settings.clicks')} checked={draft.trackClicks} onChange={set('trackClicks')} />
        </div>
      </Card>
      <ProblemNotice error={error} />
      {mayManage && (
        <div className="row end">
          <Button disabled={!changed} onClick={discard}>
            {t('settings.discard')}
          </Button>
          <Button look="primary" disabled={!changed || stale} onClick={() => void save()}>
            {t('common.save')}
          </Button>
        </div>
      )}
    </fieldset>
  )
}
